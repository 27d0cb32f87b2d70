// The store on whichever Redis the sentinels call the master: one connection, opened again whenever they name another.
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient, ErrorReply } from '@redis/client'
import type { OpenStore } from '../store.ts'
import { hostPort, type Node, type RedisAddress } from './address.ts'
import { type Client, createOurClient, pauseMs, redisCommands, type Use } from './client.ts'
import {
  createConnectionTakeover,
  createHealth,
  refused,
  type StoreLog,
  withDeadlines,
} from './connection.ts'
import { started, startupCheck } from './single.ts'

/** A master that does not complete the handshake in this time may be frozen and about to be replaced. */
const HANDSHAKE_MS = 1_500

interface Connection {
  client: Client
  node: Node
  inTime: ReturnType<typeof withDeadlines>['inTime']
}

/**
 * As `openRedis`. When the connection is lost, or a sentinel reports a new master, the sentinels are queried until they
 * name one that accepts us. The old connection is closed at once: a replaced master that still lives accepts writes for
 * some seconds and then loses them.
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
  let open: Connection | undefined
  const use: Use = (_key, command) =>
    open === undefined ? Promise.reject(offline()) : open.inTime(command(open.client))
  const store = { ...redisCommands(use), ping: () => use('', (client) => client.ping()) }

  /** Connects to the current master; `ended` resolves when that connection does. Rejects when there is none. */
  async function connect(): Promise<{ ended: Promise<unknown> }> {
    const node = await discoverMaster(address)
    const client = createOurClient(address, node, () => true)
    const ended = new Promise((resolve) => client.on('error', resolve).on('end', resolve))
    const { inTime, close } = withDeadlines(client, health.down, async () => {})
    takeOver(client)
    await handshake(client).catch(async (error: unknown) => {
      await close()
      throw error
    })
    open = { client, node, inTime }
    health.up()
    return { ended: Promise.race([ended, closed]).finally(close) }
  }

  const first = Promise.withResolvers<void>()
  let isChecked = false
  async function follow(): Promise<void> {
    for (let tries = 0; !closing.signal.aborted; tries++) {
      try {
        const { ended } = await connect()
        if (!isChecked) startupCheck(store).then(first.resolve, first.reject)
        isChecked = true
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
  // A sentinel that was away reports late: we may be connected to that master already.
  const isOpen = (master: Node) => open && hostPort(open.node) === hostPort(master)
  const unwatch = watchSentinels(address, (to) => isOpen(to) || open?.client.destroy())
  const close = async () => {
    closing.abort()
    unwatch()
    await following
  }
  await started(description, first.promise, close)
  return { ...store, description, close }
}

async function handshake(client: Client): Promise<void> {
  const late = setTimeout(() => client.destroy(), HANDSHAKE_MS)
  await client.connect().finally(() => clearTimeout(late))
}

function offline(): Error {
  return new Error('The client is offline: there is no connection to the master')
}

const REPLY_MS = 1_500
const PING_EVERY_MS = 3_000
/** A subscription that is silent for this long is opened again. */
const SILENT_MS = 10_000

/** Calls `moved` with the new master's address whenever a sentinel reports one. */
function watchSentinels(address: RedisAddress, moved: (master: Node) => void): () => void {
  const clients = address.nodes.map((node) => {
    const client = sentinelClient(address, node, pauseMs)
    client
      .connect()
      .then(() =>
        client.subscribe('+switch-master', (text) => {
          const [name, , , host = '', port] = text.split(' ')
          if (name === address.master) moved({ host, port: Number(port) })
        }),
      )
      .catch(() => {})
    return client
  })
  return () => {
    for (const client of clients) client.destroy()
  }
}

/** The master's address from the first sentinel that replies. @throws a sentinel's refusal if any, else the first error */
export async function discoverMaster(address: RedisAddress): Promise<Node> {
  const querySentinel = async (node: Node) => {
    const client = sentinelClient(address, node, false)
    const late = setTimeout(() => client.destroy(), REPLY_MS)
    try {
      await client.connect()
      const found = await client.sendCommand([
        'SENTINEL',
        'GET-MASTER-ADDR-BY-NAME',
        address.master,
      ])
      if (!Array.isArray(found))
        throw new ErrorReply(`the sentinel at ${hostPort(node)} knows no ${address.master}`)
      return { host: String(found[0]), port: Number(found[1]) }
    } finally {
      clearTimeout(late)
      client.destroy()
    }
  }
  try {
    return await Promise.any(address.nodes.map(querySentinel))
  } catch (all) {
    const errors: unknown[] = all instanceof AggregateError ? all.errors : [all]
    throw errors.find((error) => error instanceof Error && refused(error)) ?? errors[0]
  }
}

function sentinelClient(
  { tls, sentinelLogin }: RedisAddress,
  node: Node,
  reconnectStrategy: false | ((tries: number) => number),
) {
  const client = createClient({
    ...sentinelLogin,
    maintNotifications: 'disabled',
    pingInterval: PING_EVERY_MS,
    socket: {
      ...(tls && { tls: true as const }),
      ...node,
      connectTimeout: REPLY_MS,
      socketTimeout: SILENT_MS,
      reconnectStrategy,
    },
  })
  return client.on('error', () => {})
}
