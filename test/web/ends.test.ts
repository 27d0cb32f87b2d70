// How access ends by a person's hand, and how a problem on the way to it is shown: what pauses, and where it is read.
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { HttpProblem } from '../../src/errors.ts'
import { CallbackError, TokenError } from '../../src/oauth/errors.ts'
import { authorizationProblem } from '../../src/web/access/authorization-problems.ts'
import { type Site, startSite } from '../support/app/site.ts'
import {
  type Chromium,
  type Person,
  startChromium,
  startPerson,
} from '../support/browser/person.ts'

vi.setConfig({ testTimeout: 60_000 })

let site: Site
let chromium: Chromium
beforeAll(async () => {
  const campaigns = ['One', 'Two', 'Three', 'Four', 'Five'].map((name) => ({ id: name, name }))
  ;[site, chromium] = await Promise.all([startSite({ campaigns }), startChromium()])
})
afterAll(async () => {
  await chromium.close()
  await site.close()
})

test.each([
  ['invalid_client', undefined, 'does not accept this app’s client id', 'DEMO_CLIENT_SECRET'],
  ['bad_app_key', undefined, 'does not accept this app’s client id', 'DEMO_CLIENT_ID'],
  ['invalid_scope', 'no such scope', 'does not have a permission', 'campaigns:write'],
  ['unauthorized_client', undefined, 'has not allowed this app', 'authorization code grant'],
  ['invalid_request', 'PKCE?', 'does not take the request', 'authorize and token'],
  ['invalid_request', 'redirect_uri mismatch', 'does not know the address', 'https://us/back'],
])(
  '%s, %s: one thing is named as wrong, and the vendor’s words are in the detail',
  (code, said, wrong, where) => {
    const error =
      said === undefined
        ? new TokenError('setup', code)
        : new CallbackError('setup', code, undefined, said)
    const vendor = site.context.vendor('demo')
    const wayOn = { again: { label: 'Try again', href: '/campaigns' }, isKept: true }
    const problem = authorizationProblem(error, vendor, wayOn, 'https://us/back')
    expect(problem).toBeInstanceOf(HttpProblem)
    const { text, detail } = problem instanceof HttpProblem ? problem : { text: '', detail: '' }
    expect(text).toContain(wrong)
    expect(text).toContain(`E-SETUP (${code})`)
    expect(detail).toContain(said ?? '')
    expect(detail).toContain(where)
  },
)

describe('in Chromium', () => {
  let person: Person
  beforeEach(async () => {
    person = await startPerson(chromium, site)
    onTestFinished(() => person.close())
    await person.open('/campaigns')
    await person.connect('One')
    for (const name of ['Two', 'Three', 'Four']) await person.press(`Sync ${name}`)
  })
  const main = () => person.page.locator('main').innerText()

  test('access is counted by vendor, unfolds, and is ended by one press after a question', async () => {
    const { page } = person
    await person.open('/connections')
    expect(await main()).toMatch(/Acme Ads\s+● dana@acme · access for 4 campaigns · first ends/)
    expect(await page.locator('table.access').isVisible()).toBe(false)
    await page.getByText('What it is used by (4)').click()
    expect(await page.locator('table.access tbody tr').count()).toBe(4)
    await person.press('Disconnect all… Acme Ads')
    expect(await main()).toContain('access for 4 campaigns')
    await person.press('Disconnect all')
    expect(await person.banner().innerText()).toContain('Disconnected from Acme Ads.')
    expect(await main()).toContain('Not connected')
    expect(person.complaints).toEqual([])
  })

  test('signing out says which run pauses, asks, and is confirmed', async () => {
    const run = { id: 'r'.repeat(22), vendor: 'demo', title: 'Paid social', total: 40, left: 16 }
    const current = vi.spyOn(site.context.runs, 'current')
    onTestFinished(() => current.mockRestore())
    current.mockResolvedValue([{ ...run, standing: 'goes on' }])
    await person.open('/connections')
    expect(await main()).toContain('A run is under way. It pauses when you sign out')
    await person.press('Sign out of this browser')
    expect(await main()).toMatch(/“Paid social” at 24 of 40.\s+Nothing is lost./)
    await person.press('Sign out')
    expect(await main()).toContain('You are signed out of this browser')
    const cookies = await person.context.cookies(site.url)
    expect(cookies.filter(({ name }) => !name.startsWith('acme'))).toEqual([])
  })

  test('a problem is never read at an address with a code or a state', async () => {
    await site.panel('forget-tokens')
    await site.panel('fail-tokens', { kind: 'invalid_client', count: '1' })
    await person.press('Sync One')
    const { href, pathname, searchParams } = new URL(person.page.url())
    expect([pathname, [...searchParams.keys()]]).toEqual(['/problem', ['is']])
    expect(await person.page.title()).toBe(
      'Campaign Sync is set up wrongly for Acme Ads · Campaign Sync',
    )
    expect(await main()).toContain('does not accept this app’s client id and secret')
    await person.page.reload()
    expect(await main()).toContain('E-SETUP')
    await person.press('Try again')
    expect(await person.banner().innerText()).toContain('One synced.')
    await person.open(href.replace('?is=e', '?is=f'))
    expect(await main()).toContain('It was shown a while ago.')
    await person.context.clearCookies()
    await person.open(href) // signed for somebody else
    expect(await main()).toContain('It was shown a while ago.')
  })
})
