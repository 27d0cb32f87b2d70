// Opens the store the settings ask for, and makes its faults one kind of error with one meaning.
import { join } from 'node:path'
import type { OpenStore } from './store.ts'

/** The store did not do what it was asked; whether a write came through is not known. */
export class StoreError extends Error {}

type Log = (event: string, fields: object) => void

/** Redis when there is a URL, else the embedded store in `dataDir`. The engine that is not used is not loaded. */
export async function openStore(redisUrl: string | undefined, dataDir: string, log: Log): Promise<OpenStore> {
  if (redisUrl !== undefined) {
    const { openRedis } = await import('./redis.ts')
    return withStoreErrors(await openRedis(redisUrl, { log }))
  }
  const { openEmbedded } = await import('./embedded.ts')
  return withStoreErrors(openEmbedded(join(dataDir, 'campaign-sync.sqlite')))
}

/** The same store, rejecting with StoreError only; what has the wrong type under a key we read is removed: a miss. */
export function withStoreErrors(store: OpenStore): OpenStore {
  const failed = (error: unknown) => {
    throw new StoreError(error instanceof Error ? error.message : 'store failed', { cause: error })
  }
  const missed = (key: string) => (error: unknown) =>
    error instanceof Error && error.message.startsWith('WRONGTYPE')
      ? store.del(key).then(() => null, failed)
      : failed(error)
  return {
    ...store,
    get: (key) => store.get(key).catch(missed(key)),
    getDel: (key) => store.getDel(key).catch(missed(key)),
    set: (key, value, options) =>
      store.set(key, value, options).catch((error) => (options?.GET ? missed(key)(error) : failed(error))),
    incr: (key) => store.incr(key).catch(failed),
    del: (keys) => store.del(keys).catch(failed),
    expire: (key, seconds) => store.expire(key, seconds).catch(failed),
    lPush: (key, value) => store.lPush(key, value).catch(failed),
    lRange: (key, start, stop) => store.lRange(key, start, stop).catch(failed),
    lTrim: (key, start, stop) => store.lTrim(key, start, stop).catch(failed),
    hSet: (key, field, value) => store.hSet(key, field, value).catch(failed),
    hGetAll: (key) => store.hGetAll(key).catch(failed),
    hDel: (key, fields) => store.hDel(key, fields).catch(failed),
    zAdd: (key, member) => store.zAdd(key, member).catch(failed),
    zmScore: (key, members) => store.zmScore(key, members).catch(failed),
    zRangeByScoreWithScores: (key, least, most) =>
      store.zRangeByScoreWithScores(key, least, most).catch(failed),
    hMGet: (key, fields) => store.hMGet(key, fields).catch(failed),
    hUpdate: (key, update) => store.hUpdate(key, update).catch(failed),
    ping: () => store.ping().catch(failed),
    compareAndDelete: (key, expected) => store.compareAndDelete(key, expected).catch(failed),
    compareAndSet: (key, expected, value, ttlMs) =>
      store.compareAndSet(key, expected, value, ttlMs).catch(failed),
  }
}
