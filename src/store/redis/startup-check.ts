// A rehearsal at the start: a user without the rights, or a Redis too old, is found out before a person is.
import { randomUUID } from 'node:crypto'
import { ErrorReply } from 'redis'
import type { Store } from '../store.ts'

/**
 * Runs each kind of command once, on a key of its own. Rejects with the first reply that says "never"; trouble that
 * may pass (full, loading, a replica) is left to the visitors' requests to find.
 */
export async function startupCheck(store: Store): Promise<void> {
  const key = `probe:${randomUUID()}`
  const brief = { expiration: { type: 'PX' as const, value: 1_000 } }
  const scenes: (() => Promise<unknown>)[] = [
    () => store.set(key, '1', { ...brief, condition: 'NX', GET: true }),
    () => store.get(key),
    () => store.incr(key),
    () => store.compareAndSet(key, '2', '3', 1_000),
    () => store.compareAndDelete(key, '3'),
    () => store.setAndRelease(key, '3', 1, key, '4'),
    () => store.getDel(key),
    () =>
      store.stepIf(
        [
          { key, is: null },
          { key, field: 'a', is: null },
        ],
        [
          { set: key, value: '1', ms: 1_000, nx: true },
          { get: key },
          { incr: key },
          { getDel: key },
          { hSet: key, fields: { a: '1' }, ms: 1_000 },
          { hIncr: key, field: 'a', by: 1 },
          { hMGet: key, fields: ['a'] },
          { hGetAll: key },
          { hDel: key, fields: 'a' },
          { lPush: key, value: '1', ms: 1_000 },
          { lRange: key, start: 0, stop: 0 },
          { lTrim: key, start: 0, stop: 0 },
          { expire: key, ms: 1_000 },
          { del: key },
        ],
      ),
    () => store.lPush(key, '1'),
    () => store.expire(key, 1),
    () => store.lRange(key, 0, 0),
    () => store.lTrim(key, 0, 0),
    () => store.del(key),
    () => store.hSet(key, 'a', '1'),
    () => store.expire(key, 1),
    () => store.hGetAll(key),
    () => store.hMGet(key, ['a']),
    () => store.hDel(key, 'a'),
    () => store.zAdd(key, { value: 'a', score: 1 }),
    () => store.expire(key, 1),
    () => store.zmScore(key, ['a']),
    () => store.zRangeByScoreWithScores(key, 0, 1),
    () => store.del(key),
  ]
  for (const scene of scenes)
    await scene().catch((error: unknown) => {
      if (isFinal(error)) throw error
    })
}

/** No right to it, not known to this Redis, or not in these words. */
function isFinal(error: unknown): boolean {
  return error instanceof ErrorReply && /NOPERM|unknown command|syntax error/i.test(error.message)
}
