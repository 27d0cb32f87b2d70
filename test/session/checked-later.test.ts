// A session from memory is no authority: a press whose session has ended elsewhere is not pushed under it.
import { describe, expect, test } from 'vitest'
import { StoreError } from '../../src/store/open.ts'
import { readPage } from '../support/browser/page.ts'
import { dumpStore } from '../support/redis/store-dump.ts'
import { pressSync, sync, told } from '../support/scene/authorization.ts'
import { openCallback } from '../support/scene/callbacks.ts'
import { ENGINES, scenes } from '../support/scene/scene.ts'

describe.each(ENGINES)('on the %s store', (engine) => {
  const { begin } = scenes(engine)

  test('a session that was ended meanwhile pushes nothing, and the person starts anew', async () => {
    const { app, person, vendor, setup } = await begin()
    await sync(person, 'C1')
    expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
    const page = await person.open('/campaigns/C1')
    const keys = (await dumpStore(setup)).map(({ key }) => key)
    await app.context.store.del(keys.filter((key) => key.startsWith('sess:')))
    const pushes = vendor.at('api', 'C1').length
    const end = await person.press(page, 'Sync Spring launch')
    expect(person.visits.at(-2)?.status).toBe(307)
    expect(end.next?.pathname).toBe('/connect/fake/C1')
    const left = (await dumpStore(setup)).map(({ key }) => key)
    expect(left.filter((key) => key.startsWith('push:'))).toEqual([])
    const before = keys.filter((key) => key.startsWith('intent:'))
    expect(left.filter((key) => key.startsWith('intent:'))).toHaveLength(before.length + 1)
    expect(vendor.at('api', 'C1')).toHaveLength(pushes)
  })

  test('a cookie that nobody signed is no session, though its session is remembered', async () => {
    const { app, person, visitor, vendor } = await begin()
    await sync(person, 'C1')
    expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
    const pushes = vendor.at('api', 'C1').length
    const cookie = person.jar.value('campaign-sync') ?? ''
    expect(cookie).toMatch(/^s%3A/)
    for (const change of [
      (value: string) => value.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
      (value: string) => value.replace(/\..*/, '.'),
      (value: string) => value.replace(/\..*/, ''),
    ]) {
      const stranger = visitor(app.url)
      stranger.jar.take(new URL(app.url), [`campaign-sync=${change(cookie)}; Path=/`])
      const end = await pressSync(stranger, 'C1')
      expect(end.next?.pathname).toBe('/connect/fake/C1')
    }
    expect(vendor.at('api', 'C1')).toHaveLength(pushes)
  })

  test('nothing is begun or finished under one that was ended meanwhile', async () => {
    const { app, person, vendor, setup } = await begin()
    const pressed = await pressSync(person, 'C1')
    const stored = async () => (await dumpStore(setup)).map(({ key }) => key)
    const endSession = async () =>
      app.context.store.del((await stored()).filter((key) => key.startsWith('sess:')))
    await endSession()
    const again = await person.get(`${pressed.next?.href}&continue=1`)
    expect([again.status, again.next?.pathname]).toEqual([303, '/connect/fake/C1'])
    expect((await stored()).filter((key) => key.startsWith('auth:'))).toEqual([])
    const callback = await openCallback(person, 'C2')
    const resumed = await person.get(callback.url.href)
    await endSession()
    const end = await person.follow(resumed)
    expect(readPage(end.body).heading).toBe('Sync Webinar EMEA?')
    expect(end.body).not.toContain('connected as')
    expect(vendor.effects('C2')).toBe(0)
  })

  test('while the store is away, one that this process does not remember is told so', async () => {
    const { app, person, startApp, visitor } = await begin()
    await sync(person, 'C1')
    await app.close()
    const other = await startApp()
    const late = visitor(other.url)
    const cookie = person.jar.value('campaign-sync') ?? ''
    late.jar.take(new URL(other.url), [`campaign-sync=${cookie}; Path=/`])
    const away = () => Promise.reject(new StoreError('The client is offline'))
    Object.assign(other.context.store, { get: away, step: away, stepIf: away, batch: away })
    for (const path of ['/campaigns/C1/sync', '/connect/fake/C1']) {
      const page = await late.get(path)
      expect([page.status, readPage(page.body).heading]).toEqual([
        503,
        'Syncing is not possible right now',
      ])
    }
  })
})
