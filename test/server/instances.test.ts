// Two instances on one Redis behind a load balancer, each request on the other one: row 36 of BEHAVIOURS.md begins here.
import { describe, expect, test } from 'vitest'
import { readPage } from '../support/browser/page.ts'
import {
  onward,
  sync,
  syncButton,
  toCallback,
  told,
  toVendor,
} from '../support/scene/authorization.ts'
import { scenes } from '../support/scene/scene.ts'

describe('two instances on one Redis', () => {
  const { set } = scenes('redis')

  async function two() {
    const scene = await set()
    const balancer = await scene.startBalancer()
    const apps = [await scene.startApp(balancer.url), await scene.startApp(balancer.url)]
    balancer.targets.push(...apps.map(({ origin }) => origin))
    return { ...scene, balancer, apps, person: scene.visitor(balancer.url) }
  }

  test('finish a sync with each request on the other instance, the first time and again', async () => {
    const { person, vendor, balancer } = await two()
    expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
    vendor.revokeAll()
    expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
    expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
    expect([vendor.effects('C1'), vendor.at('authorize').length]).toEqual([3, 2])
    const steps = balancer.served.filter(({ path }) =>
      /\/(connect|oauth|campaigns\/C1\/sync)/.test(path),
    )
    expect(new Set(steps.map(({ target }) => target)).size).toBe(2)
  })

  test('say no and yes to one another’s trips', async () => {
    const { person, vendor } = await two()
    vendor.script('authorize', [{ back: { code: null, error: 'access_denied' } }])
    const no = await sync(person, 'C1')
    expect(readPage(no.body).banner?.tone).toBe('neutral')
    expect(told(await onward(person, await person.click(no, 'Try again')))).toContain(
      'Spring launch synced.',
    )
    expect(vendor.effects('C1')).toBe(1)
  })

  test('row 8: make one exchange and one push of twenty copies of a callback', async () => {
    const { person, vendor } = await two()
    const tab = await toCallback(person, await toVendor(person, 'C1'))
    const ends = await Promise.all(Array.from({ length: 20 }, () => person.follow(tab)))
    expect(ends.map(({ status }) => status)).toEqual(ends.map(() => 200))
    for (const end of ends) expect(readPage(end.body).text).toContain('Spring launch synced.')
    expect([vendor.at('token').length, vendor.effects('C1')]).toEqual([1, 1])
  })

  test('row 30: push once for a double click that is split between them', async () => {
    const { person, vendor, apps } = await two()
    await sync(person, 'C1')
    const page = await person.open('/campaigns/C1')
    const push = vendor.gate('api')
    const clicks = [1, 2].map(() => person.click(page, syncButton('C1')))
    await push.arrived
    push.release()
    for (const end of await Promise.all(clicks))
      expect(readPage(end.body).text).toContain('Spring launch synced.')
    expect(vendor.effects('C1')).toBe(2)
    expect(apps).toHaveLength(2)
  })

  test('row 3: tabs that finish at the same moment on different instances all do', async () => {
    const { person, vendor } = await two()
    const tabs = []
    for (const id of ['C1', 'C2', 'C3'])
      tabs.push(await toCallback(person, await toVendor(person, id)))
    const ends = await Promise.all(tabs.map((tab) => person.followThrough(tab)))
    expect(ends.map(({ url }) => url.pathname)).toEqual([
      '/campaigns/C1',
      '/campaigns/C2',
      '/campaigns/C3',
    ])
    for (const end of ends) expect(told(end)).toContain('synced.')
    expect(['C1', 'C2', 'C3'].map(vendor.effects)).toEqual([1, 1, 1])
  })
})
