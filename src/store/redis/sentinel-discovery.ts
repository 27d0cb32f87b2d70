// Which Redis the sentinels call the master: queried before connecting, and watched for changes.
import { createClient, ErrorReply } from 'redis'
import { hostPort, type Node, type RedisAddress } from './address.ts'
import { pauseMs } from './client.ts'
import { refused } from './connection.ts'

const REPLY_MS = 1_500
const PING_EVERY_MS = 3_000
/** A subscription that is silent for this long is opened again. */
const SILENT_MS = 10_000

/** Calls `moved` when a sentinel reports a new master. Returns a function that stops it. */
export function watchSentinels(address: RedisAddress, moved: () => void): () => void {
  const clients = address.nodes.map((node) => {
    const client = sentinelClient(address, node, pauseMs)
    client
      .connect()
      .then(() =>
        client.subscribe(
          '+switch-master',
          (text) => text.startsWith(`${address.master} `) && moved(),
        ),
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
