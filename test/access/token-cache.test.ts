// Access as it lies in the store: rows 16, 20, 22 and 24 of BEHAVIOURS.md.
import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { holdWrite } from '../support/redis/store-faults.ts'
import { pressSync, sync, told } from '../support/scene/authorization.ts'
import { keysOf } from '../support/scene/cases.ts'
import { ENGINES, scenes } from '../support/scene/scene.ts'
import type { FakeVendor } from '../support/vendor/fake-vendor.ts'

const requests = (vendor: FakeVendor) => vendor.at('authorize').length

describe.each(ENGINES)('on the %s store', (engine) => {
  const { begin, set } = scenes(engine)

  test.each([
    ['an hour, less a minute', 3600, 3540],
    ['100 s, less a tenth of it', 100, 90],
    ['a year, and no longer than the session', 31_536_000, 7 * 24 * 3600 - 60],
    ['unknown, so the vendor file’s 300 s less a tenth', undefined, 270],
  ])('row 20: access is kept for its own life: %s', async (_, expiresIn, seconds) => {
    const { person, dump } = await begin({ vendors: [{ expiresIn }] })
    await sync(person, 'C1')
    const [token] = keysOf(await dump(), 'tok:')
    expect(token?.leftMs).toBeLessThanOrEqual(seconds * 1000)
    expect(token?.leftMs).toBeGreaterThan(seconds * 1000 - 10_000)
  })

  test('row 20: it disappears by itself before the vendor ends it, and the page stops claiming it', async () => {
    const { person, vendor, dump } = await begin({ vendors: [{ expiresIn: 1 }] })
    await sync(person, 'C1')
    for (const { leftMs } of keysOf(await dump(), 'tok:')) expect(leftMs).toBeLessThanOrEqual(900)
    await expect
      .poll(async () => keysOf(await dump(), 'tok:'), { interval: 25, timeout: 5_000 })
      .toEqual([])
    expect((await person.open('/campaigns')).body).toContain('not connected')
    expect(vendor.at('token')).toHaveLength(1)
  })

  test('access given while a disconnect is under way ends with the session', async () => {
    const { app, person, vendor, dump } = await begin()
    await sync(person, 'C1')
    const unlisted = holdWrite(app, 'conn:')
    const disconnected = person.post('/connections/fake/campaign:C1/disconnect', {})
    await unlisted.arrived
    await sync(person, 'C1')
    unlisted.release()
    await disconnected
    await sync(person, 'C1')
    await person.post('/session/end', {})
    expect([keysOf(await dump(), 'tok:'), vendor.at('revoke').length]).toEqual([[], 2])
  })

  test('access given while refused access is dropped ends with the session', async () => {
    const { app, person, vendor, dump } = await begin({ file: { tokenPer: 'session' } })
    await sync(person, 'C1')
    vendor.revokeAll()
    const unlisted = holdWrite(app, 'conn:')
    const refused = pressSync(person, 'C1')
    await unlisted.arrived
    expect(told(await sync(person, 'C2'))).toContain('Webinar EMEA synced.')
    unlisted.release()
    await refused
    await person.post('/session/end', {})
    expect([keysOf(await dump(), 'tok:'), vendor.at('revoke').length]).toEqual([[], 1])
  })

  test('row 16, row 22: a token cannot be read in the store, and moved to another key it is none', async () => {
    const { person, vendor, app, dump } = await begin()
    await sync(person, 'C1')
    await sync(person, 'C2')
    const [token] = vendor.values().tokens
    const [first, second] = keysOf(await dump(), 'tok:')
    expect(first?.value).not.toContain(token)
    await app.context.store.set(second?.key ?? '', first?.value ?? '', { expiration: 'KEEPTTL' })
    const moved = second?.key.endsWith('C1') ? 'C1' : 'C2'
    expect(told(await sync(person, moved))).toContain('synced.')
    expect(requests(vendor)).toBe(3)
  })

  test('row 22: what is not ours under a token’s key is a miss and no error', async () => {
    const { person, vendor, app, dump } = await begin()
    await sync(person, 'C1')
    for (const junk of ['', 'junk', '{"accessToken":"evil"}', 'a.b.c.d', '\u0000']) {
      const [token] = keysOf(await dump(), 'tok:')
      await app.context.store.set(token?.key ?? '', junk, { expiration: 'KEEPTTL' })
      expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
    }
    expect(requests(vendor)).toBe(6)
  })

  test('row 22: a new key opens what the old one sealed, until the old one is taken away', async () => {
    const { setup, vendor, startApp, startBalancer, visitor } = await set()
    const balancer = await startBalancer()
    const person = visitor(balancer.url)
    const [oldKey, newKey] = [setup.secrets.encryptionKey, randomBytes(32).toString('base64')]
    for (const { keys, requests } of [
      { keys: [oldKey], requests: 1 },
      { keys: [newKey, oldKey], requests: 1 },
      { keys: [newKey], requests: 2 },
    ]) {
      setup.environment.ENCRYPTION_KEYS = keys.join(',')
      const app = await startApp(balancer.url)
      balancer.targets[0] = app.origin
      expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
      expect(vendor.at('authorize')).toHaveLength(requests)
      await app.close()
    }
    expect(vendor.effects('C1')).toBe(3)
  })

  test('row 24: a refused token is dropped only if it is still the one that was sent', async () => {
    const { person, vendor, dump } = await begin()
    await sync(person, 'C1')
    const push = vendor.gate('api', 'before', {
      status: 401,
      body: { error: { code: 'invalid_token' } },
    })
    const refused = pressSync(person, 'C1')
    await push.arrived
    await person.follow(await person.get('/connect/fake/C1'))
    const renewed = keysOf(await dump(), 'tok:')
    push.release()
    const answer = await refused
    expect(keysOf(await dump(), 'tok:').map(({ value }) => value)).toEqual(
      renewed.map(({ value }) => value),
    )
    expect(told(await person.follow(answer))).toContain('Spring launch synced.')
    expect(vendor.effects('C1')).toBe(2)
  })

  test('row 24: one that is refused while nobody renewed it is gone', async () => {
    const { person, vendor, dump } = await begin()
    await sync(person, 'C1')
    vendor.script('api', [{ status: 401 }])
    await pressSync(person, 'C1')
    expect(keysOf(await dump(), 'tok:')).toEqual([])
  })
})
