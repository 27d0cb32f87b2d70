// The rules of truth as a person sees them: warnings, what was not read, counts, the vendor's reason, why a run is paused.
import { beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { StoreError } from '../../src/store/open.ts'
import type { Site } from '../support/app/site.ts'
import { type Chromium, startPerson, startSiteInChromium } from '../support/browser/person.ts'

vi.setConfig({ testTimeout: 60_000 })

let site: Site
let chromium: Chromium
beforeAll(async () => {
  const started = await startSiteInChromium(['Spring launch', 'Webinar EMEA', 'Autumn sale'])
  ;({ site, chromium } = started)
  return started.close
})

async function arrives() {
  const person = await startPerson(chromium, site)
  onTestFinished(() => person.close())
  return person
}

const inMain = async ({ page }: Awaited<ReturnType<typeof arrives>>) =>
  page.locator('main').innerText()

test('rule 3: what ends is warned of only while a run uses it, in its last fifth', async () => {
  const person = await arrives()
  await person.open('/campaigns')
  await person.connect('Autumn sale')
  const id = 'r'.repeat(22)
  const run = { id, vendor: 'demo', title: 'Mails', total: 3, left: 2 }
  const current = vi.spyOn(site.context.runs, 'current')
  const connections = vi.spyOn(site.context.tokens, 'connections')
  onTestFinished(() => {
    current.mockRestore()
    connections.mockRestore()
  })
  const warned = async (standing: 'goes on' | 'waits', from: number, to: number) => {
    const [since, endsAt] = [Date.now() + from * 60_000, Date.now() + to * 60_000]
    current.mockResolvedValue([{ ...run, standing }])
    connections.mockResolvedValue(new Map([[`demo:run:${id}`, { since, endsAt }]]))
    await person.open('/campaigns')
    return person.page.locator('.ending').isVisible()
  }
  expect(await warned('goes on', -59, 1)).toBe(true)
  expect(await warned('goes on', 0, 2)).toBe(false)
  expect(await warned('waits', -59, 1)).toBe(false)
})

test('rule 6: while the store is away nothing is claimed that was not read', async () => {
  const person = await arrives()
  const ping = vi.spyOn(site.context.store, 'ping').mockRejectedValue(new StoreError('away'))
  onTestFinished(() => ping.mockRestore())
  for (const path of ['/runs', '/connections', '/campaigns']) {
    await person.open(path)
    const text = await inMain(person)
    expect(text).toContain('cannot reach its storage')
    expect(text).not.toMatch(/No runs yet|Not connected|never synced/i)
    expect(await person.page.locator('header').innerText()).toContain('cannot tell right now')
  }
})

test('rule 8: counts are of what was searched for', async () => {
  const person = await arrives()
  const result = { kind: 'failed' as const, at: 1_000 }
  await site.context.syncLog.addAll('demo', [{ id: 'i'.repeat(22), campaign: 'c1', result }])
  const counts = async (search: string) => {
    await person.open(`/campaigns?search=${search}`)
    return person.page.locator('.statuses').innerText()
  }
  expect(await counts('webinar')).toContain('1 needs attention')
  expect(await counts('spring')).not.toContain('attention')
})

test('rule 9: the vendor’s own reason is the message, in the banner and on the campaign’s page', async () => {
  const person = await arrives()
  await site.panel('refuse', { kind: '422', count: '1' })
  await person.open('/campaigns')
  await person.connect('Spring launch')
  const reason = 'did not accept Spring launch: The budget is over the limit of this account.'
  expect(await person.banner().innerText()).toContain(reason)
  await person.open('/campaigns/c0')
  expect(await person.page.locator('.vendor .text').innerText()).toContain(reason)
})

test('rule 10: a run that is paused begins with why', async () => {
  const person = await arrives()
  await person.open('/campaigns')
  await person.connect('Spring launch')
  await person.open('/campaigns')
  await person.press(/^Sync all/)
  await site.panel('refuse', { kind: '401', count: '9' })
  onTestFinished(() => site.panel('refuse', { kind: '401', count: '0' }))
  await person.press(/^Sync \d+ campaigns?$/)
  const text = person.page.locator('.standing .text')
  await expect.poll(() => text.innerText(), { timeout: 10_000 }).toMatch(/left, nothing is lost/)
  expect(await text.innerText()).toMatch(/^Acme Ads .*: \d of \d done/)
})
