// Where the app may send people: to its own pages and to the vendor's door, and nowhere else.
import { expect, test } from 'vitest'
import { OPEN_REDIRECTS } from '../data/open-redirects.ts'
import type { Visitor } from '../support/browser/http-visitor.ts'
import { rawRequest, sendRaw } from '../support/browser/raw-socket.ts'
import { onward, sync, told, toVendor } from '../support/scene/authorization.ts'
import { caseScenes } from '../support/scene/case-scene.ts'

const { begin } = caseScenes()
/** Header values cannot carry these, so no browser sends them. */
const inHeader = (text: string) => text.replaceAll(/[^\x20-\x7e]/g, encodeURIComponentSafely)

function encodeURIComponentSafely(text: string): string {
  return text.isWellFormed() ? encodeURIComponent(text) : '%EF%BF%BD'
}

/** Drop answers at once with a redirect to the referrer: the same rule as everywhere, without a push. */
const dropped = (person: Visitor, fields: Record<string, string>, referer: string | null) =>
  person.post('/campaigns/C1/sync/drop', { ...fields, intent: '0123456789abcdef' }, { referer })

test('RED-02, RED-04, RED-05, RED-07, RED-08, RED-09, RED-17, RED-18: no payload of the list leads elsewhere, in a form, a header or the trip', async () => {
  expect(OPEN_REDIRECTS.length).toBeGreaterThan(500)
  const { person, app } = await begin({ environment: { RATE_LIMIT: '0' } })
  for (const payload of OPEN_REDIRECTS) {
    const answers = [
      await dropped(person, { referrer: payload }, null),
      await dropped(person, {}, inHeader(payload)),
    ]
    for (const { status, next, headers, body } of answers) {
      expect([payload, status, next?.href]).toEqual([
        payload,
        303,
        expect.stringMatching(`^${app.url}/campaigns(/C1)?(\\?|$)`),
      ])
      expect(headers.location).toMatch(/^\/campaigns/)
      expect(String(headers['set-cookie'])).not.toContain('evil')
      expect(body).not.toMatch(/<script|javascript:/i)
    }
  }
}, 60_000)

test('RED-18: and none that is given to the trip itself, for a sample of them', async () => {
  const { person, app } = await begin()
  await sync(person, 'C1')
  for (const payload of OPEN_REDIRECTS.filter((_, at) => at % 60 === 0)) {
    const door = await person.get('/connect/fake/C1', {
      referer: inHeader(payload),
      'sec-fetch-site': 'same-origin',
    })
    const end = await person.follow(door)
    expect([payload, end.url.href]).toEqual([
      payload,
      expect.stringMatching(`^${app.url}/campaigns/C1`),
    ])
  }
})

test('RED-11: referrers that repeat or come in brackets are none', async () => {
  const { person } = await begin()
  const form = { 'content-type': 'application/x-www-form-urlencoded', referer: null }
  for (const body of [
    'referrer=/campaigns&referrer=//evil.test',
    'referrer[]=//evil.test',
    'referrer[a]=b',
    'referrer=a&referrer=b',
  ]) {
    const { status, headers } = await person.post('/campaigns/C1/sync/drop', body, form)
    expect([body, status, headers.location]).toEqual([body, 303, '/campaigns/C1'])
  }
  for (const referrer of [['//evil.test'], { a: 'b' }, 7, null, true]) {
    const { status, headers } = await person.post(
      '/campaigns/C1/sync/drop',
      JSON.stringify({ referrer }),
      {
        referer: null,
      },
    )
    expect([status, headers.location]).toEqual([303, '/campaigns/C1'])
  }
})

test('RED-12, RED-13: a request line with another host in it leads nowhere', async () => {
  const { person, app, vendor } = await begin()
  await sync(person, 'C1')
  const host = new URL(app.url).host
  const cookie = `campaign-sync=${person.jar.value('campaign-sync')}`
  const lines = [
    'http://evil.test/campaigns/C1/sync',
    '//evil.test/campaigns/C1/sync',
    '/\\evil.test/campaigns/C1/sync',
    'http://evil.test/connect/fake/C2',
    'http://evil.test/',
    '//evil.test/',
    '/%2fevil.test/',
    'https://evil.test:443//evil.test/campaigns',
  ]
  for (const target of lines) {
    for (const method of ['GET', 'POST']) {
      const { status, headers, body } = await sendRaw(
        app.origin,
        rawRequest(`${method} ${target}`, { host, cookie }),
      )
      const location = headers.find(([name]) => name === 'location')?.[1] ?? '/'
      const { origin } = new URL(location, app.url)
      expect([target, [app.url, vendor.url].includes(origin)]).toEqual([target, true])
      expect(location).not.toContain('evil')
      expect(body).not.toContain('//evil.test')
      expect([200, 302, 303, 400, 404]).toContain(status)
    }
  }
  expect(vendor.values().states.length).toBe(1)
})

test('RED-19: nothing in an address adds a redirect URI', async () => {
  const { person, app, vendor } = await begin()
  const trick = '&redirect_uri=https://evil.test'
  for (const id of [`C1${trick}`, `C1${encodeURIComponent(trick)}`, `C1%00${trick}`])
    expect((await person.get(`/connect/fake/${id}`)).status).toBe(404)
  for (const query of [
    trick,
    `&login_hint=${encodeURIComponent(trick)}`,
    `&scope=${encodeURIComponent(trick)}`,
  ]) {
    const { next } = await person.get(`/connect/fake/C1?continue=1${query}`)
    expect(next?.origin).toBe(vendor.url)
    expect(next?.searchParams.getAll('redirect_uri')).toEqual([`${app.url}/oauth/fake/callback`])
    expect(next?.href).not.toContain('evil')
  }
})

test('RED-21: redirects are 302 and 303 only, so that no body is ever sent again', async () => {
  const { person, vendor } = await begin()
  vendor.script('authorize', [{ back: { code: null, error: 'access_denied' } }])
  const no = await sync(person, 'C1')
  expect(told(await onward(person, await person.click(no, 'Try again')))).toContain('synced.')
  await toVendor(person, 'C2')
  await person.follow(await person.post('/connections/fake/campaign:C1/disconnect', {}))
  await person.follow(await person.post('/session/end', {}))
  await person.open('/')
  const codes = person.visits
    .filter(({ next, url }) => next && url.origin !== vendor.url)
    .map(({ status }) => status)
  expect(codes.length).toBeGreaterThan(8)
  expect([...new Set(codes)].sort()).toEqual([302, 303])
})
