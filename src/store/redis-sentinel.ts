// The store on whichever Redis the sentinels call the master: one connection, made anew to where they say.
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient, ErrorReply } from 'redis'
import { started } from './redis.ts'
import { type Node, placeOf, type RedisAddress } from './redis-address.ts'
import { type Client, createOurClient, pauseMs } from './redis-client.ts'
import { commands, type Use } from './redis-commands.ts'
import { createFence, createHealth, guard, type Log, refused } from './redis-connection.ts'
import { rehearse } from './redis-rehearsal.ts'
import type { OpenStore } from './store.ts'

const SENTINEL_MS = 1_500
/** For the first answer of a master, which may be frozen and not yet replaced. */
const HANDSHAKE_MS = 1_500

/** As `openRedis`. Whenever the connection is lost the sentinels are asked, until they name one that lets us in. */
export async function openSentinel(
  address: RedisAddress,
  { log = () => {} }: { log?: Log } = {},
): Promise<OpenStore> {
  const { description } = address
  const health = createHealth(log)
  const fence = createFence()
  const closing = new AbortController()
  let line: { client: Client; answer: ReturnType<typeof guard>['answer'] } | undefined
  const use: Use = (_key, command) =>
    line === undefined ? Promise.reject(offline()) : line.answer(command(line.client))
  const store = { ...commands(use), ping: () => use('', (client) => client.ping()) }

  /** One connection, from the question who is master to its end. Rejects when there is none. */
  async function connect(): Promise<{ ended: Promise<unknown> }> {
    const client = createOurClient(address, await findMaster(address), () => true)
    const ended = new Promise((resolve) => client.on('error', resolve).on('end', resolve))
    const { answer, close } = guard(client, health.down, async () => {})
    fence(client)
    const late = setTimeout(() => client.destroy(), HANDSHAKE_MS)
    try {
      await client.connect()
    } catch (error) {
      await close()
      throw error
    } finally {
      clearTimeout(late)
    }
    line = { client, answer }
    health.up()
    return { ended: Promise.race([ended, once(closing.signal, 'abort')]).finally(close) }
  }

  const first = Promise.withResolvers<void>()
  async function follow(): Promise<void> {
    for (let tries = 0; !closing.signal.aborted; tries++) {
      try {
        const { ended } = await connect()
        rehearse(store).then(first.resolve, first.reject)
        tries = 0
        const lost = await ended
        line = undefined
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
  const close = async () => {
    closing.abort()
    await following
  }
  await started(description, first.promise, close)
  return { ...store, description, close }
}

function offline(): Error {
  return new Error('The client is offline: there is no connection to the master')
}

/** Where the master is, by the sentinel that answers first. @throws the refusal if there is one, else the first error */
export async function findMaster({ nodes, master, tls, sentinelLogin }: RedisAddress): Promise<Node> {
  const ask = async (node: Node) => {
    const client = createClient({
      ...sentinelLogin,
      maintNotifications: 'disabled',
      socket: {
        ...(tls && { tls: true as const }),
        ...node,
        connectTimeout: SENTINEL_MS,
        socketTimeout: SENTINEL_MS,
        reconnectStrategy: false,
      },
    })
    client.on('error', () => {})
    try {
      await client.connect()
      const found = await client.sendCommand(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', master])
      if (!Array.isArray(found)) throw new ErrorReply(`the sentinel at ${placeOf(node)} knows no ${master}`)
      return { host: String(found[0]), port: Number(found[1]) }
    } finally {
      client.destroy()
    }
  }
  try {
    return await Promise.any(nodes.map(ask))
  } catch (all) {
    const errors: unknown[] = all instanceof AggregateError ? all.errors : [all]
    throw errors.find((error) => error instanceof Error && refused(error)) ?? errors[0]
  }
}
