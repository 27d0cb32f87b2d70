// `npm run screenshots`: starts the real app with the demo vendor, walks it in Chromium, and writes docs/screenshots.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { launch } from '../test/support/browser/chromium.ts'
import { startDemo } from './demo.ts'

const OUT = join(import.meta.dirname, '..', 'docs', 'screenshots')
const SIZE = { width: 1200, height: 760 }

const folder = mkdtempSync(join(tmpdir(), 'screenshots-'))
const { app, acme, stop } = await startDemo(folder, { DATA_DIR: folder, LOG_LEVEL: 'error' })
try {
  mkdirSync(OUT, { recursive: true })
  await walk()
} finally {
  await stop()
  rmSync(folder, { recursive: true, force: true })
}

async function walk(): Promise<void> {
  const browser = await launch()
  try {
    const context = await browser.newContext({
      viewport: SIZE,
      locale: 'en-GB',
      timezoneId: 'Europe/Berlin',
      reducedMotion: 'reduce',
    })
    await story(await context.newPage())
  } finally {
    await browser.close()
  }
}

/** One person's first minutes, with some trouble at the vendor. */
async function story(page: Page): Promise<void> {
  await page.goto(`${app}/campaigns`)
  await picture(page, 'first')
  await press(page, 'Sync Spring launch')
  await picture(page, 'connect')
  await press(page, 'Continue to Acme Ads')
  await press(page, 'Sign in as dana@acme')
  await picture(page, 'consent')
  await press(page, 'Allow')
  await picture(page, 'synced')
  await press(page, 'Sync Webinar EMEA')
  await press(page, 'Sync Holiday gift guide')
  await trouble('500')
  await press(page, 'Sync Cyber Monday search')
  await trouble('drop')
  await press(page, 'Sync London partner breakfast')
  await trouble('500', '0')
  await page.goto(`${app}/campaigns`)
  await picture(page, 'campaigns')
  for (const kind of [undefined, '422', undefined, undefined, '422', undefined, undefined]) {
    if (kind) await trouble(kind, '1')
    await page.goto(`${app}/campaigns/spring-launch`)
    await press(page, 'Sync Spring launch')
  }
  await page.goto(`${app}/campaigns/spring-launch`)
  await picture(page, 'campaign')
  await page.goto(`${app}/connections`)
  await picture(page, 'connections')
  await page.goto(`${acme}/panel`)
  await picture(page, 'acme-panel')
}

async function press(page: Page, name: string): Promise<void> {
  const exact = { name, exact: true }
  await page.getByRole('button', exact).or(page.getByRole('link', exact)).first().click()
  await page.waitForLoadState('load')
}

/** The next pushes end in this. */
async function trouble(kind: string, count = '3'): Promise<void> {
  const body = new URLSearchParams({ kind, count })
  await fetch(`${acme}/panel/refuse`, { method: 'POST', body, redirect: 'manual' })
}

async function picture(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.screenshot({ path: join(OUT, `${name}-${colorScheme}.png`) })
  }
  await page.emulateMedia({ colorScheme: 'light' })
}
