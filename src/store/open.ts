// Opens the store the settings ask for, and makes its faults one kind of error with one meaning.
import { join } from 'node:path'
import { readRedisUrl } from './redis/address.ts'
import { wrongKeys } from './step.ts'
import type { Command, Guard, OpenStore, Store } from './store.ts'
import * as is from './validate-replies.ts'

/** The store did not do what it was asked; whether a write came through is not known. */
export class StoreError extends Error {}

type Log = (event: string, fields: object) => void

/** Redis when there is a URL, else the embedded store in `dataDir`. The engine that is not used is not loaded. */
export async function openStore(
  redisUrl: string | undefined,
  dataDir: string,
  log: Log,
): Promise<OpenStore> {
  if (redisUrl !== undefined) {
    return withStoreErrors(await openByUrl(redisUrl, log))
  }
  const { openEmbedded } = await import('./embedded/embedded.ts')
  return withStoreErrors(openEmbedded(join(dataDir, 'campaign-sync.sqlite')))
}

/** One Redis, a cluster, or the master of sentinels, as the URL says. @throws Error in a line, without the password */
export async function openByUrl(redisUrl: string, log: Log = () => {}): Promise<OpenStore> {
  const address = readRedisUrl(redisUrl)
  switch (address.kind) {
    case 'one':
      return (await import('./redis/single.ts')).openRedis(address, { log })
    case 'cluster':
      return (await import('./redis/cluster.ts')).openCluster(address, { log })
    case 'sentinel':
      return (await import('./redis/sentinel.ts')).openSentinel(address, { log })
  }
}

/** The same store, rejecting with StoreError only; what has the wrong type under a key we use is removed: a miss. */
export function withStoreErrors(store: OpenStore): OpenStore {
  const failed = (error: unknown) => {
    throw new StoreError(error instanceof Error ? error.message : 'store failed', { cause: error })
  }
  const checked = <T>(command: Promise<T>, isReply: (reply: unknown) => boolean): Promise<T> =>
    command
      .then((reply) => {
        if (!isReply(reply)) throw new Error('the store gave an answer that is none')
        return reply
      })
      .catch(failed)
  /** Removes what has the wrong type, and does it again: nobody but us writes our keys, so it is nobody's. */
  const healed = <T>(
    key: string,
    command: () => Promise<T>,
    isReply: (reply: unknown) => boolean,
  ) =>
    checked(
      command().catch(async (error: unknown) => {
        if (!(error instanceof Error && error.message.startsWith('WRONGTYPE'))) throw error
        await store.del(key)
        return command()
      }),
      isReply,
    )
  /** The same for a step, whose error names the keys. */
  const healedStep = <T>(
    guards: readonly Guard[],
    commands: readonly Command[],
    run: () => Promise<T>,
  ) =>
    run()
      .catch(async (error: unknown) => {
        const wrong = wrongKeys(error, guards, commands)
        if (wrong.length === 0) throw error
        for (const key of wrong) await store.del(key)
        return run()
      })
      .catch(failed)
  // A command that is missing here is a fault of types: its errors would be ours to explain.
  const commands: Store = {
    step: (commands) => healedStep([], commands, () => store.step(commands)),
    stepIf: (guards, commands) =>
      healedStep(guards, commands, () => store.stepIf(guards, commands)),
    get: (key) => healed(key, () => store.get(key), is.textOrNone),
    getDel: (key) => healed(key, () => store.getDel(key), is.textOrNone),
    set: (key, value, options) => healed(key, () => store.set(key, value, options), is.textOrNone),
    incr: (key, seconds) => healed(key, () => store.incr(key, seconds), is.number),
    del: (keys) => checked(store.del(keys), is.number),
    expire: (key, seconds) => checked(store.expire(key, seconds), is.number),
    lPush: (key, value, seconds) => healed(key, () => store.lPush(key, value, seconds), is.number),
    lRange: (key, start, stop) => healed(key, () => store.lRange(key, start, stop), is.texts),
    lTrim: (key, start, stop) => healed(key, () => store.lTrim(key, start, stop), is.text),
    hSet: (key, field, value, seconds) =>
      healed(key, () => store.hSet(key, field, value, seconds), is.number),
    hGetAll: (key) => healed(key, () => store.hGetAll(key), is.fields),
    hDel: (key, fields) => healed(key, () => store.hDel(key, fields), is.number),
    zAdd: (key, members) => healed(key, () => store.zAdd(key, members), is.number),
    zmScore: (key, members) => healed(key, () => store.zmScore(key, members), is.numbersOrNone),
    zRangeByScoreWithScores: (key, least, most) =>
      healed(key, () => store.zRangeByScoreWithScores(key, least, most), is.scored),
    hMGet: (key, fields) => healed(key, () => store.hMGet(key, fields), is.textsOrNone),
    hUpdate: (key, update) => healed(key, () => store.hUpdate(key, update), is.number),
    ping: () => checked(store.ping(), is.text),
    compareAndDelete: (key, expected) =>
      healed(key, () => store.compareAndDelete(key, expected), is.number),
    compareAndSet: (key, expected, value, ttlMs) =>
      healed(key, () => store.compareAndSet(key, expected, value, ttlMs), is.number),
    setAndRelease: (key, value, seconds, other, expected) =>
      healed(other, () => store.setAndRelease(key, value, seconds, other, expected), is.number),
  }
  return { ...store, ...commands }
}
