// A run as a person sees it, in a real Chromium with CSP on: paused when access ends, one click, done.
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { campaignFile, idsOf, notOnce } from '../support/app/runs.ts'
import { violationsOn } from '../support/browser/axe.ts'
import { type Chromium, startChromium } from '../support/browser/chromium.ts'
import { scenes } from '../support/scene/scene.ts'

const SCREENSHOTS = process.env.SCREENSHOTS
const WITHIN = { timeout: 20_000, interval: 100 }

const DONE = /^40 of 40 synced · New and changed campaigns · Campaign Sync$/

describe('a run in Chromium', { concurrent: true, timeout: 60_000 }, () => {
  const { begin } = scenes('embedded')
  let chromium: Chromium
  beforeAll(async () => {
    chromium = await startChromium()
  })
  afterAll(() => chromium.close())

  const titled = (page: Page, title: RegExp) =>
    vi.waitFor(async () => expect(await page.title()).toMatch(title), WITHIN)

  const press = (page: Page, name: string) =>
    page
      .getByRole('button', { name, exact: true })
      .or(page.getByRole('link', { name, exact: true }))
      .click()

  async function shown(page: Page, name: string): Promise<void> {
    if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, fullPage: false })
    expect(await violationsOn(page)).toEqual([])
  }

  async function syncAll(page: Page, url: string): Promise<void> {
    await page.goto(`${url}/campaigns`)
    await press(page, 'Sync all 40…')
    await page.waitForURL('**/runs/*')
    await shown(page, 'run-confirm')
    await press(page, 'Sync 40 campaigns')
    await press(page, 'Continue to Fake Ads')
    await page.waitForURL('**/runs/*')
  }

  test('pauses by itself on the open page, goes on after one click, and ends there', async () => {
    const { vendor, app } = await begin({
      environment: campaignFile(40),
      vendors: [{ expiresIn: 10 }],
    })
    vendor.always('api', { delayMs: 1_200 })
    const { page, problems, takeShown, close } = await chromium.open()
    await syncAll(page, app.url)
    await titled(page, /^Syncing [1-9]\d? of 40 · /)
    await shown(page, 'run-syncing')
    takeShown()
    await titled(page, /^Paused \d+ of 40 · /)
    expect(takeShown()).toEqual([])
    expect(await page.locator('#say').textContent()).toMatch(
      /^Paused \d+ of 40\. Access ended: \d+ of 40 done, \d+ left, nothing is lost\.$/,
    )
    await vi.waitFor(
      async () =>
        expect(await page.locator('table.items').textContent()).toMatch(/Campaign r1 *✓ *Synced/),
      WITHIN,
    )
    await shown(page, 'run-paused')
    vendor.settings.expiresIn = 60
    vendor.always('api', { delayMs: 100 })
    await press(page, 'Renew access and continue')
    await page.waitForURL('**/runs/*')
    await titled(page, DONE)
    await shown(page, 'run-done')
    expect([vendor.at('authorize').length, problems]).toEqual([2, []])
    expect(notOnce(vendor, idsOf(40))).toEqual([])
    await page.goto(`${app.url}/runs`)
    await shown(page, 'runs')
    await close()
  })

  test('is complete without JavaScript: Refresh tells how far it is', async () => {
    const { vendor, app } = await begin({ environment: campaignFile(40) })
    vendor.always('api', { delayMs: 50 })
    const { page, problems, close } = await chromium.open({ javaScriptEnabled: false })
    const made = await page.request.post(`${app.url}/runs`, { form: { all: '1' } })
    await page.goto(made.url())
    await press(page, 'Sync 40 campaigns')
    await press(page, 'Continue to Fake Ads')
    await page.waitForURL('**/runs/*')
    await vi.waitFor(async () => {
      await press(page, 'Refresh')
      expect(await page.title()).toMatch(DONE)
    }, WITHIN)
    expect(problems).toEqual([])
    await close()
  })

  test('asks, before access that is too short is used, by two choices and a button', async () => {
    const { vendor, app } = await begin({
      environment: campaignFile(40),
      file: { api: { concurrency: 1 } },
      vendors: [{ expiresIn: 9 }],
    })
    vendor.always('api', { status: 403 })
    const { page, problems, close } = await chromium.open()
    await syncAll(page, app.url)
    await titled(page, /^Stopped at /)
    vendor.always('api', {})
    await page.getByRole('button', { name: /^Sync the remaining/ }).click()
    expect(await page.getByLabel('Renew first (recommended)').isChecked()).toBe(true)
    await shown(page, 'run-renew-first')
    await page.getByLabel('Start now; pause when access ends').check()
    await press(page, 'Go on')
    await page.waitForURL(/\/runs\/[\w-]{22}$/)
    expect([vendor.at('authorize').length, problems]).toEqual([1, []])
    await close()
  })
})
