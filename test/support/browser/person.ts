// A person at a real browser: what they press, and everything the browser complains about meanwhile.
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { type Site, startSite } from '../app/site.ts'
import { launch } from './chromium.ts'

export type Person = Awaited<ReturnType<typeof startPerson>>

export { launch as startChromium } from './chromium.ts'

export type Chromium = Browser

/** An app with campaigns of these names (`c0`, `c1` …) and a browser, for the people of a file's tests. */
export async function startSiteInChromium(names: string[]) {
  const campaigns = names.map((name, at) => ({ id: `c${at}`, name }))
  const [site, chromium] = await Promise.all([startSite({ campaigns }), launch()])
  const close = async () => {
    await chromium.close()
    await site.close()
  }
  return { site, chromium, close }
}

export async function startPerson(
  chromium: Chromium,
  site: Site,
  options: BrowserContextOptions = {},
) {
  const context = await chromium.newContext({ viewport: { width: 1280, height: 860 }, ...options })
  context.setDefaultTimeout(10_000)
  const page = await context.newPage()
  const complaints: string[] = []
  const documents = { last: '' }
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    // The one thing a browser says of its own accord about a page with status 400 and more.
    const ofDocument =
      message.location().url === page.url() || message.location().url.includes('/oauth/')
    if (!(ofDocument && message.text().startsWith('Failed to load resource')))
      complaints.push(message.text())
  })
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('response', async (response) => {
    if (
      response.request().resourceType() === 'document' &&
      response.status() !== 302 &&
      response.status() !== 303
    )
      documents.last = await response.text().catch(() => '')
  })
  return {
    page,
    context,
    complaints,
    /** The HTML of the last page, as it was sent. */
    html: () => documents.last,
    open: (path: string) => page.goto(new URL(path, site.url).href),
    /** Presses a button or link and waits until a page of the app is there. */
    async press(name: string | RegExp) {
      await pressable(page, name).click()
      await page.waitForURL(`${site.url}/**`)
      await page.waitForLoadState('load')
    },
    async pressTowardsAcme(name: string | RegExp) {
      await pressable(page, name).click()
      await page.waitForURL(`${site.acme}/**`)
    },
    /** From the first click on Sync to the page it came back to. */
    async connect(campaign: string, account = 'dana') {
      await pressable(page, `Sync ${campaign}`).click()
      await pressable(page, 'Continue to Acme Ads').click()
      await pressable(page, `Sign in as ${account}@acme`).click()
      await pressable(page, 'Allow').click()
      await page.waitForURL(`${site.url}/**`)
    },
    banner: () => page.locator('.banner'),
    close: () => context.close(),
  }
}

function pressable(page: Page, name: string | RegExp) {
  const exact = typeof name === 'string'
  return page
    .getByRole('button', { name, exact })
    .or(page.getByRole('link', { name, exact }))
    .first()
}
