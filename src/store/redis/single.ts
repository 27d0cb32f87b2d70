// The store on one Redis or Valkey.
import { setTimeout as sleep } from 'node:timers/promises'
import type { OpenStore } from '../store.ts'
import type { RedisAddress } from './address.ts'
import { type Client, createOurClient } from './client.ts'
import { redisCommands } from './commands.ts'
import {
  createConnectionTakeover,
  createHealth,
  refusal,
  refused,
  type StoreLog,
  withDeadlines,
} from './connection.ts'
import { startupCheck } from './startup-check.ts'

/** How long a start waits for a first connection. */
export const START_MS = 3_000

/**
 * Connects to one Redis, every key prefixed with 'cs:'.
 * When Redis is down it resolves after 3 s all the same: commands reject until it is up. While it is away,
 * commands reject at once; when it is frozen, within about 1 s; it is tried for ever, with pauses up to 1 s.
 *
 * A command that rejects for want of an answer may still have run, or run later, when a frozen Redis wakes up
 * and reads what the kernel has kept for it (a TCP reset does not take that back). But it never runs after a
 * command of the next connection: see `createFence`. `log` gets 'store.error' and 'store.ready', once per change.
 * `client` is for libraries that want node-redis itself; it lacks the deadline per command.
 *
 * @throws in one line, without the password, when Redis refuses the user, the database or a command
 */
export async function openRedis(
  address: RedisAddress,
  { log = () => {} }: { log?: StoreLog } = {},
): Promise<OpenStore & { client: Client }> {
  const [node] = address.nodes
  if (!node) throw new Error('no server is named')
  const { description } = address
  const health = createHealth(log, address.tls)
  let starting = true
  const client = createOurClient(address, node, (error) => starting && refused(error))
  createConnectionTakeover()(client)
  client.on('error', health.down)
  client.on('ready', health.up)
  const { inTime, close } = withDeadlines(client, health.down, () => client.connect())
  const store = {
    ...redisCommands((_key, command) => inTime(command(client))),
    ping: () => inTime(client.ping()),
  }
  await started(
    description,
    client.connect().then(() => startupCheck(store)),
    close,
  )
  starting = false
  return { client, description, ...store, close }
}

/** Waits for a first connection, but not for long. A refusal after the start has no reader: it is logged. */
export async function started(
  description: string,
  connected: Promise<void>,
  close: () => Promise<void>,
) {
  connected.catch(() => {})
  try {
    await Promise.race([connected, sleep(START_MS, undefined, { ref: false })])
  } catch (error) {
    await close()
    throw new Error(`${description} ${refusal(error)}`)
  }
}
