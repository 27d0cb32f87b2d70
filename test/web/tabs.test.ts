// Several authorizations of one person, and those of strangers: rows 3, 4, 9, 19 and 21 of BEHAVIOURS.md.
import { describe, expect, test } from 'vitest'
import type { Visit } from '../support/browser/http-visitor.ts'
import { sync, toCallback, told, toVendor } from '../support/scene/authorization.ts'
import { tokensIn } from '../support/scene/callbacks.ts'
import { keysOf } from '../support/scene/cases.ts'
import { ENGINES, scenes } from '../support/scene/scene.ts'

const TWO_VENDORS = { vendors: [{}, { id: 'other', name: 'Other Ads' }] }

describe.each(ENGINES)('on the %s store', (engine) => {
  const { begin } = scenes(engine)

  /** Three tabs: two campaigns at one vendor, and one of them at another vendor, all waiting at the vendors. */
  async function threeTabs() {
    const scene = await begin(TWO_VENDORS)
    const { person } = scene
    const list = await toVendor(person, 'C1', { page: '/campaigns?page=2' })
    const own = await toVendor(person, 'C2')
    const other = await toVendor(person, 'C1', { vendor: 'other' })
    const tabs = await Promise.all([list, own, other].map((tab) => toCallback(person, tab)))
    const pages = ['/campaigns?page=2', '/campaigns/C2', '/campaigns/C1']
    const names = ['Spring launch', 'Webinar EMEA', 'Spring launch']
    return { ...scene, tabs: tabs.map((tab, at) => ({ tab, page: pages[at], name: names[at] })) }
  }

  test.each([
    ['as they began', (tabs: unknown[]) => tabs],
    ['the other way round', (tabs: unknown[]) => tabs.toReversed()],
  ])('row 3: tabs finish %s, each on its own page', async (_, order) => {
    const { person, vendors, tabs } = await threeTabs()
    for (const at of order([0, 1, 2])) {
      const { tab, page, name } = tabs[Number(at)] ?? {}
      const end = tab && (await person.follow(tab))
      expect(end && end.url.pathname + end.url.search).toBe(page)
      expect(end && told(end)).toContain(`${name} synced.`)
    }
    const effects = vendors.map((vendor) => [vendor.effects('C1'), vendor.effects('C2')])
    expect(effects).toEqual([
      [1, 1],
      [1, 0],
    ])
  })

  test('row 3, row 21: tabs that finish at the same moment all do, and no token is lost', async () => {
    const { person, vendors, tabs, dump } = await threeTabs()
    const first = await Promise.all(tabs.map(({ tab }) => person.follow(tab)))
    // One that came with the cookie of before is asked for again by the browser, with the new one.
    const again = async (end: Visit) =>
      end.headers.refresh === undefined ? end : person.follow(await person.get(end.url.href))
    const ends = await Promise.all(first.map(again))
    expect(ends.map(({ url }) => url.pathname + url.search)).toEqual(tabs.map(({ page }) => page))
    expect(ends.map(told)).toEqual(
      tabs.map(({ name }) => expect.stringContaining(`${name} synced.`)),
    )
    expect(keysOf(await dump(), 'tok:')).toHaveLength(3)
    for (const id of ['C1', 'C2']) expect(told(await sync(person, id))).toContain('synced.')
    expect(vendors.map((vendor) => vendor.at('token').length)).toEqual([2, 1])
  })

  test('row 4: forged callbacks leave the trips under way alone', async () => {
    const { person, vendor } = await begin()
    const tab = await toCallback(person, await toVendor(person, 'C1'))
    const state = tab.next.searchParams.get('state') ?? ''
    for (const wrong of [
      'forged',
      state.slice(1),
      state.toLowerCase(),
      `${state}x`,
      state + state,
      '',
    ]) {
      const forged = new URL(tab.next)
      forged.searchParams.set('state', wrong)
      expect((await person.get(forged.href)).status).toBe(400)
    }
    expect(vendor.at('token')).toEqual([])
    expect(told(await person.follow(tab))).toContain('Spring launch synced.')
  })

  test('row 9: a callback is worth nothing in another browser, with a session or without', async () => {
    const { person, vendor, app, visitor } = await begin()
    const stranger = visitor(app.url)
    await sync(stranger, 'C2')
    const tab = await toCallback(person, await toVendor(person, 'C1'))
    const exchanges = vendor.at('token').length
    for (const thief of [stranger, visitor(app.url)]) {
      const stolen = await thief.get(tab.next.href)
      expect(stolen.status).toBe(400)
      expect(stolen.body).toContain(
        thief === stranger ? 'already used or took too long' : 'allow cookies',
      )
    }
    expect(vendor.at('token')).toHaveLength(exchanges)
    expect(told(await person.follow(tab))).toContain('Spring launch synced.')
    expect(vendor.effects('C1')).toBe(1)
  })

  test('row 9: a callback is worth nothing at another vendor', async () => {
    const { person, vendors } = await begin(TWO_VENDORS)
    const tab = await toCallback(person, await toVendor(person, 'C1', { vendor: 'fake' }))
    const elsewhere = tab.next.href.replace('/oauth/fake/', '/oauth/other/')
    expect((await person.get(elsewhere)).status).toBe(400)
    expect(vendors.flatMap((vendor) => vendor.at('token'))).toEqual([])
    expect(told(await person.follow(tab))).toContain('Spring launch synced.')
  })

  test('row 9, row 19: access is for one person, one vendor, one campaign, each under its own key', async () => {
    const { person, vendors, app, visitor, dump } = await begin(TWO_VENDORS)
    const stranger = visitor(app.url)
    await sync(person, 'C1')
    await sync(person, 'C2')
    await sync(stranger, 'C1')
    await person.follow(await toVendor(person, 'C1', { vendor: 'other' }))
    expect(vendors.map((vendor) => vendor.at('authorize').length)).toEqual([3, 1])
    const keys = tokensIn(await dump())
    const subjects = keys.map((key) => key.replace(/^tok:\{[\w-]+\}:/, '')).sort()
    expect(subjects).toEqual([
      'fake:campaign:C1',
      'fake:campaign:C1',
      'fake:campaign:C2',
      'other:campaign:C1',
    ])
    expect(new Set(keys).size).toBe(4)
  })

  test('row 21: a request under way does not revive a token that was taken away meanwhile', async () => {
    const { person, vendor, app, dump } = await begin()
    await sync(person, 'C1')
    const push = vendor.gate('api')
    const syncing = sync(person, 'C1')
    await push.arrived
    const tokens = async () => tokensIn(await dump())
    await app.context.store.del(await tokens())
    push.release()
    expect(told(await syncing)).toContain('Spring launch synced.')
    expect(await tokens()).toEqual([])
  })
})
