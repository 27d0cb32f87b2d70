// What other sites may make a browser do here: nothing. (In a real browser: in-chromium.test.ts.)
import { expect, test } from 'vitest'
import { rawRequest, sendRaw } from '../support/browser/raw-socket.ts'
import { sync, told } from '../support/scene/authorization.ts'
import { expectUntouched, openCallback, tokensIn } from '../support/scene/callbacks.ts'
import { caseScenes } from '../support/scene/case-scene.ts'

const { begin } = caseScenes()

const ELSEWHERE: Record<string, string | null>[] = [
  { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' },
  { 'sec-fetch-site': 'cross-site', origin: 'null' },
  { 'sec-fetch-site': 'cross-site', origin: null },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'Same-Origin ' },
  { 'sec-fetch-site': null, origin: 'https://evil.test' },
  { 'sec-fetch-site': null, origin: 'null' },
  { 'sec-fetch-site': null, origin: 'http://localhost' },
  { 'sec-fetch-site': null, origin: 'http://localhost.evil.test' },
  { 'sec-fetch-site': '', origin: '' },
  { 'sec-fetch-site': null, origin: null, referer: 'https://evil.test/' },
  { 'sec-fetch-site': null, origin: null, referer: 'about:blank' },
]

test('CSR-01, CSR-02, CSR-09: whatever does not prove to come from our own page changes nothing', async () => {
  const { person, vendor, dump } = await begin()
  await sync(person, 'C1')
  const before = tokensIn(await dump())
  const ids = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`ids${at}`, `C${at}`]))
  const forms: [string, Record<string, string>][] = [
    ['/campaigns/C1/sync', { referrer: '/campaigns' }],
    ['/campaigns/C1/sync/drop', { intent: '0123456789abcdef' }],
    ['/connections/fake/campaign:C1/disconnect', {}],
    ['/connections/fake/campaign:C1/test', {}],
    ['/session/end', {}],
    ['/runs', ids],
  ]
  for (const [path, form] of forms) {
    for (const headers of ELSEWHERE)
      expect([path, headers, (await person.post(path, form, headers)).status]).toEqual([
        path,
        headers,
        403,
      ])
  }
  expectUntouched(vendor, { tokens: 1, pushes: 1 })
  expect(tokensIn(await dump())).toEqual(before)
  expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
})

test('CSR-03: a link from another site shows a page and pushes nothing', async () => {
  const { person, vendor } = await begin()
  await sync(person, 'C1')
  for (const dest of ['document', 'image', 'iframe', 'empty']) {
    const headers = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-dest': dest,
      referer: 'https://evil.test/',
    }
    const opened = await person.get('/campaigns/C1/sync', headers)
    expect([200, 404, 405]).toContain(opened.status)
  }
  expect([vendor.at('api').length, vendor.effects('C1')]).toEqual([1, 1])
})

test('CSR-06: other methods do nothing at all', async () => {
  const { person, vendor, app, dump } = await begin()
  const { url, works } = await openCallback(person)
  const cookie = `campaign-sync=${person.jar.value('campaign-sync')}`
  const keys = async () =>
    (await dump())
      .map(({ key }) => key)
      .filter((key) => !key.startsWith('rate:'))
      .sort()
  const before = await keys()
  const callback = url.pathname + url.search
  const paths = [
    '/campaigns/C1/sync',
    '/connect/fake/C1?continue=1',
    callback,
    '/runs',
    '/session/end',
    '/connections/fake/campaign:C1/disconnect',
  ]
  for (const path of paths) {
    for (const method of ['HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE', 'PATCH', 'SYNC', 'QUERY']) {
      const { status } = await sendRaw(
        app.origin,
        rawRequest(`${method} ${path}`, { host: url.host, cookie }),
      )
      const allowed = path === '/runs' && method === 'HEAD' ? [200] : [400, 404, 405]
      expect([path, method, allowed.includes(status)]).toEqual([path, method, true])
    }
  }
  expectUntouched(vendor)
  expect(await keys()).toEqual(before)
  await works()
})

test('CSR-07: prefetches and previews use nothing up', async () => {
  const { person, vendor, app, visitor, dump } = await begin()
  const { url, works } = await openCallback(person)
  const before = (await dump()).filter(({ key }) => !key.startsWith('rate:')).length
  const paths = [url.pathname + url.search, '/campaigns/C1/sync', '/connect/fake/C1?continue=1']
  for (const path of paths) {
    for (const name of ['sec-purpose', 'purpose', 'x-moz'])
      for (const value of ['prefetch', 'prefetch;prerender', 'preview'])
        expect((await person.get(path, { [name]: value })).next).toBeUndefined()
    const bot = await visitor(app.url).get(path, {
      'user-agent': 'Slackbot-LinkExpanding 1.0',
      cookie: null,
    })
    expect([200, 302, 400]).toContain(bot.status)
  }
  expectUntouched(vendor)
  const bots = (key: string) => /^(sess|auth|auths|trip):/.test(key) // a bot's own request is its own
  const after = (await dump()).filter(({ key }) => !key.startsWith('rate:') && !bots(key)).length
  expect(after).toBeLessThanOrEqual(before)
  await works()
})

test('CSR-10: a link from another site starts no trip to the vendor behind the person’s back', async () => {
  const { person, vendor, dump } = await begin()
  await sync(person, 'C1')
  const before = tokensIn(await dump())
  const opened = await person.get('/connect/fake/C2', {
    'sec-fetch-site': 'cross-site',
    referer: 'https://evil.test/',
  })
  expect([opened.status, opened.next]).toEqual([200, undefined])
  expect(vendor.at('authorize')).toHaveLength(1)
  expect(tokensIn(await dump())).toEqual(before)
})
