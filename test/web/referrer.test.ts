// Where a click came from is where it ends, and nowhere else: rows 17 and 18 of BEHAVIOURS.md.
import { describe, expect, test } from 'vitest'
import { onward, sync, toCallback, told, toVendor } from '../support/scene/authorization.ts'
import { keysOf } from '../support/scene/cases.ts'
import { ENGINES, scenes } from '../support/scene/scene.ts'

/** Ways to another site, to a flow route, or to nowhere. */
const NOT_OURS = [
  '//evil.test',
  '/\\evil.test',
  '\\\\evil.test',
  '/%2f%2fevil.test',
  '/%5cevil.test',
  '/%09/evil.test',
  '/..//evil.test',
  '/.//evil.test',
  '/campaigns/..//evil.test',
  'https://evil.test/campaigns',
  'http://localhost@evil.test/campaigns',
  'http://localhost.evil.test/campaigns',
  'javascript:alert(1)',
  'java\nscript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  '/campaigns\r\nSet-Cookie: a=b',
  '/campaigns%0d%0aSet-Cookie:%20a=b',
  '/campaigns#@evil.test',
  'http://[::1',
  '%ff',
  '/campaigns?next=//evil.test',
  '/oauth/fake/callback?code=x&state=y',
  '/connect/fake/C1',
  '/campaigns/C1/sync',
  '/campaigns/C1/sync?intent=0123456789abcdef',
  '/CAMPAIGNS',
]

describe.each(ENGINES)('on the %s store', (engine) => {
  const { begin } = scenes(engine)

  test('row 17: each click ends on its own page, also when it began elsewhere meanwhile', async () => {
    const { person } = await begin()
    const first = await toVendor(person, 'C1', { page: '/campaigns?search=spring&page=3' })
    const second = await toVendor(person, 'C1', { page: '/campaigns' })
    for (const [door, page] of [
      [second, '/campaigns'],
      [first, '/campaigns?search=spring&page=3'],
    ] as const) {
      const end = await person.follow(door)
      expect(end.url.pathname + end.url.search).toBe(page)
      expect(told(end)).toContain('Spring launch synced.')
    }
  })

  test('row 18: a POST that finds its token ended is finished after the approval, once', async () => {
    const { person, vendor, dump } = await begin({ vendors: [{ expiresIn: 1 }] })
    await sync(person, 'C2')
    const tokens = async () => keysOf(await dump(), 'tok:').length
    await expect.poll(tokens, { interval: 25, timeout: 5_000 }).toBe(0)
    vendor.settings.expiresIn = 120
    const before = vendor.effects('C2')
    const end = await sync(person, 'C2', { page: '/campaigns?page=2' })
    expect(end.url.pathname + end.url.search).toBe('/campaigns?page=2')
    expect(told(end)).toContain('Webinar EMEA synced.')
    expect(vendor.effects('C2')).toBe(before + 1)
    expect(vendor.at('authorize')).toHaveLength(2)
  })
})

describe('a referrer that is not one of our pages', () => {
  const { begin } = scenes('embedded')

  test('row 17: sends nobody anywhere: the click ends on the campaign', async () => {
    const { person, app, vendor } = await begin()
    await sync(person, 'C1')
    for (const referrer of NOT_OURS) {
      const end = await person.follow(
        await person.post('/campaigns/C1/sync', { referrer }, { referer: null }),
      )
      expect([referrer, end.url.href]).toEqual([referrer, `${app.url}/campaigns/C1`])
    }
    for (const { next } of person.visits)
      expect([app.url, vendor.url, undefined]).toContain(next?.origin)
  })

  test('row 17: the Referer header is held to the same rule', async () => {
    const { person, app } = await begin()
    await sync(person, 'C1')
    const ways: [string, string][] = [
      [`${app.url}/campaigns?page=4`, '/campaigns?page=4'],
      ['https://evil.test/campaigns', '/campaigns/C1'],
      [`${app.url}.evil.test/campaigns`, '/campaigns/C1'],
      [`${app.url}@evil.test/`, '/campaigns/C1'],
      [`${app.url}//evil.test/`, '/campaigns/C1'],
    ]
    for (const [referer, page] of ways) {
      const end = await person.follow(await person.post('/campaigns/C1/sync', {}, { referer }))
      expect(end.url.href).toBe(app.url + page)
    }
  })

  test('row 17: one that got into the store all the same is refused when it is used', async () => {
    const { person, app, dump } = await begin()
    const tab = await toCallback(person, await toVendor(person, 'C1'))
    const { store } = app.context
    for (const { key, value } of await dump()) {
      if (!/^(intent|trip):/.test(key)) continue
      const planted = { ...JSON.parse(value), referrer: '//evil.test' }
      await store.set(key, JSON.stringify(planted), { expiration: 'KEEPTTL' })
    }
    const end = await person.follow(tab)
    expect(end.url.href).toBe(`${app.url}/campaigns/C1`)
    expect(told(end)).toContain('Spring launch synced.')
  })

  test('row 17: access renewed without a sync ends where it was asked for, too', async () => {
    const { person, app } = await begin()
    await sync(person, 'C1')
    for (const [referer, page] of [
      [`${app.url}/campaigns?page=5`, '/campaigns?page=5'],
      ['https://evil.test/', '/campaigns/C1'],
    ] as const) {
      const started = await person.get('/connect/fake/C1', {
        referer,
        'sec-fetch-site': 'same-origin',
      })
      const end = await onward(person, await person.follow(started))
      expect(end.url.href).toBe(app.url + page)
    }
  })
})
