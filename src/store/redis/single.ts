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

const START_MS = 3_000

/**
 * Every key gets the prefix 'cs:'. Resolves after 3 s even when Redis is down: commands then reject, and connecting
 * goes on for ever. A command without a reply may have run, but never after one of the next connection
 * (`createConnectionTakeover`). @throws Error in one line, without the password, when Redis refuses the user, the
 * database or a command
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

/** Waits up to `START_MS` for the first connection. @throws Error when Redis refuses it in that time */
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
