// A double click in the list, in Chromium: it is one press, of the campaign that was pointed at, and nothing moves under it.
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { type Site, startSite } from '../support/app/site.ts'
import { type Chromium, startChromium, startPerson } from '../support/browser/person.ts'

vi.setConfig({ testTimeout: 60_000 })

let site: Site
let chromium: Chromium
beforeAll(async () => {
  ;[site, chromium] = await Promise.all([startSite(), startChromium()])
  const { syncLog, campaigns } = site.context
  const result = { kind: 'sent' as const, at: Date.now() - 10 * 60_000 }
  const id = 'i'.repeat(22)
  const synced = campaigns.all().slice(0, 30)
  await syncLog.addAll(
    'demo',
    synced.map((one) => ({ id, campaign: one.id, result })),
  )
})
afterAll(async () => {
  await chromium.close()
  await site.close()
})

/** The list, and the addresses its forms would be sent to; none is, so that the page stays as while an answer is awaited. */
async function listWithPressesHeld() {
  const person = await startPerson(chromium, site, { viewport: { width: 1100, height: 860 } })
  onTestFinished(() => person.close())
  const { page } = person
  await person.open('/campaigns?sort=name')
  await page.evaluate(`
    globalThis.sent = []
    addEventListener('submit', (event) => {
      if (!event.defaultPrevented) sent.push(event.target.getAttribute('action'))
      event.preventDefault()
    })`)
  const sent = () => page.evaluate<string[]>('sent')
  const rows = page.locator('tbody tr')
  const tops = () => page.evaluate(TOPS)
  return { page, rows, sent, tops, busy: page.locator('[aria-busy]') }
}

const TOPS = `[...document.querySelectorAll('tbody tr')].map((row) => row.getBoundingClientRect().top)`

test('a double click far down the list is one press of that campaign, and no row moves', async () => {
  const { page, rows, sent, tops, busy } = await listWithPressesHeld()
  const action = await rows.nth(25).locator('.do form').getAttribute('action')
  const button = rows.nth(25).locator('.do button')
  await button.scrollIntoViewIfNeeded()
  const box = await button.boundingBox()
  const [x, y] = [(box?.x ?? 0) + (box?.width ?? 0) / 2, (box?.y ?? 0) + (box?.height ?? 0) / 2]
  const before = await tops()
  await page.mouse.click(x, y)
  expect.soft(await tops()).toEqual(before)
  expect.soft(await button.boundingBox()).toEqual(box)
  await page.mouse.click(x, y)
  expect(await sent()).toEqual([action])
  expect(await busy.count()).toBe(1)
})

test('right after a press no other form is sent, until the page is come back to', async () => {
  const { page, rows, sent, busy } = await listWithPressesHeld()
  await page.clock.pauseAt(Date.now() + 60_000)
  const button = (row: number) => rows.nth(row).locator('.do button')
  await button(0).click()
  await button(1).click()
  await page.getByRole('button', { name: 'Sync all' }).click()
  expect(await sent()).toHaveLength(1)
  await page.evaluate("dispatchEvent(new Event('pageshow'))")
  expect(await busy.count()).toBe(0)
  await button(1).click()
  expect(await sent()).toHaveLength(2)
})

test('a press that leads nowhere, as one that was broken off, holds its own form up for ten seconds, others for one', async () => {
  const person = await startPerson(chromium, site)
  onTestFinished(() => person.close())
  const { page } = person
  await page.clock.install()
  await person.open('/campaigns?sort=name')
  await page.clock.pauseAt(Date.now() + 60_000)
  const posted: string[] = []
  await page.route('**/sync', (route) => {
    posted.push(new URL(route.request().url()).pathname)
    return route.fulfill({ status: 204 })
  })
  const rows = page.locator('tbody .do')
  const action = (row: number) => rows.nth(row).locator('form').getAttribute('action')
  const press = (row: number) => rows.nth(row).locator('button').click()
  const [first, second] = await Promise.all([action(0), action(1)])
  await press(0)
  await page.clock.fastForward(900)
  await press(1)
  await page.clock.fastForward(8_100)
  await press(0)
  await expect.poll(() => posted).toEqual([first])
  await press(1)
  await expect.poll(() => posted).toEqual([first, second])
  await page.clock.fastForward(9_000)
  await press(1)
  await page.clock.fastForward(2_000)
  await press(1)
  await expect.poll(() => posted).toEqual([first, second, second])
  expect(await page.locator('[aria-busy]').count()).toBe(1)
})

test('a press is sent after a clock that was set back', async () => {
  const { page, rows, sent } = await listWithPressesHeld()
  await page.clock.pauseAt(Date.now() + 60_000)
  await rows.nth(0).locator('.do button').click()
  await page.clock.setSystemTime(Date.now() - 3600_000)
  await page.clock.fastForward(11_000)
  await rows.nth(0).locator('.do button').click()
  expect(await sent()).toHaveLength(2)
})
