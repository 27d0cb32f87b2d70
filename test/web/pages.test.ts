// Every page in every state: axe, valid HTML, no complaint of the browser, no sideways scrolling, light and dark.
import { HtmlValidate } from 'html-validate'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Site, startSite } from '../support/app/site.ts'
import { violationsOn } from '../support/browser/axe.ts'
import {
  type Chromium,
  type Person,
  startChromium,
  startPerson,
} from '../support/browser/person.ts'

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const NASTY = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "'-alert(1)-'",
  '</title><svg onload=alert(1)>',
  '{{7*7}} #{7*7} ${7*7}',
  'right \u202eto left\u200b',
  'x'.repeat(10_000),
  'two\nlines',
]
const campaigns = [
  {
    id: 'spring',
    name: 'Spring launch',
    budget: 12_000,
    startDate: '2026-11-01',
    endDate: '2026-11-30',
    owner: 'Dana',
  },
  {
    id: 'webinar',
    name: 'Webinar EMEA',
    type: 'Event',
    budget: 3_400.5,
    currency: 'USD',
    description: 'x'.repeat(400),
  },
  ...NASTY.map((name, index) => ({
    id: `nasty-${index}`,
    name,
    budget: 1e12,
    type: name.slice(0, 20).trim(),
  })),
]
const many = Array.from({ length: 60 }, (_, index) => ({
  id: `c${index}`,
  name: `Campaign ${index}`,
}))
// Rules about taste in source, and one that wants a `type` where HTML has a default.
const validator = new HtmlValidate({
  extends: ['html-validate:recommended'],
  rules: {
    'form-dup-name': ['error', { shared: ['radio', 'checkbox', 'button', 'submit'] }],
    'no-trailing-whitespace': 'off',
    'long-title': 'off',
    'attribute-boolean-style': 'off',
    'attribute-empty-style': 'off',
    'doctype-style': 'off',
    'void-style': 'off',
  },
})

vi.setConfig({ testTimeout: 60_000 })

let chromium: Chromium
let site: Site
let person: Person

beforeAll(async () => {
  chromium = await startChromium()
  site = await startSite({ campaigns, tokenSeconds: 86_400 }) // it ends on another day: with a date
  person = await startPerson(chromium, site)
})
afterAll(async () => {
  await chromium.close()
  await site.close()
})

/** What is seen on the page as it is now is as it has to be. */
async function expectGood(state: string) {
  const { page } = person
  await page.waitForLoadState('load')
  const report = await validator.validateString(person.html())
  const faults = report.results.flatMap(({ messages }) =>
    messages.map(({ ruleId, message, line }) => `${ruleId} ${line} ${message}`),
  )
  expect(faults, `HTML of ${state}`).toEqual([])
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    // In the dark only colours differ.
    const found = await violationsOn(
      page,
      colorScheme === 'light' ? TAGS : ['color-contrast', 'link-in-text-block'],
    )
    expect(found, `axe, ${state}, ${colorScheme}`).toEqual([])
  }
  for (const [width, zoom] of [
    [320, 1],
    [680, 1],
    [768, 1],
    [960, 1],
    [1440, 1],
    [1280, 2],
    [640, 2],
  ] as const) {
    await page.setViewportSize({ width, height: 800 })
    const over = await page.evaluate(`{
      const { style } = document.documentElement
      style.fontSize = '${zoom * 100}%'
      document.documentElement.scrollWidth - document.documentElement.clientWidth
    }`)
    expect(over, `${state} at ${width} px, text at ${zoom * 100} %`).toBeLessThanOrEqual(0)
  }
  await page.evaluate(`document.documentElement.removeAttribute('style')`)
  await page.setViewportSize({ width: 1280, height: 860 })
  expect(person.complaints, state).toEqual([])
}

test('before the first sync', async () => {
  for (const path of [
    '/campaigns',
    '/campaigns?search=nothing+of+this+kind',
    '/campaigns/spring',
    '/campaigns/nasty-6',
    '/campaigns/nasty-6/preview',
    '/campaigns/webinar/sync',
    '/connections',
    '/about',
    '/not/here',
    '/campaigns/no-such-campaign',
  ]) {
    await person.open(path)
    await expectGood(path)
  }
})

test('the way to Acme and back, and Acme itself', async () => {
  await person.open('/campaigns')
  await person.press('Sync Spring launch')
  await expectGood('the first-time page')
  await person.pressTowardsAcme('Continue to Acme Ads')
  await expectGood('sign-in at Acme')
  await person.pressTowardsAcme('Sign in as dana@acme')
  await expectGood('consent at Acme')
  await person.press('Allow')
  await expectGood('the list with good news')
  for (const path of ['/', '/panel', '/campaigns/1', '/campaigns/88101']) {
    await person.page.goto(site.acme + path)
    await expectGood(`Acme ${path}`)
  }
})

test.each([
  ['403', '1', /may not change/],
  ['422', '1', /did not accept/],
  ['401', '9', /gave access and then refused it/],
  ['500', '3', /don’t know .* an error of its own/],
  ['drop', '3', /don’t know/],
  ['429', '1', /don’t know .* slow down/], // the last: it holds back the next click
])('a push that ends in %s', async (kind, count, words) => {
  await site.panel('refuse', { kind, count })
  await person.open('/campaigns/webinar')
  await person.press(/^Sync Webinar/)
  await site.panel('refuse', { kind, count: '0' })
  expect(await person.banner().innerText()).toMatch(words)
  await expectGood(`the campaign after ${kind}`)
})

test('a history, the list with attention, and the connections', async () => {
  for (const path of [
    '/campaigns',
    '/campaigns?status=attention',
    '/campaigns/spring',
    '/campaigns/spring/preview',
    '/connections',
  ]) {
    await person.open(path)
    await expectGood(path)
  }
  await person.press(/^Disconnect/)
  await expectGood('the question before disconnecting')
  await site.panel('lifetime', { tokenSeconds: '500' })
  await person.open('/campaigns/webinar')
  await person.press('Sync Webinar EMEA')
  expect(await person.page.locator('.ending').count()).toBe(0) // nothing waits for this access
  await expectGood('access that ends soon')
})

test.each([
  [
    'a broken token endpoint',
    'fail-tokens',
    { kind: '500', count: '1' },
    'could not finish the approval',
  ],
  ['a wrong secret', 'fail-tokens', { kind: 'invalid_client', count: '1' }, 'set up wrongly for'],
  [
    'a code that is too old',
    'fail-tokens',
    { kind: 'invalid_grant', count: '1' },
    'already used or took too long',
  ],
  [
    'an error in place of a page',
    'fail-authorize',
    { error: 'temporarily_unavailable' },
    'could not finish',
  ],
  ['a scope that is not there', 'fail-authorize', { error: 'invalid_scope' }, 'set up wrongly for'],
])('%s', async (state, what, fields, words) => {
  await site.panel('forget-tokens')
  await site.panel(what, fields)
  await person.open('/campaigns/spring')
  await person.press('Sync Spring launch')
  expect(await person.page.locator('h1').innerText()).toContain(words)
  await expectGood(state)
  await person.press('Try again')
  expect(await person.banner().innerText()).toContain('Spring launch synced')
})

test('another account than before', async () => {
  await site.panel('forget-tokens')
  await person.page.goto(`${site.acme}/panel`)
  await person.pressTowardsAcme('Sign out')
  await person.open('/campaigns/spring')
  await person.pressTowardsAcme('Sync Spring launch')
  await person.pressTowardsAcme('Sign in as sam@acme')
  await person.press('Allow')
  expect(await person.banner().textContent()).toContain(
    'You approved as sam@acme; earlier syncs used dana@acme.',
  )
  await expectGood('the question whose account')
  await person.press('Use sam@acme')
  expect(await person.banner().textContent()).toContain(
    'Connected as sam@acme. Spring launch synced.',
  )
})

test('an answer that comes too late, and one without a cookie', async () => {
  await person.page.goto(`${site.acme}/panel`)
  await person.press('send an approval of long ago')
  expect(await person.page.locator('h1').innerText()).toContain('already used or took too long')
  await expectGood('an answer of long ago')
  expect(new URL(person.page.url()).pathname).toBe('/problem')
  await person.context.clearCookies()
  await person.page.goto(`${site.acme}/panel`)
  await person.press('send an approval of long ago')
  expect(await person.page.locator('main').innerText()).toContain('Please allow cookies')
  await expectGood('no cookie')
})

test('many campaigns', async () => {
  await site.replaceCampaigns([...campaigns, ...many])
  await person.open('/campaigns?page=2&sort=-budget')
  await expectGood('the second page')
})

test('no campaigns, and a store that is away', async () => {
  await site.replaceCampaigns([])
  await person.open('/campaigns')
  await expectGood('no campaigns')
  await site.replaceCampaigns(campaigns)
  await site.context.store.close()
  for (const path of ['/campaigns?status=failed', '/campaigns/spring', '/connections']) {
    await person.open(path)
    expect(await person.page.locator('.notice').innerText()).toContain(
      'Syncing is not possible right now',
    )
    expect(await person.page.locator('.connections').innerText()).toContain('cannot tell right now')
    expect(await person.page.locator('.status, .do .button').count()).toBe(0)
    await expectGood(`${path} without a store`)
  }
})
