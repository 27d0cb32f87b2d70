// What the header says of access: what it covers, and no alarm before its time; an open page notices the end by itself.
import { beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Connection } from '../../src/access/tokens.ts'
import { accessWarnings, connectionLines } from '../../src/web/page/header.ts'
import type { Site } from '../support/app/site.ts'
import { type Chromium, startPerson, startSiteInChromium } from '../support/browser/person.ts'
import { keyAds, playWith } from '../support/vendor/stage.ts'

const MINUTE = 60_000
vi.setConfig({ testTimeout: 60_000 })

let site: Site
let chromium: Chromium
beforeAll(async () => {
  const started = await startSiteInChromium(['Spring launch', 'Webinar EMEA', 'Autumn sale'])
  ;({ site, chromium } = started)
  return started.close
})

const demo = () => site.context.vendor('demo')
const lasting = (from: number, to: number, more: Partial<Connection> = {}): Connection => ({
  since: Date.now() + from * MINUTE,
  endsAt: Date.now() + to * MINUTE,
  account: { id: '1', name: 'dana@acme' },
  ...more,
})
const run = (standing: 'goes on' | 'waits', vendor = 'demo') => ({
  id: 'r'.repeat(22),
  vendor,
  title: '3 campaigns',
  total: 3,
  left: 2,
  standing,
})

describe('one line a vendor', () => {
  test('says what access covers, and when the first of it ends', () => {
    const all = new Map([
      ['demo:campaign:c0', lasting(-1, 30)],
      ['demo:campaign:c1', lasting(-1, 20)],
      ['demo:run:r', lasting(-1, 40)],
      ['other:campaign:c0', lasting(-1, 5)],
    ])
    const [line] = connectionLines([demo()], all, [], 'c0')
    expect(line).toMatchObject({ accounts: ['dana@acme'], campaigns: 2, runs: 1, needsYou: false })
    expect(line?.ends?.map(({ kind }) => kind)).toEqual(['campaign', 'campaign', 'run'])
    expect(line?.ends?.[0]?.at).toBe(
      new Date(all.get('demo:campaign:c1')?.endsAt ?? 0).toISOString(),
    )
  })

  test('needs its person where a run waits, and only there', () => {
    const two = [demo(), { ...demo(), id: 'two' }]
    const lines = connectionLines(two, new Map(), [run('waits', 'two'), run('goes on')], 'c0')
    expect(lines.map(({ needsYou }) => needsYou)).toEqual([false, true])
  })

  test.each([
    ['nothing waits for it', lasting(-59, 1), [], undefined],
    ['the run that used it waits already', lasting(-59, 1), [run('waits')], undefined],
    ['it was given a moment ago', lasting(0, 2), [run('goes on')], false],
    ['it lasts for long', lasting(-500, 11), [run('goes on')], false],
    ['a run uses the last fifth of it', lasting(-59, 1), [run('goes on')], true],
    ['it is renewed by itself', lasting(-59, 1, { renews: true }), [run('goes on')], undefined],
  ])('warns only when it matters: %s', (_when, access, runs, due) => {
    const all = new Map([[`demo:run:${'r'.repeat(22)}`, access]])
    expect(accessWarnings([demo()], all, runs)[0]?.isDue).toBe(due)
  })
})

describe('in Chromium', () => {
  beforeEach(() => site.panel('lifetime', { tokenSeconds: '3600' }))

  async function connected() {
    const person = await startPerson(chromium, site)
    onTestFinished(() => person.close())
    await person.page.clock.install()
    await person.open('/campaigns')
    await person.connect('Spring launch')
    return person
  }

  test('the header speaks of what there is, and an open page says by itself when it is over', async () => {
    const person = await connected()
    const header = person.page.locator('.connections')
    await expect
      .poll(() => header.innerText())
      .toMatch(/Acme Ads · dana@acme · access for 1 campaign · ends (\w{3} \d+, \d{4}, )?\d+:\d\d/)
    await person.press('Sync Webinar EMEA')
    await expect
      .poll(() => header.innerText())
      .toMatch(/access for 2 campaigns · first ends (\w{3} \d+, \d{4}, )?\d+:\d\d/)
    expect(await person.page.locator('.ending').count()).toBe(0)
    await person.open('/campaigns/c0')
    const own = person.page.locator('.access-line')
    expect(await own.innerText()).toMatch(/Access as dana@acme for this campaign · ends/)
    await person.page.clock.fastForward(61 * MINUTE)
    expect(await header.innerText()).toMatch(
      /○\s+Acme Ads · dana@acme · Access ended. The next sync asks you./,
    )
    expect(await own.innerText()).toContain('Access ended. The next sync asks you.')
    expect(await person.page.locator('.access.connected').count()).toBe(0)
  })

  test('after the first end of several the rest is told', async () => {
    const person = await connected()
    await site.panel('lifetime', { tokenSeconds: '1800' })
    await person.press('Sync Webinar EMEA')
    await person.page.clock.fastForward(31 * MINUTE)
    const header = person.page.locator('.connections')
    expect(await header.innerText()).toMatch(
      /access for 1 campaign · (first )?ends (\w{3} \d+, \d{4}, )?\d+:\d\d/,
    )
  })

  test('access for a campaign is given on Connections before its first sync, and comes back there', async () => {
    const person = await startPerson(chromium, site)
    onTestFinished(() => person.close())
    const { page } = person
    await person.open('/connections')
    await page.getByLabel('Give access for').selectOption('Webinar EMEA')
    await person.press('Connect Acme Ads for this campaign')
    await person.pressTowardsAcme('Continue to Acme Ads')
    await person.pressTowardsAcme('Sign in as dana@acme')
    await person.press('Allow')
    expect(new URL(page.url()).pathname).toBe('/connections')
    expect(await person.banner().innerText()).toContain('Connected to Acme Ads as dana@acme.')
    expect(await page.locator('table').innerText()).toContain('Webinar EMEA')
    expect(await page.getByLabel('Give access for').innerText()).not.toContain('Webinar EMEA')
    expect(person.complaints).toEqual([])
  })

  test('another account is chosen at the vendor, and used after a question', async () => {
    const person = await connected()
    await person.open('/connections')
    await person.pressTowardsAcme('Another account at Acme Ads for Spring launch')
    await person.pressTowardsAcme('Sign in as sam@acme')
    await person.press('Allow')
    await person.press('Use sam@acme')
    expect(new URL(person.page.url()).pathname).toBe('/connections')
    expect(await person.page.locator('table').innerText()).toContain('sam@acme')
  })

  test('the first page claims no lifetime that nobody has granted', async () => {
    const person = await startPerson(chromium, site)
    onTestFinished(() => person.close())
    await person.open('/campaigns')
    await person.press('Sync Autumn sale')
    const text = await person.page.locator('main').innerText()
    expect(text).toContain('Access ends by itself')
    expect(text).not.toMatch(/lasts|\d+ minutes/)
  })
})

test('six vendors are one chip, which opens without JavaScript', async () => {
  const files = Array.from({ length: 6 }, (_, at) => ({
    ...keyAds('http://127.0.0.1:9'),
    id: `ads-${at}`,
    name: `Ads ${at}`,
  }))
  const { app, close } = await playWith(files)
  onTestFinished(close)
  const context = await chromium.newContext({
    javaScriptEnabled: false,
    viewport: { width: 375, height: 800 },
  })
  onTestFinished(() => context.close())
  const page = await context.newPage()
  await page.goto(`${app.url}/campaigns`)
  const header = await page.locator('header.top').boundingBox()
  expect(header?.height).toBeLessThan(150)
  const list = page.locator('.lines')
  expect(await list.isVisible()).toBe(false)
  await page.getByText('6 vendors · none connected').click()
  expect(await list.isVisible()).toBe(true)
  expect(await list.locator('li').count()).toBe(6)
})
