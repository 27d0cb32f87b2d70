// What every engine of the store promises: one suite, run against the embedded one, a real Redis and a real Cluster.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openEmbedded } from '../../src/store/embedded/embedded.ts'
import { openByUrl, StoreError, withStoreErrors } from '../../src/store/open.ts'
import type { Command, Guard, OpenStore, SetOptions } from '../../src/store/store.ts'
import { compareAndDelete, compareAndSet } from '../support/redis/compare.ts'
import { startRedisCluster } from '../support/redis/redis-cluster.ts'
import { startRedisServer } from '../support/redis/redis-server.ts'

const embedded = async () => {
  const directory = mkdtempSync(join(tmpdir(), 'store-'))
  const store = openEmbedded(join(directory, 'store.sqlite'))
  return { store, end: async () => rmSync(directory, { recursive: true }) }
}

const redis = async () => {
  const server = await startRedisServer()
  return { store: await openByUrl(server.url), end: server.stop }
}

const cluster = async () => {
  const servers = await startRedisCluster()
  return { store: await openByUrl(servers.url), end: servers.stop }
}

describe.each([
  ['embedded', embedded],
  ['redis', redis],
  ['cluster', cluster],
])('the %s store', { concurrent: true }, (_name, open) => {
  let store: OpenStore
  let end: () => Promise<void>
  let keys = 0

  beforeAll(async () => {
    const opened = await open()
    store = opened.store
    end = opened.end
  })
  afterAll(async () => {
    await store.close()
    await end()
  })
  const fresh = () => `test:${++keys}`

  const px = (value: number): SetOptions => ({ expiration: { type: 'PX', value } })
  const ex = (value: number): SetOptions => ({ expiration: { type: 'EX', value } })
  /** `expect.poll` does not know its test when tests run side by side. */
  const eventually = (holds: () => Promise<void>) =>
    vi.waitFor(holds, { timeout: 3000, interval: 3 })
  const gone = (key: string) => eventually(async () => expect(await store.get(key)).toBe(null))
  /** Resolves when a key set now for `ms` has ended, so that one set before for no longer has as well. */
  const elapsed = async (ms: number) => {
    const clock = fresh()
    await store.set(clock, '', px(ms))
    await gone(clock)
  }

  describe('strings', () => {
    test('a value comes back as it was set, and a key never set is null', async () => {
      const k = fresh()
      expect(await store.get(k)).toBe(null)
      for (const value of ['v', '', 'é\u0000\n"😀', 'x'.repeat(100_000)]) {
        expect(await store.set(k, value)).toBe('OK')
        expect(await store.get(k)).toBe(value)
      }
    })

    test('keys are told apart by every character', async () => {
      const k = fresh()
      for (const key of [`${k}a`, `${k}A`, `${k}a `, `${k}%`, `${k}é`]) await store.set(key, key)
      for (const key of [`${k}a`, `${k}A`, `${k}a `, `${k}%`, `${k}é`])
        expect(await store.get(key)).toBe(key)
      expect(await store.get(`${k}_`)).toBe(null)
    })

    test('NX sets a key that is not there', async () => {
      const k = fresh()
      expect(await store.set(k, '2', { condition: 'NX' })).toBe('OK')
      expect(await store.set(k, '3', { condition: 'NX' })).toBe(null)
      expect(await store.get(k)).toBe('2')
    })

    test('NX with GET replies with the value that was there, whether it sets or not', async () => {
      const k = fresh()
      await store.set(k, '2')
      expect(await store.set(k, '3', { GET: true, condition: 'NX' })).toBe('2')
      expect(await store.get(k)).toBe('2')
      expect(await store.set(`${k}:new`, '1', { GET: true, condition: 'NX' })).toBe(null)
      expect(await store.get(`${k}:new`)).toBe('1')
    })

    test('getDel gives the value once', async () => {
      const k = fresh()
      await store.set(k, 'v')
      expect(await store.getDel(k)).toBe('v')
      expect(await store.getDel(k)).toBe(null)
      expect(await store.get(k)).toBe(null)
    })

    test('del counts the keys that were there', async () => {
      const k = fresh()
      await store.set(`${k}a`, '1')
      await store.set(`${k}b`, '1')
      expect(await store.del([`${k}a`, `${k}a`, `${k}none`, `${k}b`])).toBe(2)
      expect(await store.del(`${k}a`)).toBe(0)
      await expect(store.del([])).rejects.toThrow(/wrong number of arguments|Cannot split DEL/)
    })
  })

  describe('time to live', () => {
    test('a key is gone after its milliseconds', async () => {
      const k = fresh()
      expect(await store.set(k, 'v', px(15))).toBe('OK')
      await gone(k)
      expect(await store.del(k)).toBe(0)
    })

    test('a key that has ended counts as absent for every command', async () => {
      const k = fresh()
      const ended = async (name: string) => {
        await store.set(`${k}:${name}`, 'v', px(1))
        await elapsed(2)
        return `${k}:${name}`
      }
      expect(await store.getDel(await ended('getDel'))).toBe(null)
      expect(await store.expire(await ended('expire'), 10)).toBe(0)
      expect(await store.set(await ended('nx'), '2', { condition: 'NX' })).toBe('OK')
      const once = { GET: true, condition: 'NX' } as const
      expect(await store.set(await ended('get'), '2', once)).toBe(null)
      expect(await compareAndDelete(store, await ended('cad'), 'v')).toBe(0)
      expect(await compareAndSet(store, await ended('cas'), 'v', '2', 1000)).toBe(0)
      expect(await store.lPush(await ended('list'), 'a')).toBe(1)
      expect(await store.hSet(await ended('hash'), 'f', 'a')).toBe(1)
      const kept = await ended('keepttl')
      await store.set(kept, '2', { expiration: 'KEEPTTL' })
      await elapsed(3)
      expect(await store.get(kept)).toBe('2')
    })

    test('setting again ends the time to live, KEEPTTL keeps it', async () => {
      const k = fresh()
      await store.set(`${k}:kept`, '1', px(500))
      await store.set(`${k}:again`, '1', px(500))
      expect(await store.set(`${k}:kept`, '2', { expiration: 'KEEPTTL' })).toBe('OK')
      expect(await store.get(`${k}:kept`)).toBe('2')
      await store.set(`${k}:again`, '2')
      await elapsed(501)
      expect(await store.get(`${k}:kept`)).toBe(null)
      expect(await store.get(`${k}:again`)).toBe('2')
    })

    test('a condition that does not hold leaves the time to live alone', async () => {
      const k = fresh()
      await store.set(k, '1', px(500))
      await store.set(k, '2', { condition: 'NX', ...ex(100) })
      await gone(k)
    })

    test('EX counts seconds', async () => {
      const k = fresh()
      await store.set(k, 'v', ex(1))
      await elapsed(50)
      expect(await store.get(k)).toBe('v')
      await gone(k)
    })

    test('expire gives an existing key an end, and ends it now when that is not in the future', async () => {
      const k = fresh()
      expect(await store.expire(k, 10)).toBe(0)
      await store.set(k, 'v')
      expect(await store.expire(k, 1)).toBe(1)
      await gone(k)
      for (const seconds of [0, -1]) {
        await store.set(k, 'v')
        expect(await store.expire(k, seconds)).toBe(1)
        expect(await store.get(k)).toBe(null)
      }
    })

    test('expire can put the end off', async () => {
      const k = fresh()
      await store.set(k, 'v', px(500))
      expect(await store.expire(k, 100)).toBe(1)
      await elapsed(501)
      expect(await store.get(k)).toBe('v')
    })

    test.each([0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 1e21])(
      '%d is refused as a time to live, and nothing is written',
      async (value) => {
        const k = fresh()
        await store.set(k, 'before')
        await expect(store.set(k, 'after', ex(value))).rejects.toThrow(/^ERR .*(integer|expire)/)
        await expect(store.set(k, 'after', px(value))).rejects.toThrow(/^ERR .*(integer|expire)/)
        await expect(compareAndSet(store, k, 'before', 'after', value)).rejects.toThrow(
          /integer|expire/,
        )
        if (value !== 0 && value !== -1)
          await expect(store.expire(k, value)).rejects.toThrow(/^ERR .*integer/)
        expect(await store.get(k)).toBe('before')
      },
    )

    test('a push keeps the time to live', async () => {
      const k = fresh()
      await store.lPush(k, 'a')
      await store.expire(k, 1)
      await store.lPush(k, 'z')
      await eventually(async () => expect(await store.lRange(k, 0, -1)).toEqual([]))
    })

    test('a time to live of a thousand years is fine', async () => {
      const k = fresh()
      expect(await store.set(k, 'v', ex(31_536_000_000))).toBe('OK')
      expect(await store.expire(k, 31_536_000_000)).toBe(1)
      expect(await store.get(k)).toBe('v')
    })
  })

  describe('compare', () => {
    test('compareAndDelete deletes the expected value only', async () => {
      const k = fresh()
      expect(await compareAndDelete(store, k, '')).toBe(0)
      await store.set(k, 'new')
      expect(await compareAndDelete(store, k, 'old')).toBe(0)
      expect(await store.get(k)).toBe('new')
      expect(await compareAndDelete(store, k, 'new')).toBe(1)
      expect(await store.get(k)).toBe(null)
    })

    test('compareAndSet replaces the expected value only, with a new time to live', async () => {
      const k = fresh()
      expect(await compareAndSet(store, k, '', 'b', 1000)).toBe(0)
      expect(await store.get(k)).toBe(null)
      await store.set(k, 'a', ex(1000))
      expect(await compareAndSet(store, k, 'x', 'b', 500)).toBe(0)
      expect(await store.get(k)).toBe('a')
      expect(await compareAndSet(store, k, 'a', 'b', 500)).toBe(1)
      expect(await store.get(k)).toBe('b')
      await gone(k)
    })
  })

  describe('counters', () => {
    test('incr counts from nothing and keeps the time to live', async () => {
      const key = fresh()
      expect(await store.incr(key)).toBe(1)
      await store.set(key, '1', px(500))
      expect(await store.incr(key)).toBe(2)
      await gone(key)
    })

    test('incr refuses what is no whole number', async () => {
      const key = fresh()
      await store.set(key, 'seven')
      await expect(store.incr(key)).rejects.toThrow()
    })
  })

  describe('steps', () => {
    /** Keys of one owner, as a step needs them. */
    const keysOf = (...names: string[]) => {
      const owner = `{${fresh()}}`
      return names.map((name) => `${name}:${owner}`)
    }

    test('a step runs its commands in order and gives each its reply', async () => {
      const [a = '', b = '', h = '', l = ''] = keysOf('a', 'b', 'h', 'l')
      const small = { value: '__proto__', score: -0.5 }
      const replies = await store.step([
        { set: a, value: '1' },
        { set: a, value: 'other', nx: true },
        { set: b, value: '', nx: true, ms: 60_000 },
        { get: a },
        { get: `none:${a}` },
        { incr: a },
        { incr: a, by: -5 },
        { getDel: a },
        { hSet: h, fields: { __proto__x: '1', b: 'é\u0000' } },
        { hSet: h, fields: { b: '2', n: '7' } },
        { hIncr: h, field: 'n', by: -8 },
        { hIncr: h, field: 'new', by: 2 },
        { hMGet: h, fields: ['n', 'none'] },
        { hDel: h, fields: ['n', 'none'] },
        { hGetAll: h },
        { lPush: l, value: 'x' },
        { lPush: l, value: 'y' },
        { lTrim: l, start: 0, stop: 0 },
        { lRange: l, start: 0, stop: -1 },
        { expire: l, ms: 60_000 },
        { expire: a, ms: 60_000 },
        { del: [b, l, a] },
        { zAdd: a, members: { value: 'm', score: 1.5 } },
        { zAdd: a, members: [{ value: 'm', score: 3e14 + 1_763_000_000_123 }, small] },
        { zmScore: a, members: ['m', 'none'] },
        { zRangeByScoreWithScores: a, least: Number.NEGATIVE_INFINITY, most: 9 },
      ])
      expect(replies).toEqual([
        ...['OK', '1', null, '1', null, 2, -3, '-3'],
        ...[2, 1, -1, 2, ['-1', null], 1, { __proto__x: '1', b: '2', new: '2' }],
        ...[1, 2, 'OK', ['y'], 1, 0, 2],
        ...[1, 1, [3e14 + 1_763_000_000_123, null], [small]],
      ])
      const [first, , , , , sum] = replies
      expect([first satisfies string | null, sum satisfies number]).toEqual(['OK', 2])
      expect(await store.del([a, b, l])).toBe(1)
    })

    test('a field may have any name, and no command is a step as well', async () => {
      const k = fresh()
      const fields = Object.fromEntries([
        ['__proto__', '1'],
        ['', '2'],
      ])
      expect(await store.step([{ hSet: k, fields }, { hGetAll: k }])).toEqual([2, fields])
      expect(await store.stepIf([{ key: k, field: '', is: '2' }], [])).toEqual({
        done: true,
        replies: [],
      })
      expect(await store.step([])).toEqual([])
    })

    test('it runs if every guard holds, else nothing runs and what was found comes back', async () => {
      const [lock = '', intent = '', h = ''] = keysOf('lock', 'intent', 'h')
      await store.step([
        { set: lock, value: '' },
        { hSet: h, fields: { a: '1' } },
      ])
      const commands = [{ set: intent, value: 'i' }, { del: lock }] as const
      const refused: [Guard[], (string | null)[]][] = [
        [[{ key: lock, is: null }], ['']],
        [[{ key: lock, is: 'x' }], ['']],
        [[{ key: intent, is: '' }], [null]],
        [[{ key: h, field: 'a', is: null }], ['1']],
        [[{ key: h, field: 'b', is: '' }], [null]],
        [
          [
            { key: lock, is: '' },
            { key: h, field: 'a', is: '=1' },
          ],
          ['', '1'],
        ],
      ]
      for (const [guards, found] of refused)
        expect(await store.stepIf(guards, commands)).toEqual({ done: false, found })
      expect([await store.get(lock), await store.get(intent)]).toEqual(['', null])
      const guards = [
        { key: lock, is: '' },
        { key: intent, is: null },
        { key: h, field: 'a', is: '1' },
        { key: h, field: 'b', is: null },
        { key: `none:${h}`, field: 'b', is: null },
      ]
      const result = await store.stepIf(guards, commands)
      expect(result).toEqual({ done: true, replies: ['OK', 1] })
      expect([await store.get(lock), await store.get(intent)]).toEqual([null, 'i'])
    })

    test('a guard on a key that has ended finds nothing', async () => {
      const k = fresh()
      await store.set(k, 'v', px(1))
      await elapsed(2)
      const result = await store.stepIf([{ key: k, is: 'v' }], [{ set: k, value: 'w' }])
      expect(result).toEqual({ done: false, found: [null] })
    })

    test('ms gives the whole key an end, and without it the end stays, but for set', async () => {
      const all = keysOf('s', 'n', 'h', 'hn', 'l', 'e')
      const [s = '', n = '', h = '', hn = '', l = '', e = ''] = all
      await store.set(e, '1')
      await store.step([
        { set: s, value: 'v', ms: 500 },
        { incr: n, ms: 500 },
        { hSet: h, fields: { a: '1' }, ms: 500 },
        { hIncr: hn, field: 'a', by: 1, ms: 500 },
        { lPush: l, value: 'v', ms: 500 },
        { expire: e, ms: 500 },
      ])
      await store.step([{ incr: n }, { hSet: h, fields: { b: '1' } }, { lPush: l, value: 'w' }])
      await store.step([{ set: s, value: 'again' }])
      await elapsed(501)
      expect(await store.del(all.slice(1))).toBe(0)
      expect(await store.get(s)).toBe('again')
    })

    test.each([0, -1, 0.5, Number.NaN, 1e21])(
      '%d is refused as a time to live, and nothing is written',
      async (ms) => {
        const k = fresh()
        const before = { set: `${k}:{x}`, value: 'v' }
        for (const wrong of [
          { set: k, value: 'v', ms },
          ...(ms === 0 || ms === -1 ? [] : [{ expire: k, ms }]),
          { hSet: k, fields: { a: '1' }, ms },
          { lPush: k, value: 'v', ms },
        ])
          await expect(store.step([{ ...before, set: k }, wrong])).rejects.toThrow(
            /^ERR .*(integer|expire)/,
          )
        expect(await store.get(k)).toBe(null)
      },
    )

    test('arguments that are none are refused, and nothing is written', async () => {
      const k = fresh()
      const first = { set: k, value: 'v' }
      for (const wrong of [
        { del: [] },
        { hSet: k, fields: {} },
        { hMGet: k, fields: [] },
        { hDel: k, fields: [] },
      ])
        await expect(store.step([first, wrong])).rejects.toThrow('wrong number of arguments')
      for (const wrong of [
        { incr: k, by: 0.5 },
        { hIncr: k, field: 'a', by: Number.NaN },
        { lTrim: k, start: 0.5, stop: 1 },
      ])
        await expect(store.step([first, wrong])).rejects.toThrow(/^ERR .*integer/)
      expect(await store.get(k)).toBe(null)
    })

    test('what cannot be counted fails the whole step', async () => {
      const [k = '', n = '', h = ''] = keysOf('k', 'n', 'h')
      await store.step([
        { set: n, value: 'seven' },
        { hSet: h, fields: { a: '07', b: '1.5', c: '12345678901234567890' } },
      ])
      const counts = ['a', 'b', 'c'].map((field) => ({ hIncr: h, field, by: 1 }) as const)
      for (const wrong of [{ incr: n }, ...counts])
        await expect(store.step([{ set: k, value: 'v' }, wrong])).rejects.toThrow(/^ERR .*integer/)
      expect(await store.get(k)).toBe(null)
    })

    test('a key of another kind fails the whole step', async () => {
      const [k = '', l = '', h = ''] = keysOf('k', 'l', 'h')
      await store.step([
        { lPush: l, value: 'item' },
        { hSet: h, fields: { a: '1' } },
      ])
      const wrong: Command[] = [
        { get: l },
        { set: l, value: 'v', nx: true },
        { getDel: h },
        { incr: h },
        { hSet: l, fields: { a: '1' } },
        { hGetAll: l },
        { hMGet: l, fields: ['a'] },
        { hDel: l, fields: 'a' },
        { hIncr: l, field: 'a', by: 1 },
        { lPush: h, value: 'v' },
        { lRange: h, start: 0, stop: -1 },
        { lTrim: h, start: 0, stop: -1 },
      ]
      for (const one of wrong)
        await expect(store.step([{ set: k, value: 'v' }, one])).rejects.toThrow(/^WRONGTYPE/)
      for (const guard of [
        { key: l, is: null },
        { key: l, field: 'a', is: null },
        { key: h, is: null },
      ])
        await expect(store.stepIf([guard], [{ set: k, value: 'v' }])).rejects.toThrow(/^WRONGTYPE/)
      expect(await store.get(k)).toBe(null)
      expect(await store.lRange(l, 0, -1)).toEqual(['item'])
    })

    test('behind the port such keys are removed, and the step is done', async () => {
      const [lock = '', intent = '', h = ''] = keysOf('lock', 'intent', 'h')
      const ours = withStoreErrors(store)
      const spoil = () =>
        store.step([
          { lPush: lock, value: 'x' },
          { lPush: h, value: 'x' },
          { set: intent, value: 'kept' },
        ])
      await spoil()
      expect(
        await ours.step([
          { set: lock, value: 'v', nx: true },
          { get: intent },
          { hGetAll: h },
          { get: `none:${h}` },
        ]),
      ).toEqual([null, 'kept', {}, null])
      await ours.del([lock, h])
      await spoil()
      expect(await ours.stepIf([{ key: lock, is: 'v' }], [{ get: intent }])).toEqual({
        done: false,
        found: [null],
      })
      await expect(ours.step([{ incr: intent }])).rejects.toThrow(StoreError)
    })

    test('large arguments are fine: 200 guarded items and 200 changes of 2 kB', async () => {
      const k = fresh()
      const fields = Object.fromEntries(
        Array.from({ length: 200 }, (_, index) => [`i:${index}`, `${index} `.repeat(500)]),
      )
      await store.step([{ hSet: k, fields, ms: 60_000 }])
      const guards = Object.entries(fields).map(([field, is]) => ({ key: k, field, is }))
      const counters = ['a', 'b'].map((field) => ({ hIncr: k, field, by: 2 }) as const)
      const changed = Object.fromEntries(Object.keys(fields).map((field) => [field, 'done']))
      const change = [{ hSet: k, fields: changed }, ...counters]
      expect(await store.stepIf(guards, change)).toEqual({ done: true, replies: [0, 2, 2] })
      expect(await store.stepIf(guards, change)).toMatchObject({ done: false })
      expect(await store.hMGet(k, ['a', 'i:0', 'i:199'])).toEqual(['2', 'done', 'done'])
    })

    test('of 50 guarded steps that expect the same, one is done', async () => {
      const [k = '', n = ''] = keysOf('k', 'n')
      const steps = Array.from({ length: 50 }, (_, index) =>
        store.stepIf([{ key: k, is: null }], [{ set: k, value: `${index}` }, { incr: n }]),
      )
      const won = (await Promise.all(steps)).findIndex(({ done }) => done)
      expect([await store.get(k), await store.get(n)]).toEqual([String(won), '1'])
    })
  })

  describe('lists', () => {
    const filled = async () => {
      const k = fresh()
      for (const item of ['e', 'd', 'c', 'b', 'a']) await store.lPush(k, item)
      return k
    }

    test('lPush puts in front and counts', async () => {
      const k = fresh()
      expect(await store.lRange(k, 0, -1)).toEqual([])
      expect(await store.lPush(k, 'b"\u0000é')).toBe(1)
      expect(await store.lPush(k, '')).toBe(2)
      expect(await store.lRange(k, 0, -1)).toEqual(['', 'b"\u0000é'])
    })

    const spans: [number, number, string][] = [
      [0, -1, 'abcde'],
      [0, 0, 'a'],
      [1, 3, 'bcd'],
      [-2, -1, 'de'],
      [-100, 1, 'ab'],
      [3, 100, 'de'],
      [0, -5, 'a'],
      [0, -6, ''],
      [3, 2, ''],
      [5, 9, ''],
      [-1, -2, ''],
    ]
    test.each(spans)('lRange and lTrim %d %d leave "%s"', async (start, stop, letters) => {
      const k = await filled()
      expect(await store.lRange(k, start, stop)).toEqual([...letters])
      expect(await store.lTrim(k, start, stop)).toBe('OK')
      expect(await store.lRange(k, 0, -1)).toEqual([...letters])
      expect(await store.del(k)).toBe(letters === '' ? 0 : 1)
    })

    test('lTrim of a key that is not there is fine, an index that is not whole is not', async () => {
      expect(await store.lTrim(fresh(), 0, 19)).toBe('OK')
      const k = await filled()
      await expect(store.lRange(k, 0.5, 1)).rejects.toThrow(/^ERR .*integer/)
      await expect(store.lTrim(k, 0, Number.NaN)).rejects.toThrow(/^ERR .*integer/)
      expect(await store.lRange(k, 0, -1)).toHaveLength(5)
    })
  })

  describe('hashes', () => {
    test('hSet says whether the field is new, hGetAll gives all', async () => {
      const k = fresh()
      expect(await store.hGetAll(k)).toEqual({})
      expect(await store.hSet(k, 'a', '1')).toBe(1)
      expect(await store.hSet(k, '__proto__', 'é\u0000')).toBe(1)
      expect(await store.hSet(k, 'a', '2')).toBe(0)
      const all = await store.hGetAll(k)
      expect(Object.entries(all).sort()).toEqual([
        ['__proto__', 'é\u0000'],
        ['a', '2'],
      ])
    })

    test('hDel counts, and the last field takes the key with it', async () => {
      const k = fresh()
      await store.hSet(k, 'a', '1')
      await store.hSet(k, 'b', '1')
      await store.hSet(k, 'c', '1')
      expect(await store.hDel(k, 'none')).toBe(0)
      expect(await store.hDel(k, ['a', 'a', 'b'])).toBe(2)
      expect(await store.hGetAll(k)).toEqual({ c: '1' })
      expect(await store.hDel(k, 'c')).toBe(1)
      expect(await store.hDel(k, 'c')).toBe(0)
      expect(await store.del(k)).toBe(0)
      await expect(store.hDel(k, [])).rejects.toThrow('wrong number of arguments')
    })

    test('hMGet gives the values in order, null for what is not there', async () => {
      const k = fresh()
      expect(await store.hMGet(k, ['a', 'b'])).toEqual([null, null])
      await store.hSet(k, 'b', '')
      expect(await store.hMGet(k, ['a', 'b', 'b'])).toEqual([null, '', ''])
      await expect(store.hMGet(k, [])).rejects.toThrow('wrong number of arguments')
    })

    test('fields and counters change together when all is as expected, else not at all', async () => {
      const k = fresh()
      const changed = async (
        expected: Record<string, string>,
        fields: Record<string, string>,
        by?: number,
      ) => {
        const guards = Object.entries(expected).map(([field, is]) => ({ key: k, field, is }))
        const counters = by === undefined ? [] : [{ hIncr: k, field: 'n', by }]
        return (await store.stepIf(guards, [{ hSet: k, fields }, ...counters])).done
      }
      expect(await changed({ a: '' }, { a: '1' })).toBe(false)
      expect(await store.hGetAll(k)).toEqual({})
      expect(await changed({}, { a: '1', b: 'é' }, 2)).toBe(true)
      expect(await changed({ a: '1', b: 'x' }, { a: '2' }, 1)).toBe(false)
      expect(await changed({ a: '1', n: '2' }, { a: '2' }, -3)).toBe(true)
      expect(await store.hGetAll(k)).toEqual({ a: '2', b: 'é', n: '-1' })
      expect(await store.stepIf([], [])).toEqual({ done: true, replies: [] })
      await expect(store.step([{ hIncr: k, field: 'b', by: 1 }])).rejects.toThrow(
        /ERR .*value is not an integer/,
      )
    })

    test('of parallel changes that expect the same, one is made', async () => {
      const k = fresh()
      await store.hSet(k, 'fence', '7')
      const guards = [{ key: k, field: 'fence', is: '7' }]
      const change = [
        { hSet: k, fields: { fence: '8' } },
        { hIncr: k, field: 'won', by: 1 },
      ] as const
      const all = Array.from({ length: 20 }, () => store.stepIf(guards, change))
      expect((await Promise.all(all)).filter(({ done }) => done)).toHaveLength(1)
      expect(await store.hGetAll(k)).toEqual({ fence: '8', won: '1' })
    })

    test('fields do not outlive their key', async () => {
      const k = fresh()
      await store.hSet(k, 'a', '1')
      await store.expire(k, 0)
      expect(await store.hGetAll(k)).toEqual({})
      await store.hSet(k, 'b', '1')
      await store.set(k, 'a string now')
      await store.del(k)
      await store.hSet(k, 'c', '1')
      expect(await store.hGetAll(k)).toEqual({ c: '1' })
    })

    test('hundreds of fields are fine', async () => {
      const k = fresh()
      const fields = Array.from({ length: 500 }, (_, index) => `field-${index}`)
      await Promise.all(fields.map((field) => store.hSet(k, field, field)))
      expect(Object.keys(await store.hGetAll(k))).toHaveLength(500)
      expect(await store.hDel(k, fields)).toBe(500)
    })
  })

  describe('sorted sets', () => {
    test('zAdd says whether the member is new, zmScore tells its score', async () => {
      const k = fresh()
      expect(await store.zmScore(k, ['a'])).toEqual([null])
      expect(await store.zAdd(k, { value: 'a', score: 1 })).toBe(1)
      expect(await store.zAdd(k, { value: 'a', score: 3e14 + 1_763_000_000_123 })).toBe(0)
      expect(
        await store.zAdd(k, [
          { value: '__proto__', score: -0.5 },
          { value: 'a', score: 3e14 + 1_763_000_000_123 },
        ]),
      ).toBe(1)
      await expect(store.zAdd(k, [])).rejects.toThrow()
      expect(await store.zmScore(k, ['__proto__', 'none', 'a', 'A', 'a'])).toEqual([
        -0.5,
        null,
        3e14 + 1_763_000_000_123,
        null,
        3e14 + 1_763_000_000_123,
      ])
      await expect(store.zmScore(k, [])).rejects.toThrow('wrong number of arguments')
    })

    test('a range by score has both ends, lowest first, equal scores by name', async () => {
      const k = fresh()
      expect(await store.zRangeByScoreWithScores(k, 0, 9)).toEqual([])
      for (const [value, score] of [
        ['c', 2],
        ['b', 2],
        ['d', 4],
        ['a', 1],
        ['e', 4.5],
      ] as const)
        await store.zAdd(k, { value, score })
      const between = async (least: number, most: number) =>
        (await store.zRangeByScoreWithScores(k, least, most)).map(
          ({ value, score }) => `${value}${score}`,
        )
      expect(await between(1, 4)).toEqual(['a1', 'b2', 'c2', 'd4'])
      expect(await between(2, Number.POSITIVE_INFINITY)).toEqual(['b2', 'c2', 'd4', 'e4.5'])
      expect(await between(5, 1)).toEqual([])
    })

    test('members do not outlive their key', async () => {
      const k = fresh()
      await store.zAdd(k, { value: 'a', score: 1 })
      await store.del(k)
      expect(await store.zAdd(k, { value: 'b', score: 1 })).toBe(1)
      expect(await store.zmScore(k, ['a', 'b'])).toEqual([null, 1])
      await store.set(k, 'v')
      await store.del(k)
      expect(await store.zmScore(k, ['b'])).toEqual([null])
    })
  })

  describe('kinds', () => {
    test('a command for another kind is refused and changes nothing', async () => {
      const k = fresh()
      await store.lPush(k, 'item')
      const wrong = [
        store.get(k),
        store.getDel(k),
        store.set(k, 'v', { condition: 'NX', GET: true }),
        compareAndDelete(store, k, 'item'),
        compareAndSet(store, k, 'item', 'v', 1000),
        store.hSet(k, 'f', 'v'),
        store.hGetAll(k),
        store.hDel(k, 'f'),
        store.zAdd(k, { value: 'm', score: 1 }),
        store.zmScore(k, ['m']),
        store.zRangeByScoreWithScores(k, 0, 1),
      ]
      for (const { status, ...rest } of await Promise.allSettled(wrong)) {
        expect({ status, ...rest }).toMatchObject({ reason: { message: /WRONGTYPE/ } })
      }
      expect(await store.lRange(k, 0, -1)).toEqual(['item'])
      await store.set(`${k}:s`, 'v')
      await expect(store.lPush(`${k}:s`, 'v')).rejects.toThrow('WRONGTYPE')
      await expect(store.lRange(`${k}:s`, 0, -1)).rejects.toThrow('WRONGTYPE')
      await expect(store.lTrim(`${k}:s`, 0, 0)).rejects.toThrow('WRONGTYPE')
    })

    test('set and del take a key of any kind', async () => {
      const k = fresh()
      await store.lPush(k, 'item')
      expect(await store.set(k, 'v')).toBe('OK')
      expect(await store.get(k)).toBe('v')
      await store.hSet(`${k}:h`, 'f', 'v')
      expect(await store.del([k, `${k}:h`])).toBe(2)
    })

    test('behind the port a key of another kind is removed, and the command is done', async () => {
      const ours = withStoreErrors(store)
      const spoiled = async () => {
        const k = fresh()
        await store.zAdd(k, { value: 'm', score: 1 })
        return k
      }
      expect(await ours.get(await spoiled())).toBe(null)
      expect(await ours.set(await spoiled(), 'v', { condition: 'NX' })).toBe('OK')
      expect(await ours.incr(await spoiled(), 60)).toBe(1)
      expect(await ours.hSet(await spoiled(), 'f', 'v')).toBe(1)
      expect(await ours.lPush(await spoiled(), 'v', 60)).toBe(1)
      expect(await compareAndDelete(ours, await spoiled(), 'v')).toBe(0)
    })
  })

  describe('at the same time', () => {
    const fifty = <T>(command: (n: number) => Promise<T>) =>
      Promise.all(Array.from({ length: 50 }, (_, n) => command(n)))
    const winners = (answers: unknown[]) => answers.filter(Boolean).length

    test('one of 50 getDel gets the value', async () => {
      const k = fresh()
      await store.set(k, 'v')
      expect(winners(await fifty(() => store.getDel(k)))).toBe(1)
    })

    test('one of 50 set NX sets', async () => {
      const k = fresh()
      const answers = await fifty((n) => store.set(k, String(n), { condition: 'NX' }))
      expect(winners(answers)).toBe(1)
      expect(await store.get(k)).toBe(String(answers.indexOf('OK')))
    })

    test('one of 50 compareAndSet and one of 50 compareAndDelete win', async () => {
      const k = fresh()
      await store.set(k, 'v')
      expect(winners(await fifty((n) => compareAndSet(store, k, 'v', `w${n}`, 10_000)))).toBe(1)
      const now = (await store.get(k)) ?? ''
      expect(winners(await fifty(() => compareAndDelete(store, k, now)))).toBe(1)
    })

    test('50 pushes are all there', async () => {
      const k = fresh()
      expect((await fifty((n) => store.lPush(k, String(n)))).sort((a, b) => a - b).at(-1)).toBe(50)
      expect(new Set(await store.lRange(k, 0, -1)).size).toBe(50)
    })
  })

  test('a batch runs commands about any keys, with their replies in order', async () => {
    const [list, set] = [fresh(), fresh()]
    const replies = await store.batch([
      { lPush: list, value: 'a' },
      { zAdd: set, members: { value: 'a', score: 1 } },
      { lPush: list, value: 'b' },
      { lRange: list, start: 0, stop: -1 },
    ])
    expect(replies).toEqual([1, 1, 2, ['b', 'a']])
    expect(await store.batch([])).toEqual([])
  })

  test('it answers ping', async () => {
    expect(await store.ping()).toBe('PONG')
  })
})
