// node-redis as the storage port: clients for a server and a cluster that queue nothing while Redis is away, and their commands.
import { createClient, createCluster, RESP_TYPES } from '@redis/client'
import type { Spelled } from '../commands.ts'
import { createCommands, createSteps, notAReply, type RunStep, type StepOutcome } from '../step.ts'
import type { Store } from '../store.ts'
import type { Node, RedisAddress } from './address.ts'
import { modules, scripts } from './scripts.ts'

export const PREFIX = 'cs:'
const CONNECT_MS = 1_500
/** Ends a handshake without a reply. It also ends idle connections, so each is pinged more often than this. */
const SOCKET_SILENT_MS = 5_000
/** Shorter on a cluster, where only the second failed handshake makes node-redis read the hash slots again. */
const CLUSTER_SILENT_MS = 2_000
const QUEUE_LENGTH = 10_000
/** When a master's connection is lost for so long, the cluster is asked who has its hash slots now. */
const TOPOLOGY_AFTER_MS = 500

export type Client = ReturnType<typeof createOurClient>
export type Cluster = ReturnType<typeof createOurCluster>

/** Connects again after every error, except one for which `giveUp` is true. */
export function createOurClient(
  address: RedisAddress,
  node: Node,
  giveUp: (error: Error) => boolean,
) {
  const { socket, ...options } = connectionOptions(address, giveUp)
  return createClient({
    ...options,
    ...common(),
    database: address.database,
    socket: { ...socket, ...node },
  })
}

export function createOurCluster(address: RedisAddress) {
  return createCluster({
    ...common(),
    ...clusterOptions(address),
    defaults: connectionOptions(address, () => false, CLUSTER_SILENT_MS),
  })
}

export const clusterOptions = ({ nodes }: RedisAddress) => ({
  rootNodes: nodes.map((node) => ({ socket: { ...node } })),
  // Otherwise one dead master keeps a starting process from connecting to the others.
  minimizeConnections: true,
  topologyRefreshOnReconnectionAttemptStrategy: TOPOLOGY_AFTER_MS,
})

const common = () => ({
  keyPrefix: PREFIX,
  scripts,
  modules,
  // node-redis' own timeout ends when a command is written; ours (connection.ts) ends with the reply.
  // As an object, node-redis' default, a hash would lose a field of the name __proto__.
  commandOptions: { timeout: 0, typeMapping: { [RESP_TYPES.MAP]: Map } },
})

function connectionOptions(
  { login, tls }: RedisAddress,
  giveUp: (error: Error) => boolean,
  socketTimeout = SOCKET_SILENT_MS,
) {
  return {
    ...login,
    disableOfflineQueue: true,
    commandsQueueMaxLength: QUEUE_LENGTH,
    // Only Redis Enterprise sends them, and they would raise socketTimeout to 10 s.
    maintNotifications: 'disabled' as const,
    socket: {
      ...(tls && { tls: true as const }),
      connectTimeout: CONNECT_MS,
      socketTimeout,
      reconnectStrategy: (retries: number, error: Error) =>
        giveUp(error) ? (false as const) : pauseMs(retries),
    },
  }
}

export function pauseMs(retries: number): number {
  return Math.min(50 * 2 ** retries, 900) + Math.random() * 100
}

export type Use = <T>(key: string, command: (client: Client | Cluster) => Promise<T>) => Promise<T>

/** `isSpread`: the keys lie in the hash slots of a cluster. */
export function redisCommands(use: Use, isSpread = false): Omit<Store, 'ping'> {
  const run: RunStep = async (guards, _commands, spelled) => {
    const [first, ...others] = spelled
    const key = guards[0]?.key ?? first?.keys[0]
    if (key === undefined) return { done: true, replies: [] }
    if (first && others.length === 0 && guards.length === 0 && first.ms === undefined) {
      const reply = await use(key, (client) => client.plain.run(first))
      return { done: true, replies: [readReply(first, reply)] }
    }
    return readStep(await use(key, (client) => client.step(guards, spelled)), spelled)
  }
  const steps = createSteps(run, isSpread)
  return { ...steps, ...createCommands(steps) }
}

function readStep(reply: unknown, commands: Spelled[]): StepOutcome {
  if (!Array.isArray(reply)) throw notAReply()
  const [done, ...values]: unknown[] = reply
  if (done !== 1) return { done: false, found: values }
  return {
    done: true,
    replies: commands.map((command, index) => readReply(command, values[index])),
  }
}

/** A script replies in Redis' older protocol, where hashes and scores are lists of texts. */
function readReply({ name }: Spelled, reply: unknown): unknown {
  if (name === 'HGETALL' && reply instanceof Map) return Object.fromEntries(reply)
  if (!Array.isArray(reply)) return reply
  if (name === 'HGETALL') return Object.fromEntries(toPairs(reply))
  if (name === 'ZMSCORE') return reply.map((score) => (score === null ? null : Number(score)))
  if (name === 'ZRANGEBYSCORE')
    return toPairs(reply).map(([value, score]) => ({ value, score: Number(score) }))
  return reply
}

function toPairs(list: unknown[]): unknown[][] {
  if (list.every((one) => Array.isArray(one))) return list
  return list.flatMap((one, index) => (index % 2 === 0 ? [[one, list[index + 1]]] : []))
}
