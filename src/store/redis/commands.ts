// The storage port on node-redis: a single command as itself, several or guarded ones as one script.
import type { Spelled } from '../commands.ts'
import { createCommands, createSteps, notAReply, type RunStep, type StepOutcome } from '../step.ts'
import type { Store } from '../store.ts'
import type { Client, Cluster } from './client.ts'

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
