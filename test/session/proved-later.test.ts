// A session from memory is no authority: a press whose session has ended elsewhere is not pushed under it.
import { describe, expect, test } from 'vitest'
import { dumpStore } from '../support/redis/store-dump.ts'
import { sync, told } from '../support/scene/authorization.ts'
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
    expect([end.status, end.next?.pathname]).toEqual([307, '/campaigns/C1/sync'])
    const left = (await dumpStore(setup)).map(({ key }) => key)
    expect(left.filter((key) => key.startsWith('push:'))).toEqual([])
    expect(left.filter((key) => key.startsWith('intent:'))).toEqual(
      keys.filter((key) => key.startsWith('intent:')),
    )
    expect(vendor.at('api', 'C1')).toHaveLength(pushes)
  })
})
