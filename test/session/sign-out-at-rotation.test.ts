// Signing out with the cookie that the first access has just replaced: that ends the session after it as well.
import { describe, expect, test } from 'vitest'
import { readPage } from '../support/browser/page.ts'
import { sync, told } from '../support/scene/authorization.ts'
import { openCallback } from '../support/scene/callbacks.ts'
import { ENGINES, scenes } from '../support/scene/scene.ts'

const MINE = /^(sess|tok|conn|ref):/

describe.each(ENGINES)('on the %s store', (engine) => {
  const { begin } = scenes(engine)

  test('when the callback was answered and its cookie is still on the way', async () => {
    const { person, app, vendor, dump } = await begin()
    const { tab } = await openCallback(person, 'C1')
    const cookie = person.jar.header(new URL(app.url)) ?? ''
    await person.get(tab.next.href)
    const late = person.jar.value('campaign-sync') ?? ''
    const end = await person.post('/session/end', {}, { cookie })
    expect([end.status, person.jar.names()]).toEqual([303, []])
    expect((await dump()).filter(({ key }) => MINE.test(key))).toEqual([])
    expect(vendor.at('revoke')).toHaveLength(1)
    person.jar.take(new URL(app.url), [`campaign-sync=${late}; Path=/`])
    expect((await person.open('/connections')).body).toContain('Not connected')
    expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
    expect(vendor.at('token')).toHaveLength(2)
  })

  test('when the callback is not answered yet', async () => {
    const { person, app, vendor, dump } = await begin()
    const { tab } = await openCallback(person, 'C1')
    const account = vendor.gate('me')
    const cookie = person.jar.header(new URL(app.url)) ?? ''
    const slow = person.get(tab.next.href)
    await account.arrived
    expect((await person.post('/session/end', {}, { cookie })).status).toBe(303)
    account.release()
    const end = await slow
    expect([end.status, readPage(end.body).heading]).toEqual([
      400,
      'We could not tell that this was you',
    ])
    expect((await dump()).filter(({ key }) => MINE.test(key))).toEqual([])
    expect([vendor.at('revoke').length, vendor.effects('C1')]).toEqual([1, 0])
  })
})
