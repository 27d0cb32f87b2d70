// Setting out for the vendor: rows 1, 2, 5 and 6 of BEHAVIOURS.md.
import { afterEach, describe, expect, test, vi } from 'vitest'
import { failWrites, holdWrite } from '../support/redis/store-faults.ts'
import { sync, toCallback, told, toVendor } from '../support/scene/authorization.ts'
import { keysOf } from '../support/scene/cases.ts'
import { ENGINES, scenes } from '../support/scene/scene.ts'

afterEach(() => vi.useRealTimers())

describe.each(ENGINES)('on the %s store', (engine) => {
  const { begin } = scenes(engine)

  test('row 1: each trip has a state that nobody can guess, and a record of its own', async () => {
    const { person, dump } = await begin()
    const doors = [
      await toVendor(person, 'C1'),
      await toVendor(person, 'C2'),
      await toVendor(person, 'C1'),
    ]
    const states = doors.map(({ next }) => next.searchParams.get('state') ?? '')
    for (const state of states) expect(state).toMatch(/^[\w-]{43}$/)
    expect(new Set(states).size).toBe(3)
    const requests = keysOf(await dump(), 'auth:')
    expect(requests).toHaveLength(3)
  })

  test('row 5: a trip that nobody finishes is gone after ten minutes', async () => {
    const { person, dump, vendor } = await begin()
    const callback = await toCallback(person, await toVendor(person, 'C1'))
    const [request] = keysOf(await dump(), 'auth:')
    expect(request?.leftMs).toBeGreaterThan(590_000)
    expect(request?.leftMs).toBeLessThanOrEqual(600_000)
    if (engine === 'redis') return // Redis has a clock of its own
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 601_000 })
    expect((await person.follow(callback)).status).toBe(400)
    expect(vendor.at('token')).toEqual([])
  })

  test('row 5: of more than ten trips at once the oldest are dropped, and the newest still work', async () => {
    const { person, dump, vendor } = await begin()
    const first = await toVendor(person, 'C1')
    for (let requests = 1; requests < 12; requests++) await toVendor(person, 'C1')
    const last = await toVendor(person, 'C2')
    expect(keysOf(await dump(), 'auth:')).toHaveLength(10)
    expect((await person.follow(first)).status).toBe(400)
    expect(vendor.at('token')).toEqual([])
    expect(told(await person.follow(last))).toContain('Webinar EMEA synced.')
  })

  test('row 6: the person leaves for the vendor only after the trip is stored', async () => {
    const { person, app, dump } = await begin()
    await sync(person, 'C1')
    const write = holdWrite(app, 'auth:')
    const leaving = toVendor(person, 'C2')
    await write.arrived
    const answered = person.visits.length
    expect(keysOf(await dump(), 'auth:')).toEqual([])
    expect(person.visits.length).toBe(answered)
    write.release()
    expect((await leaving).next.searchParams.get('state')).toMatch(/^[\w-]{43}$/)
    expect(person.visits.length).toBe(answered + 1)
  })

  test('row 6: when the trip cannot be stored nobody is sent to the vendor', async () => {
    const { person, app, vendor } = await begin()
    const page = await person.open('/campaigns/C1')
    const mend = failWrites(app, 'auth:')
    const stopped = await person.click(
      await person.click(page, 'Sync Spring launch'),
      'Continue to Fake Ads',
    )
    expect(stopped.status).toBe(503)
    expect(stopped.headers['retry-after']).toMatch(/^\d+$/)
    expect(vendor.requests).toEqual([])
    mend()
    expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
    expect(vendor.effects('C1')).toBe(1)
  })
})

describe('PKCE', () => {
  const { begin } = scenes('embedded')

  test('row 2: the trip carries an S256 challenge, and the exchange its verifier', async () => {
    const { person, vendor } = await begin()
    expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
    const [asked] = vendor.at('authorize')
    expect(asked?.url.searchParams.get('code_challenge_method')).toBe('S256')
    const [verifier] = vendor.values().verifiers
    expect(verifier).toMatch(/^[\w.~-]{43,128}$/)
  })

  test('row 2: a vendor whose file says it cannot gets none of it', async () => {
    const { person, vendor } = await begin({ vendors: [{ pkce: false }] })
    expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
    const names = [...(vendor.at('authorize')[0]?.url.searchParams.keys() ?? [])]
    expect(names.filter((name) => name.startsWith('code_challenge'))).toEqual([])
    expect(vendor.values().verifiers).toEqual([])
  })
})
