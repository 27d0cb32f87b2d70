// The store on Redis or Valkey: node-redis, set up so that no command waits for long or for better times.
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient, RESP_TYPES } from 'redis'
import { createHealth, fence, guard, type Log, refusal, refused } from './redis-connection.ts'
import { rehearse } from './redis-rehearsal.ts'
import { scripts } from './redis-scripts.ts'
import type { OpenStore } from './store.ts'

/** How long `openRedis` waits for a first connection. */
const START_MS = 3_000
const CONNECT_MS = 1_500
/** For a handshake nobody answers. It counts on an idle connection as well, so `guard` pings more often. */
const SOCKET_SILENT_MS = 5_000
const QUEUE_LENGTH = 10_000

/**
 * Connects to the Redis at `url` (redis: or rediss:, the latter with TLS), every key prefixed with 'cs:'.
 * When Redis is down it resolves after 3 s all the same: commands reject until it is up. While it is away,
 * commands reject at once; when it is frozen, within about 1 s; it is tried for ever, with pauses up to 1 s.
 *
 * A command that rejects for want of an answer may still have run, or run later, when a frozen Redis wakes up
 * and reads what the kernel has kept for it (a TCP reset does not take that back). But it never runs after a
 * command of the next connection: see `fence`. `log` gets 'store.error' and 'store.ready', once per change.
 * `client` is for libraries that want node-redis itself; it lacks the deadline per command.
 *
 * @throws in one line, without the password, when the URL is none or Redis refuses the user, the database or a command
 */
export async function openRedis(
  url: string,
  { log = () => {} }: { log?: Log } = {},
): Promise<OpenStore & { client: Client }> {
  const description = describe(url)
  const health = createHealth(log)
  let starting = true
  const client = createOurClient(url, (error) => starting && refused(error))
  fence(client)
  client.on('error', health.down)
  client.on('ready', health.up)
  const connection = guard(client, health.down)
  const store = commands(client, connection.answer)
  const connected = client.connect().then(() => rehearse(store))
  // A refusal after the start has no reader: the client tries on, and 'error' tells of it.
  connected.catch(() => {})
  try {
    await Promise.race([connected, sleep(START_MS, undefined, { ref: false })])
  } catch (error) {
    await connection.close()
    throw new Error(`${description} ${refusal(error)}`)
  }
  starting = false
  return { client, description, ...store, close: connection.close }
}

export type Client = ReturnType<typeof createOurClient>

type Answer = ReturnType<typeof guard>['answer']

function commands(client: Client, answer: Answer): Omit<OpenStore, 'description' | 'close'> {
  // By itself node-redis makes a hash an object in a way that loses a field of the name __proto__.
  const asMaps = client.withTypeMapping({ [RESP_TYPES.MAP]: Map })
  return {
    get: (key) => answer(client.get(key)),
    set: (key, value, options) => answer(client.set(key, value, options)),
    getDel: (key) => answer(client.getDel(key)),
    incr: (key, seconds) =>
      answer(seconds === undefined ? client.incr(key) : client.thenExpire(key, seconds, 'INCR')),
    del: (keys) => answer(client.del(keys)),
    expire: (key, seconds) => answer(client.expire(key, seconds)),
    lPush: (key, value, seconds) =>
      answer(
        seconds === undefined ? client.lPush(key, value) : client.thenExpire(key, seconds, 'LPUSH', value),
      ),
    lRange: (key, start, stop) => answer(client.lRange(key, start, stop)),
    lTrim: (key, start, stop) => answer(client.lTrim(key, start, stop)),
    hSet: (key, field, value, seconds) =>
      answer(
        seconds === undefined
          ? client.hSet(key, field, value)
          : client.thenExpire(key, seconds, 'HSET', field, value),
      ),
    hGetAll: async (key) => Object.fromEntries(await answer(asMaps.hGetAll(key))),
    hDel: (key, fields) => answer(client.hDel(key, fields)),
    zAdd: (key, member) => answer(client.zAdd(key, member)),
    zmScore: (key, members) => answer(client.zmScore(key, members)),
    zRangeByScoreWithScores: (key, least, most) => answer(client.zRangeByScoreWithScores(key, least, most)),
    hMGet: (key, fields) => answer(client.hmGet(key, fields)),
    hUpdate: (key, update) => answer(client.hUpdate(key, update)),
    ping: () => answer(client.ping()),
    compareAndDelete: (key, expected) => answer(client.compareAndDelete(key, expected)),
    compareAndSet: (key, expected, value, ttlMs) => answer(client.compareAndSet(key, expected, value, ttlMs)),
    setAndRelease: (key, value, seconds, other, expected) =>
      answer(client.setAndRelease(key, value, seconds, other, expected)),
  }
}

/** `giveUp` says whether an error ends the tries to connect; without it they never end. */
function createOurClient(url: string, giveUp: (error: Error) => boolean) {
  return createClient({
    url,
    keyPrefix: 'cs:',
    scripts,
    disableOfflineQueue: true,
    commandsQueueMaxLength: QUEUE_LENGTH,
    // They would stretch socketTimeout to 10 s, and only Redis Enterprise has them.
    maintNotifications: 'disabled',
    // It counts only until a command is on the wire; `guard` counts until the answer.
    commandOptions: { timeout: 0 },
    socket: {
      connectTimeout: CONNECT_MS,
      socketTimeout: SOCKET_SILENT_MS,
      reconnectStrategy: (retries, error) =>
        giveUp(error) ? false : Math.min(50 * 2 ** retries, 900) + Math.random() * 100,
    },
  })
}

/** @throws when it is no URL of a Redis: node-redis would quote it, password and all. */
function describe(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const known = parsed && /^rediss?:$/.test(parsed.protocol) && /^(\/\d*)?$/.test(parsed.pathname)
  if (!known || parsed.hostname === '' || !decodes(parsed.username + parsed.password)) {
    throw new Error(
      'the Redis URL must be redis://[user:password@]host[:port][/database], or rediss:// for TLS, ' +
        'with special characters of the password written as %XX',
    )
  }
  const database = parsed.pathname.slice(1)
  const place = `${parsed.hostname}:${parsed.port || 6379}${database && `/${database}`}`
  return `Redis at ${place}${parsed.protocol === 'rediss:' ? ' with TLS' : ''}`
}

function decodes(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
