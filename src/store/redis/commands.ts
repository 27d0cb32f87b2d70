// The storage port on node-redis: each command as it is there, by whichever connection `use` chooses.
import { RESP_TYPES } from 'redis'
import { createSteps } from '../step.ts'
import type { Store } from '../store.ts'
import type { Client, Cluster } from './client.ts'
import { readStepOutcome } from './step-script.ts'

/** Runs a command about `key` on the client that answers for it. */
export type Use = <T>(key: string, command: (client: Client | Cluster) => Promise<T>) => Promise<T>

export function redisCommands(use: Use): Omit<Store, 'ping'> {
  return {
    ...createSteps(async (guards, _commands, spelled) => {
      const key = guards[0]?.key ?? spelled[0]?.keys[0] ?? ''
      return readStepOutcome(await use(key, (client) => client.step(guards, spelled)), spelled)
    }),
    get: (key) => use(key, (client) => client.get(key)),
    set: (key, value, options) => use(key, (client) => client.set(key, value, options)),
    getDel: (key) => use(key, (client) => client.getDel(key)),
    incr: (key, seconds) =>
      use(key, (client) =>
        seconds === undefined ? client.incr(key) : client.thenExpire(key, seconds, 'INCR'),
      ),
    del: (keys) => use([keys].flat()[0] ?? '', (client) => client.del(keys)),
    expire: (key, seconds) => use(key, (client) => client.expire(key, seconds)),
    lPush: (key, value, seconds) =>
      use(key, (client) =>
        seconds === undefined
          ? client.lPush(key, value)
          : client.thenExpire(key, seconds, 'LPUSH', value),
      ),
    lRange: (key, start, stop) => use(key, (client) => client.lRange(key, start, stop)),
    lTrim: (key, start, stop) => use(key, (client) => client.lTrim(key, start, stop)),
    hSet: (key, field, value, seconds) =>
      use(key, (client) =>
        seconds === undefined
          ? client.hSet(key, field, value)
          : client.thenExpire(key, seconds, 'HSET', field, value),
      ),
    // By itself node-redis makes a hash an object in a way that loses a field of the name __proto__.
    hGetAll: async (key) =>
      Object.fromEntries(
        await use(key, (client) => client.withTypeMapping({ [RESP_TYPES.MAP]: Map }).hGetAll(key)),
      ),
    hDel: (key, fields) => use(key, (client) => client.hDel(key, fields)),
    zAdd: (key, member) => use(key, (client) => client.zAdd(key, member)),
    zmScore: (key, members) => use(key, (client) => client.zmScore(key, members)),
    zRangeByScoreWithScores: (key, least, most) =>
      use(key, (client) => client.zRangeByScoreWithScores(key, least, most)),
    hMGet: (key, fields) => use(key, (client) => client.hmGet(key, fields)),
    hUpdate: (key, update) => use(key, (client) => client.hUpdate(key, update)),
    compareAndDelete: (key, expected) =>
      use(key, (client) => client.compareAndDelete(key, expected)),
    compareAndSet: (key, expected, value, ttlMs) =>
      use(key, (client) => client.compareAndSet(key, expected, value, ttlMs)),
    setAndRelease: (key, value, seconds, other, expected) =>
      use(key, (client) => client.setAndRelease(key, value, seconds, other, expected)),
  }
}
