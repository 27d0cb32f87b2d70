// The store on one Redis or Valkey, and the check that every kind of connection makes at its start.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { ErrorReply } from '@redis/client'
import type { CommandOf, Commands, OpenStore, Store } from '../store.ts'
import type { RedisAddress } from './address.ts'
import { type Client, createOurClient, redisCommands } from './client.ts'
import {
  createConnectionTakeover,
  createHealth,
  refusal,
  refused,
  type StoreLog,
  withDeadlines,
} from './connection.ts'

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

/** Each command by itself, then all in a step. What may pass (full, loading, a replica) is ignored. @throws ErrorReply */
export async function startupCheck({ step, stepIf }: Pick<Store, 'step' | 'stepIf'>) {
  const key = `probe:${randomUUID()}`
  const all = Object.values(examples(key)).map((command) => [command, { del: key }])
  for (const [command = { del: key }] of all) {
    await unlessFinal(step([command]))
    await unlessFinal(step([{ expire: key, ms: 1_000 }]))
    await unlessFinal(step([{ del: key }]))
  }
  await unlessFinal(stepIf([{ key, field: 'a', is: null }], all.flat()))
}

/** The compiler refuses a list in which one is missing. */
function examples(key: string): { [Name in keyof Commands]: CommandOf<Name> } {
  return {
    set: { set: key, value: '1', ms: 1_000, nx: true },
    get: { get: key },
    getDel: { getDel: key },
    del: { del: key },
    incr: { incr: key },
    expire: { expire: key, ms: 1_000 },
    hSet: { hSet: key, fields: { a: '1' } },
    hGetAll: { hGetAll: key },
    hMGet: { hMGet: key, fields: ['a'] },
    hDel: { hDel: key, fields: 'a' },
    hIncr: { hIncr: key, field: 'a', by: 1 },
    lPush: { lPush: key, value: '1', ms: 1_000 },
    lRange: { lRange: key, start: 0, stop: 0 },
    lTrim: { lTrim: key, start: 0, stop: 0 },
    zAdd: { zAdd: key, members: { value: 'a', score: 1 } },
    zmScore: { zmScore: key, members: ['a'] },
    zRangeByScoreWithScores: { zRangeByScoreWithScores: key, least: 0, most: 1 },
  }
}

async function unlessFinal(command: Promise<unknown>): Promise<void> {
  await command.catch((error: unknown) => {
    if (isFinal(error)) throw error
  })
}

function isFinal(error: unknown): boolean {
  return (
    error instanceof ErrorReply &&
    /NOPERM|user executing the script can't|unknown command|syntax error/i.test(error.message)
  )
}
