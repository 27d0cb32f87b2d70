// An open run page in Chromium: it says by itself that the server went away, and old news goes when the state changes.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { StoreError } from '../../src/store/open.ts'
import { campaignFile, idsOf } from '../support/app/runs.ts'
import { type Chromium, startChromium } from '../support/browser/chromium.ts'
import { scenes } from '../support/scene/scene.ts'

const WITHIN = { timeout: 8_000 }
const ONE_AT_A_TIME = { api: { concurrency: 1 } }

describe('an open run page', { timeout: 40_000 }, () => {
  const { begin } = scenes('embedded')
  let chromium: Chromium
  beforeAll(async () => {
    chromium = await startChromium()
  })
  afterAll(() => chromium.close())

  /** A run of ten that has settled two and waits for the vendor's reply to the third. */
  async function underWay(script = '') {
    const scene = await begin({ environment: campaignFile(10), file: ONE_AT_A_TIME })
    scene.vendor.script('api', [{}, {}])
    const held = scene.vendor.gate('api')
    const { page, problems, close } = await chromium.open()
    await page.clock.install()
    await page.addInitScript(script)
    const made = await page.request.post(`${scene.app.url}/runs`, { form: { all: '1' } })
    await page.goto(made.url())
    await page.getByRole('button', { name: 'Sync 10 campaigns' }).click()
    await page.getByRole('link', { name: 'Continue to Fake Ads' }).click()
    await held.arrived
    await expect.poll(() => page.title(), WITHIN).toMatch(/^Syncing 2 of 10 · /)
    return { ...scene, held, page, problems, close }
  }

  test('says when its live updates stopped, and takes it back when they are there again', async () => {
    const { app, held, page, problems } = await underWay()
    const stopped = page.locator('#stopped')
    await page.clock.fastForward(4_000)
    expect(await stopped.isVisible()).toBe(false)
    const { runs } = app.context
    const { get } = runs
    runs.get = () => Promise.reject(new StoreError('away'))
    await page.clock.fastForward(20_000)
    expect(await stopped.textContent()).toMatch(/^Live updates stopped at \d\d?:\d\d.*Refresh/)
    expect(await page.title()).toMatch(/^Not live: Syncing 2 of 10 · /)
    expect(await page.locator('main').innerText()).not.toContain('the run goes on')
    runs.get = get
    await expect.poll(() => stopped.isVisible(), WITHIN).toBe(false)
    expect(await page.title()).toMatch(/^Syncing 2 of 10 · /)
    expect(problems).toEqual([])
    await page.context().setOffline(true)
    await page.clock.fastForward(20_000)
    expect(await stopped.isVisible()).toBe(true)
    held.release()
    await page.context().close()
  })

  test('an old banner goes when the state changes, not before', async () => {
    const { held, vendor, page, close } = await underWay()
    const banner = page.locator('.banner')
    vendor.script(
      'api',
      idsOf(3).map(() => ({})),
    )
    const next = vendor.gate('api')
    held.release()
    await next.arrived
    await expect.poll(() => page.title(), WITHIN).toMatch(/^Syncing [3-6] of 10 · /)
    expect(await banner.count()).toBe(1)
    vendor.revokeAll()
    next.release()
    await expect.poll(() => page.title(), WITHIN).toMatch(/^Paused \d of 10 · /)
    await expect.poll(() => banner.count(), WITHIN).toBe(0)
    await close()
  })

  test('when it pauses because access ended, the header says so too', async () => {
    const { held, vendor, page, close } = await underWay()
    const access = page.locator('.connections')
    expect(await access.innerText()).toContain('access for 1 run')
    vendor.revokeAll()
    held.release()
    await expect.poll(() => page.title(), WITHIN).toMatch(/^Paused \d of 10 · /)
    await expect.poll(() => access.innerText(), WITHIN).toContain('not connected')
    const told = await access.innerText()
    await page.reload()
    expect(await access.innerText()).toBe(told)
    await close()
  })

  test('a run that is over offers nothing that is for one under way', async () => {
    const { held, page, close } = await underWay(NOTICES)
    const live = page.getByRole('button', { name: /live updates|Notify me/ })
    expect(await live.count()).toBe(2)
    held.release()
    await expect.poll(() => page.title(), WITHIN).toMatch(/^10 of 10 synced · /)
    await expect.poll(() => live.count(), WITHIN).toBe(0)
    await page.reload()
    expect(await live.count()).toBe(0)
    await close()
  })

  test('who asked for it is notified when a run pauses, once, and when access is about to end', async () => {
    const { held, vendor, page, close, app } = await underWay(NOTICES)
    const noticed = () => page.evaluate<string[]>('globalThis.shown')
    await page.getByRole('button', { name: 'Notify me when it pauses or ends' }).click()
    await page.reload()
    await page.getByRole('button', { name: 'Stop notifying me' }).waitFor()
    const id = new URL(page.url()).pathname.slice('/runs/'.length)
    const fields = { accessEndsAt: String(Date.now() + 3_000) }
    await app.context.store.step([{ hSet: `run:${id}`, fields }])
    await expect
      .poll(noticed, WITHIN)
      .toEqual(['Access is about to end: Access to Fake Ads ends soon, and 8 are left.'])
    vendor.revokeAll()
    held.release()
    await expect.poll(() => page.title(), WITHIN).toMatch(/^Paused \d of 10 · /)
    expect((await noticed()).slice(1)).toEqual([
      expect.stringMatching(
        /^Paused \d of 10: Access ended: \d of 10 done, \d left, nothing is lost\.$/,
      ),
    ])
    await page.getByRole('button', { name: 'Stop notifying me' }).click()
    expect(await page.evaluate('localStorage.length')).toBe(0)
    await close()
  })
})

/** Stands in for the browser's notifications, which a browser without a window does not show; and nobody looks. */
const NOTICES = `
  globalThis.shown = []
  globalThis.Notification = class {
    static permission = localStorage.getItem('run-notices') ? 'granted' : 'default'
    static async requestPermission() { return (Notification.permission = 'granted') }
    constructor(title, { body }) { shown.push(title + ': ' + body) }
  }
  document.hasFocus = () => false
`
