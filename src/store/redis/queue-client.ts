// Plain node-redis connections for the queue library, which sends its own commands: no prefix, no offline queue.
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient, createCluster, createSentinel } from '@redis/client'
import { type RedisAddress, readRedisUrl } from './address.ts'
import { clusterOptions, pauseMs } from './client.ts'

const CONNECT_MS = 1_500
/** A silent connection is closed after this; the library's blocking wait for a job lasts 10 s at most. */
const SILENT_MS = 15_000
const PING_EVERY_MS = 5_000
/** Attempts, a second apart, to find a new master before a command fails. */
const REDISCOVERS = 3

interface QueueClient {
  readonly isOpen: boolean
  readonly isReady: boolean
  connect(): Promise<unknown>
  destroy(): void | Promise<void>
}

/**
 * A client that is not yet connected. It reconnects for ever; while Redis is away, commands reject at once (with
 * sentinels after a few seconds). `destroy` ends it and every duplicate the library made of it.
 */
export function createQueueClient(url: string) {
  const address = readRedisUrl(url)
  const all: QueueClient[] = []
  let over = false
  const make = (): QueueClient => {
    const client = createFor(address)
    all.push(client)
    const connect = client.connect.bind(client)
    const connectAtLast = async () => {
      for (let tries = 0; ; tries++)
        try {
          return await connect()
        } catch (error) {
          if (over || address.kind === 'one') throw error
          await sleep(pauseMs(tries), undefined, { ref: false })
        }
    }
    return Object.assign(client, { duplicate: make, connect: connectAtLast })
  }
  return {
    client: make(),
    async destroy() {
      over = true
      await Promise.allSettled(all.map(async (one) => one.isOpen && one.destroy()))
    },
  }
}

function createFor(address: RedisAddress): QueueClient {
  const { kind, login, database, tls, nodes, master, sentinelLogin } = address
  const socket = { ...(tls && { tls: true as const }), connectTimeout: CONNECT_MS }
  const options = {
    ...login,
    disableOfflineQueue: true,
    maintNotifications: 'disabled' as const,
    pingInterval: PING_EVERY_MS,
    socket: {
      ...socket,
      socketTimeout: SILENT_MS,
      reconnectStrategy: (tries: number) => Math.min(50 * 2 ** tries, 1_000),
    },
  }
  if (kind === 'one')
    return createClient({ ...options, database, socket: { ...options.socket, ...nodes[0] } })
  if (kind === 'cluster') {
    const cluster = createCluster({ ...clusterOptions(address), defaults: options })
    cluster.on('error', () => {}) // commands reject with the same error
    return cluster.on('connect', () => cluster.emit('ready'))
  }
  const sentinel = createSentinel({
    name: master,
    sentinelRootNodes: nodes,
    maxCommandRediscovers: REDISCOVERS,
    nodeClientOptions: { ...options, database },
    sentinelClientOptions: { ...sentinelLogin, socket },
  })
  return Object.assign(sentinel, { quit: () => sentinel.close() })
}
