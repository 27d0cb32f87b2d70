// What a check of the settings asks the world: whether Redis takes us, and whether this machine has the address.
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { openByUrl } from '../store/open.ts'
import { readRedisUrl } from '../store/redis/address.ts'
import { addressFault } from './listen.ts'

/** ms after a first error in which it may still turn out to be a refusal. */
const REFUSED_WITHIN_MS = 300

/** `answers`: it took us. `away`: it may come back, and the app would wait for it. `refuses`: it will not take us. */
interface StoreReply {
  state: 'answers' | 'away' | 'refuses'
  text: string
}

/** Connects, runs every command on a key of its own and disconnects; within about 3 s. */
export async function probeRedis(redisUrl: string): Promise<StoreReply> {
  const { description } = readRedisUrl(redisUrl)
  const away = Promise.withResolvers<StoreReply>()
  const opened = openByUrl(redisUrl, (event, fields) => {
    const reason = 'message' in fields ? String(fields.message) : 'no answer'
    if (event === 'store.error')
      away.resolve({ state: 'away', text: `${description} does not answer: ${reason}` })
  })
  const reached = opened.then(
    async (store): Promise<StoreReply> => {
      const pinged = await store.ping().catch(() => undefined)
      await store.close()
      return pinged === undefined
        ? { state: 'away', text: `${description} does not answer` }
        : { state: 'answers', text: description }
    },
    (error: unknown): StoreReply => ({
      state: 'refuses',
      text: error instanceof Error ? error.message : String(error),
    }),
  )
  const stillAway = away.promise.then((reply) => wait(REFUSED_WITHIN_MS, reply))
  return Promise.race([reached, stillAway])
}

/** Why nobody can listen at `host` and `port` on this machine, in one line; undefined when somebody can. Port 0: any. */
export async function listenProblem(host: string, port = 0): Promise<string | undefined> {
  const server = createServer().listen(port, host)
  try {
    await once(server, 'listening')
    return undefined
  } catch (error) {
    return addressFault(error, host, port)
  } finally {
    server.close()
  }
}
