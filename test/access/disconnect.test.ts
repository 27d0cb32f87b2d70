// Disconnect, or sign out, beside a callback and with replies that are lost: no token is left that nobody can end.
import { describe, expect, test } from 'vitest'
import { StoreError } from '../../src/store/open.ts'
import type { TestApp } from '../support/app/app.ts'
import type { Visitor } from '../support/browser/http-visitor.ts'
import { holdWrite } from '../support/redis/store-faults.ts'
import { sync, toCallback, toVendorFrom } from '../support/scene/authorization.ts'
import { keysOf } from '../support/scene/cases.ts'
import { ENGINES, scenes } from '../support/scene/scene.ts'

const ENDS = ['/connections/fake/campaign:C1/disconnect', '/session/end']

describe.each(ENGINES)('on the %s store', (engine) => {
  const { begin } = scenes(engine)

  async function connected() {
    const scene = await begin()
    const { person, vendor, dump } = scene
    await sync(person, 'C1')
    /** Whether the newest token, which replaced all others, is neither stored nor revoked. */
    const isLost = async () => {
      const [newest] = vendor.values().tokens.slice(-1)
      const revoked = vendor.at('revoke').map(({ body }) => new URLSearchParams(body).get('token'))
      return keysOf(await dump(), 'tok:').length === 0 && !revoked.includes(newest ?? '')
    }
    return { ...scene, isLost }
  }

  const renewalOf = async (person: Visitor) => {
    const asked = await person.get('/connect/fake/C1')
    return (await toCallback(person, await toVendorFrom(person, asked))).next.href
  }

  test.each(ENDS)('%s, and a callback between its read and its removal', async (path) => {
    const { app, person, isLost } = await connected()
    const renewal = await renewalOf(person)
    const removal = holdWrite(app, 'conn:')
    const ended = person.post(path, {})
    await removal.arrived
    await person.follow(await person.get(renewal))
    removal.release()
    await ended
    expect(await isLost()).toBe(false)
  })

  test('a sign-out between a callback’s token and its look at who has signed out', async () => {
    const { app, person, isLost } = await connected()
    const renewal = await renewalOf(person)
    const removal = holdWrite(app, 'conn:')
    const out = person.post('/session/end', {})
    await removal.arrived
    const { store } = app.context
    const { get } = store
    store.get = async (key) => {
      if (key.startsWith('ended:')) {
        store.get = get
        removal.release()
        await out
      }
      return get(key)
    }
    await person.get(renewal)
    await out
    expect(await isLost()).toBe(false)
  })

  test.each(ENDS)('%s, and its removal whose reply is lost', async (path) => {
    const { app, person, vendor, isLost } = await connected()
    loseReply(app, 'conn:')
    expect((await person.post(path, {})).status).toBe(503)
    await person.post(path, {})
    expect([await isLost(), vendor.at('revoke').length]).toEqual([false, 1])
  })
})

/** The next step that deletes a field of such a hash is done, and its reply lost. */
function loseReply({ context: { store } }: TestApp, prefix: string): void {
  const { step } = store
  store.step = async (commands) => {
    const replies = await step(commands)
    if (!commands.some((one) => 'hDel' in one && one.hDel.startsWith(prefix))) return replies
    store.step = step
    throw new StoreError('Redis did not answer within 1000 ms')
  }
}
