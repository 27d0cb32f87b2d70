// The vendor's answer: used once, believed only from the right vendor. Rows 8, 10, 11, 12 and 14 of BEHAVIOURS.md.
import { describe, expect, test } from 'vitest'
import { StoreError } from '../../src/store/open.ts'
import { readPage } from '../support/browser/page.ts'
import { failDeletions, failWrites } from '../support/redis/store-faults.ts'
import { sync, toCallback, told, toVendor } from '../support/scene/authorization.ts'
import { keysOf } from '../support/scene/cases.ts'
import { ENGINES, scenes } from '../support/scene/scene.ts'

describe.each(ENGINES)('on the %s store', (engine) => {
  const { begin } = scenes(engine)

  async function atCallback() {
    const scene = await begin()
    return { ...scene, tab: await toCallback(scene.person, await toVendor(scene.person, 'C1')) }
  }

  test('row 8: twenty copies of a callback at once make one exchange and one push, and all end well', async () => {
    const { person, vendor, tab } = await atCallback()
    const ends = await Promise.all(Array.from({ length: 20 }, () => person.follow(tab)))
    const shown = ends.map((end) => ({ heading: readPage(end.body).heading, status: end.status }))
    expect(shown).toEqual(ends.map(() => ({ heading: 'Spring launch', status: 200 })))
    for (const end of ends) expect(readPage(end.body).text).toContain('Spring launch synced.')
    expect(vendor.at('token')).toHaveLength(1)
    expect(vendor.effects('C1')).toBe(1)
  })

  test('row 8: a HEAD of the callback, as link scanners send it, uses nothing up', async () => {
    const { person, vendor, tab } = await atCallback()
    await person.head(tab.next.href)
    expect(vendor.at('token')).toHaveLength(0)
    expect(told(await person.follow(tab))).toContain('Spring launch synced.')
  })

  test('when the session of before cannot be ended, no token that was given back is used', async () => {
    const { app, person, vendor, dump, tab } = await atCallback()
    const before = keysOf(await dump(), 'sess:').map(({ key }) => key)
    const mend = failDeletions(app, /^sess:/)
    expect((await person.follow(tab)).status).toBe(503)
    mend()
    expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
    expect([vendor.at('revoke').length, vendor.at('api').length]).toEqual([1, 1])
    expect(keysOf(await dump(), 'sess:').map(({ key }) => key)).not.toContain(before[0])
  })

  test('access that cannot be stored is not given back where that could end other access', async () => {
    const { app, person, vendor, dump, tab } = await atCallback()
    await person.follow(tab)
    const next = await toCallback(person, await toVendor(person, 'C2'))
    const mend = failWrites(app, 'tok:')
    expect((await person.follow(next)).status).toBe(503)
    mend()
    expect([keysOf(await dump(), 'tok:').length, vendor.at('revoke').length]).toEqual([1, 0])
    expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
    expect(vendor.at('token')).toHaveLength(2)
  })

  test('a first access is given back when the store goes away during its exchange', async () => {
    const { app, person, vendor, tab } = await atCallback()
    const mend = failWrites(app, 'tok:')
    const { store } = app.context
    const { hGetAll } = store
    store.hGetAll = () => Promise.reject(new StoreError('The client is offline'))
    expect((await person.follow(tab)).status).toBe(503)
    expect(vendor.at('revoke')).toHaveLength(1)
    Object.assign(store, { hGetAll })
    mend()
  })

  test('row 14: a callback opened again later just goes on', async () => {
    const { person, vendor, tab } = await atCallback()
    await person.follow(tab)
    for (let times = 0; times < 2; times++) {
      const again = await person.open(tab.next.href)
      expect(again.url.pathname).toBe('/campaigns/C1')
      expect(again.status).toBe(200)
    }
    expect(vendor.at('token')).toHaveLength(1)
    expect(vendor.effects('C1')).toBe(1)
  })

  test('row 14: a callback that comes too late goes on when another tab got access meanwhile', async () => {
    const { person, vendor, app, dump, tab } = await atCallback()
    const [request] = keysOf(await dump(), 'auth:')
    await app.context.store.del(request?.key ?? '')
    await sync(person, 'C1')
    const late = await person.follow(tab)
    expect({ status: late.status, path: late.url.pathname }).toEqual({
      status: 200,
      path: '/campaigns/C1',
    })
    expect(vendor.at('token')).toHaveLength(1)
  })

  test('row 14: a callback that comes too late, without access, says so and offers to continue', async () => {
    const { person, vendor, app, dump, tab } = await atCallback()
    const [request] = keysOf(await dump(), 'auth:')
    await app.context.store.del(request?.key ?? '')
    const late = await person.follow(tab)
    expect(late.status).toBe(400)
    expect(readPage(late.body).heading).toBe('That approval was already used or took too long')
    expect(vendor.at('token')).toHaveLength(0)
    const end = await sync(person, 'C1')
    expect(told(end)).toContain('Spring launch synced.')
  })
})

describe('who answers, and what it says', () => {
  const { begin } = scenes('embedded')

  /** The person comes back with another answer than the vendor gave. */
  async function comeBackWith(change: Record<string, string | null>) {
    const scene = await begin()
    scene.vendor.script('authorize', [{ back: change }])
    const tab = await toCallback(scene.person, await toVendor(scene.person, 'C1'))
    return { ...scene, tab, end: await scene.person.follow(tab) }
  }

  test.each([
    ['of another issuer', { iss: 'https://evil.test' }],
    ['of almost the right issuer', { iss: 'http://127.0.0.1/' }],
    ['without the promised iss', { iss: null }],
    [
      'that denies in the name of another issuer',
      { iss: 'https://evil.test', error: 'access_denied' },
    ],
  ])('row 10: an answer %s is not this vendor’s', async (_, change) => {
    const { vendor, end } = await comeBackWith(change)
    expect(end.status).toBe(400)
    expect(readPage(end.body).heading).toBe('That was not an answer of Fake Ads')
    expect(vendor.at('token')).toHaveLength(0)
    expect(vendor.effects('C1')).toBe(0)
  })

  test('row 10: a vendor that knows no iss is fine without, and each vendor has its own redirect URI', async () => {
    const { person, vendors, app } = await begin({
      vendors: [{ iss: false }, { id: 'other', name: 'Other Ads' }],
    })
    const tab = await toVendor(person, 'C1', { vendor: 'fake' })
    const other = await toVendor(person, 'C1', { vendor: 'other' })
    expect([tab, other].map(({ next }) => next.searchParams.get('redirect_uri'))).toEqual([
      `${app.url}/oauth/fake/callback`,
      `${app.url}/oauth/other/callback`,
    ])
    expect(told(await person.follow(tab))).toContain('Spring launch synced.')
    expect(vendors[0]?.effects('C1')).toBe(1)
  })

  test('row 11: an error is believed only when its state is right', async () => {
    const { person, vendor, app } = await begin()
    const tab = await toCallback(person, await toVendor(person, 'C1'))
    const forged = new URLSearchParams({
      error: 'access_denied',
      error_description: 'Call 555-SCAM',
      state: 'x'.repeat(43),
    })
    const end = await person.open(`${app.url}/oauth/fake/callback?${forged}`)
    expect(end.status).toBe(400)
    expect(end.body).not.toMatch(/SCAM|cancelled/)
    expect(told(await person.follow(tab))).toContain('Spring launch synced.')
    expect(vendor.at('token')).toHaveLength(1)
  })

  test.each([
    ['without a state', { state: null }],
    ['with an empty state', { state: '' }],
    ['with another state', { state: 'another' }],
    ['without a code', { code: null }],
    ['with a token in place of a code', { code: null, access_token: 'evil', token_type: 'Bearer' }],
    ['with a code and an error', { error: 'access_denied' }],
  ])('row 12: an answer %s never reaches the token endpoint', async (_, change) => {
    const { vendor, end } = await comeBackWith(change)
    expect(end.status).toBe('error' in change ? 200 : 400)
    expect(vendor.at('token')).toHaveLength(0)
    expect(vendor.effects('C1')).toBe(0)
  })

  test('row 12: parameters that repeat are nobody’s answer', async () => {
    const { person, vendor } = await begin()
    const tab = await toCallback(person, await toVendor(person, 'C1'))
    for (const repeated of ['code=A', `state=${'s'.repeat(43)}`, 'iss=x']) {
      expect((await person.open(`${tab.next.href}&${repeated}`)).status).toBe(400)
    }
    expect(vendor.at('token')).toHaveLength(0)
    expect(told(await person.follow(tab))).toContain('Spring launch synced.')
  })
})
