// The main job in a real browser, against the real process with its demo vendor: with JavaScript and without.
import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AppProcess, startProcess } from '../support/app/app-process.ts'
import { freePort } from '../support/app/free-port.ts'
import { prepare, type Setup } from '../support/app/setup.ts'
import { type Chromium, startChromium, type WatchedPage } from '../support/browser/chromium.ts'

let setup: Setup
let app: AppProcess
let chromium: Chromium
let acme: string

beforeAll(async () => {
  const port = await freePort()
  acme = `http://localhost:${port}`
  setup = prepare({ vendors: [], environment: { DEMO_VENDOR_PORT: String(port) } })
  const started = await Promise.all([startProcess(setup), startChromium()])
  app = started[0]
  chromium = started[1]
})
afterAll(async () => {
  await chromium?.close()
  await app?.kill('SIGTERM')
  setup?.remove()
})

const text = async (locator: Locator) =>
  (await locator.textContent())?.replaceAll(/\s+/g, ' ').trim()

/** A person in front of a browser; each step is what they do and read. */
function walk({ page, takeShown }: WatchedPage, campaign: string) {
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
  const atPanel = async (...steps: (() => Promise<void>)[]) => {
    await page.goto(`${acme}/panel`)
    for (const step of steps) await step()
  }
  return {
    press,
    follow: (name: string) => page.getByRole('link', { name, exact: true }).click(),
    banner: () => text(page.locator('.banner .text')),
    /** Opens the list and presses Sync; the pages shown from then on are counted. */
    async sync() {
      await page.goto(`${app.url}/campaigns`)
      takeShown()
      await press(`Sync ${campaign}`)
    },
    forgetTokens: () => atPanel(() => press('Forget all tokens')),
    signOut: () => atPanel(() => press('Sign out')),
    /** New access lasts so long, and there is no other. */
    endAccessAfter: (seconds: number) =>
      atPanel(
        () => page.getByLabel('How long new access lasts').fill(String(seconds)),
        () => page.getByLabel('How long new access lasts').press('Enter'),
        () => press('Forget all tokens'),
      ),
    async applied() {
      await page.goto(acme)
      return text(page.getByRole('row', { name: campaign }))
    },
    async connected() {
      await page.goto(`${app.url}/campaigns`)
      return text(page.getByRole('list', { name: 'Access to vendors' }))
    },
  }
}

describe.each([
  ['with JavaScript', true, 'Spring launch'],
  ['without JavaScript', false, 'Webinar EMEA'],
])('%s', (_, javaScriptEnabled, campaign) => {
  let visitor: WatchedPage
  let person: ReturnType<typeof walk>
  beforeAll(async () => {
    visitor = await chromium.open({ javaScriptEnabled })
    person = walk(visitor, campaign)
  })
  afterAll(() => visitor?.close())

  const home = () => expect(visitor.page.url()).toBe(`${app.url}/campaigns`)

  test('the first sync: explained, signed in, allowed, back on the page and synced', async () => {
    await person.sync()
    await person.follow('Continue to Acme Ads')
    await person.press('Sign in as dana@acme')
    await person.press('Allow')
    expect(await person.banner()).toBe(`Connected as dana@acme. ${campaign} synced.`)
    home()
    expect(await person.connected()).toContain('Acme Ads · dana@acme · access for 1 campaign')
    expect(await person.applied()).toContain('applied 1 time')
  })

  test('access taken away at the vendor: one bounce without a page, and synced', async () => {
    await person.forgetTokens()
    await person.sync()
    expect(await person.banner()).toContain(`${campaign} synced.`)
    expect(visitor.takeShown()).toEqual([`${app.url}/campaigns`])
    expect(await person.applied()).toContain('applied 2 times')
  })

  test('access that ended by itself: one bounce without a page, and synced', async () => {
    await person.endAccessAfter(3)
    await person.sync()
    expect(await person.banner()).toContain(`${campaign} synced.`)
    await expect
      .poll(person.connected, { timeout: 8_000, interval: 250 })
      .toContain('not connected')
    await person.sync()
    expect(await person.banner()).toContain(`${campaign} synced.`)
    expect(visitor.takeShown()).toEqual([`${app.url}/campaigns`])
    expect(await person.applied()).toContain('applied 4 times')
  })

  test('no at the vendor: neutral words, Try again, and synced', async () => {
    await person.endAccessAfter(120)
    await person.signOut()
    await person.sync()
    await person.press('Sign in as dana@acme')
    await person.press('Deny')
    expect(await person.banner()).toBe(
      `You cancelled at Acme Ads. Nothing was synced; ${campaign} is waiting.`,
    )
    expect(await visitor.page.locator('.banner').getAttribute('class')).toContain('neutral')
    home()
    await person.press('Try again')
    await person.press('Allow')
    expect(await person.banner()).toContain(`${campaign} synced.`)
    home()
    expect(await person.applied()).toContain('applied 5 times')
  })

  test('nothing went wrong in any page, and every page had its policy', async () => {
    expect(visitor.problems).toEqual([])
    const answer = await visitor.page.goto(`${app.url}/campaigns`)
    const policy = answer?.headers()['content-security-policy']
    expect(policy).toMatch(/default-src 'none'/)
    expect(policy).toMatch(/form-action 'self' https: http:\/\/localhost:\d+(;|$)/)
    expect(policy).not.toMatch(/unsafe/)
    expect(app.stderr()).toBe('')
  })
})
