// The store on whichever Redis the sentinels call the master: one connection, made anew to where they say.
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { OpenStore } from '../store.ts'
import type { RedisAddress } from './address.ts'
import { type Client, createOurClient, pauseMs } from './client.ts'
import { redisCommands, type Use } from './commands.ts'
import {
  createConnectionTakeover,
  createHealth,
  refused,
  type StoreLog,
  withDeadlines,
} from './connection.ts'
import { discoverMaster, watchSentinels } from './sentinel-discovery.ts'
import { started } from './single.ts'
import { startupCheck } from './startup-check.ts'

/** For the first answer of a master, which may be frozen and not yet replaced. */
const HANDSHAKE_MS = 1_500

/**
 * As `openRedis`. Whenever the connection is lost, or a sentinel tells of another master, the sentinels are asked until
 * they name one that lets us in. (A master that was replaced while it lived goes on to take writes for some seconds,
 * and then forgets them.)
 */
export async function openSentinel(
  address: RedisAddress,
  { log = () => {} }: { log?: StoreLog } = {},
): Promise<OpenStore> {
  const { description } = address
  const health = createHealth(log, address.tls)
  const takeOver = createConnectionTakeover()
  const closing = new AbortController()
  const closed = once(closing.signal, 'abort')
  let open: { client: Client; inTime: ReturnType<typeof withDeadlines>['inTime'] } | undefined
  const use: Use = (_key, command) =>
    open === undefined ? Promise.reject(offline()) : open.inTime(command(open.client))
  const store = { ...redisCommands(use), ping: () => use('', (client) => client.ping()) }

  /** One connection, from the question who is master to its end. Rejects when there is none. */
  async function connect(): Promise<{ ended: Promise<unknown> }> {
    const client = createOurClient(address, await discoverMaster(address), () => true)
    const ended = new Promise((resolve) => client.on('error', resolve).on('end', resolve))
    const { inTime, close } = withDeadlines(client, health.down, async () => {})
    takeOver(client)
    const late = setTimeout(() => client.destroy(), HANDSHAKE_MS)
    try {
      await client.connect()
    } catch (error) {
      await close()
      throw error
    } finally {
      clearTimeout(late)
    }
    open = { client, inTime }
    health.up()
    return { ended: Promise.race([ended, closed]).finally(close) }
  }

  const first = Promise.withResolvers<void>()
  async function follow(): Promise<void> {
    for (let tries = 0; !closing.signal.aborted; tries++) {
      try {
        const { ended } = await connect()
        startupCheck(store).then(first.resolve, first.reject)
        tries = 0
        const lost = await ended
        open = undefined
        if (lost instanceof Error) health.down(lost)
      } catch (error) {
        if (!(error instanceof Error)) throw error
        health.down(error)
        if (refused(error)) first.reject(error)
      }
      await sleep(pauseMs(tries), undefined, { signal: closing.signal }).catch(() => {})
    }
  }
  const following = follow()
  const unwatch = watchSentinels(address, () => open?.client.destroy())
  const close = async () => {
    closing.abort()
    unwatch()
    await following
  }
  await started(description, first.promise, close)
  return { ...store, description, close }
}

function offline(): Error {
  return new Error('The client is offline: there is no connection to the master')
}
