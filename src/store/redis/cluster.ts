// The store on a Redis Cluster: node-redis finds the master of each key, and each of its connections gets a deadline.
import { setTimeout as sleep } from 'node:timers/promises'
import type { OpenStore } from '../store.ts'
import type { RedisAddress } from './address.ts'
import {
  type Client,
  type Cluster,
  createOurCluster,
  PREFIX,
  pauseMs,
  redisCommands,
  type Use,
} from './client.ts'
import {
  createConnectionTakeover,
  createHealth,
  REPLY_MS,
  refused,
  type StoreLog,
  silent,
  watched,
} from './connection.ts'
import { started, startupCheck } from './single.ts'

/** Shorter than the socket timeout of client.ts. */
const PING_EVERY_MS = 1_000

/**
 * As `openRedis`, for each master separately: while one is away, keys on the others work, if the cluster allows it
 * (`cluster-require-full-coverage no`). `ping` resolves when the cluster reports the state `ok`.
 */
export async function openCluster(
  address: RedisAddress,
  { log = () => {} }: { log?: StoreLog } = {},
): Promise<OpenStore> {
  const { description } = address
  const health = createHealth(log, address.tls)
  const closing = new AbortController()
  const cluster = createOurCluster(address)
  let lastError: Error | undefined
  cluster.on('error', (error) => {
    lastError = error
  })
  watchMasters(cluster, health)

  /** Rejects every command that waits for this master, and connects again. */
  const reconnect = (client: Client) => {
    if (closing.signal.aborted || !client.isReady) return
    health.down(silent())
    client.destroy()
    client.connect().catch(() => {})
  }
  const use: Use = (key, command) =>
    inTime(command(cluster), async () =>
      reconnect(await cluster.getNodeClientForKey(`${PREFIX}${key}`)),
    )
  const store = { ...redisCommands(use, true), ping: () => ping(cluster) }

  const pulse = setInterval(() => {
    for (const { client } of cluster.masters)
      if (client?.isReady) inTime(client.ping(), async () => reconnect(client)).catch(() => {})
  }, PING_EVERY_MS)
  pulse.unref()

  async function connect(): Promise<void> {
    for (let tries = 0; !closing.signal.aborted; tries++) {
      try {
        await cluster.connect()
        return await startupCheck(store)
      } catch (error) {
        if (cluster.isOpen || (lastError && refused(lastError))) throw lastError ?? error
        if (lastError) health.down(lastError)
        await sleep(pauseMs(tries), undefined, { ref: false })
      }
    }
  }
  const close = async () => {
    closing.abort()
    clearInterval(pulse)
    if (cluster.isOpen)
      await Promise.race([cluster.close(), sleep(REPLY_MS, undefined, { ref: false })])
    cluster.destroy()
  }
  await started(description, connect(), close)
  return { ...store, description, close }
}

function watchMasters(cluster: Cluster, health: ReturnType<typeof createHealth>): void {
  cluster.on('node-error', health.down)
  const prepared = new WeakSet<Client>()
  cluster.on('node-ready', ({ host, port }) => {
    health.up()
    const client = cluster.nodeByAddress.get(`${host}:${port}`)?.client
    if (!client || prepared.has(client)) return
    prepared.add(client)
    createConnectionTakeover()(client)
  })
}

async function ping(cluster: Cluster): Promise<string> {
  const states = cluster.masters.map(async (master) => {
    const client = await cluster.nodeClient(master)
    return client.clusterInfo()
  })
  const info = await inTime(Promise.any(states), async () => {})
  if (!info.includes('cluster_state:ok')) throw new Error('CLUSTERDOWN the cluster is not whole')
  return 'PONG'
}

/** Rejects when the reply is late, and then calls `late`; node-redis may go on to wait for it. */
function inTime<T>(reply: Promise<T>, late: () => Promise<void>): Promise<T> {
  const over = Promise.withResolvers<never>()
  const end = () => {
    over.reject(silent())
    late().catch(() => {})
  }
  return Promise.race([watched(reply, end), over.promise])
}
