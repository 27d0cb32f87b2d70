// node-redis, set up so that no command waits for long or for better times: to one server, or to a cluster.
import { createClient, createCluster, RESP_TYPES } from 'redis'
import type { Node, RedisAddress } from './address.ts'
import { modules, scripts } from './scripts.ts'

export const PREFIX = 'cs:'
const CONNECT_MS = 1_500
/** For a handshake nobody answers. It counts on an idle connection as well, so those who use it ping more often. */
const SOCKET_SILENT_MS = 5_000
/** Of a cluster the second such handshake is what leads to the question who has the slots now. */
const CLUSTER_SILENT_MS = 2_000
const QUEUE_LENGTH = 10_000
/** A cluster is asked who has a lost master's slots when its connection has been away so long, and again. */
const TOPOLOGY_AFTER_MS = 500

export type Client = ReturnType<typeof createOurClient>
export type Cluster = ReturnType<typeof createOurCluster>

/** `giveUp` says whether an error ends the tries to connect; without it they never end. */
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
  // Otherwise one dead master keeps a starting process from all of them.
  minimizeConnections: true,
  topologyRefreshOnReconnectionAttemptStrategy: TOPOLOGY_AFTER_MS,
})

const common = () => ({
  keyPrefix: PREFIX,
  scripts,
  modules,
  // It counts only until a command is on the wire; ours counts until the answer.
  // By itself node-redis makes a hash an object in a way that loses a field of the name __proto__.
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
    // They would stretch socketTimeout to 10 s, and only Redis Enterprise has them.
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

/** Longer each time, up to a second, and never the same for all processes. */
export function pauseMs(retries: number): number {
  return Math.min(50 * 2 ** retries, 900) + Math.random() * 100
}
