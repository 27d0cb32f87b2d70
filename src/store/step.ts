// The port's methods on an engine that runs steps: arguments and replies are checked, so both engines behave alike.
import { areTextsOrNull, type Spelled, spell, whole } from './commands.ts'
import type { Command, Guard, Replies, Reply, Store } from './store.ts'

export type StepOutcome = { done: true; replies: unknown[] } | { done: false; found: unknown[] }

/** Runs a step whose arguments have been checked. `spelled` has the commands in the same order. */
export type RunStep = (
  guards: readonly Guard[],
  commands: readonly Command[],
  spelled: Spelled[],
) => Promise<StepOutcome>

type Steps = Pick<Store, 'isSpread' | 'step' | 'stepIf' | 'batch'>

/** Arguments are checked before anything is sent. */
export function createSteps(run: RunStep, isSpread = false): Steps {
  const stepIf: Store['stepIf'] = async (guards, commands) => {
    const spelled = commands.map(spell)
    const outcome = await run(guards, commands, spelled)
    if (outcome.done) {
      if (!areReplies(commands, spelled, outcome.replies)) throw notAReply()
      return { done: true, replies: outcome.replies }
    }
    const { found } = outcome
    if (!areTextsOrNull(found) || found.length !== guards.length) throw notAReply()
    return { done: false, found: found.map((value) => (value === null ? null : String(value))) }
  }
  const step: Store['step'] = async (commands) => {
    const result = await stepIf([], commands)
    if (!result.done) throw notAReply()
    return result.replies
  }
  const batch: Store['batch'] = async (commands) => {
    if (!isSpread) return step(commands)
    const spelled = commands.map(spell)
    const replies = (await Promise.all(commands.map((one) => step([one])))).flat()
    if (!areReplies(commands, spelled, replies)) throw notAReply()
    return replies
  }
  return { isSpread, step, stepIf, batch }
}

function areReplies<C extends readonly Command[]>(
  commands: C,
  spelled: Spelled[],
  replies: unknown[],
): replies is Replies<C> {
  if (replies.length !== commands.length) return false
  return spelled.every(({ isReply }, index) => isReply(replies[index]))
}

export function notAReply(): Error {
  return new Error('the store gave an answer that is none')
}

export function createCommands({ step }: Pick<Steps, 'step'>): Omit<Store, keyof Steps | 'ping'> {
  const run = async <C extends Command>(command: C): Promise<Reply<C>> => (await step([command]))[0]
  return {
    get: (get) => run({ get }),
    async set(set, value, { expiration, condition, GET } = {}) {
      const ttl = expiration === 'KEEPTTL' ? { keepTtl: true } : { ms: milliseconds(expiration) }
      const nx = condition === 'NX'
      const reply = await run({ set, value, nx, ...ttl })
      if (!nx || GET) return reply
      return reply === null ? 'OK' : null
    },
    incr: async (incr, seconds) => run({ incr, ms: inMs(seconds) }),
    getDel: (getDel) => run({ getDel }),
    del: (del) => run({ del }),
    expire: async (expire, seconds) => run({ expire, ms: whole(seconds) * 1000 }),
    lPush: async (lPush, value, seconds) => run({ lPush, value, ms: inMs(seconds) }),
    lRange: (lRange, start, stop) => run({ lRange, start, stop }),
    lTrim: (lTrim, start, stop) => run({ lTrim, start, stop }),
    hSet: async (hSet, field, value, seconds) =>
      run({ hSet, fields: Object.fromEntries([[field, value]]), ms: inMs(seconds) }),
    hGetAll: (hGetAll) => run({ hGetAll }),
    hMGet: (hMGet, fields) => run({ hMGet, fields }),
    hDel: (hDel, fields) => run({ hDel, fields }),
    zAdd: (zAdd, members) => run({ zAdd, members }),
    zmScore: (zmScore, members) => run({ zmScore, members }),
    zRangeByScoreWithScores: (key, least, most) =>
      run({ zRangeByScoreWithScores: key, least, most }),
  }
}

function milliseconds(
  expiration: { type: 'EX' | 'PX'; value: number } | undefined,
): number | undefined {
  return expiration?.type === 'EX' ? inMs(expiration.value) : expiration?.value
}

function inMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : whole(seconds) * 1000
}

/** The error goes on with the positions of such keys, from 1, through the guards and then the commands. */
export const WRONG_TYPE = 'WRONGTYPE a key of the step holds another type of value:'

export function wrongKeys(
  error: unknown,
  guards: readonly Guard[],
  commands: readonly Command[],
): string[] {
  if (!(error instanceof Error && error.message.startsWith('WRONGTYPE'))) return []
  const keys = [...guards.map(({ key }) => key), ...commands.flatMap((one) => spell(one).keys)]
  if (!error.message.startsWith(WRONG_TYPE)) return keys.slice(0, 1) // of a command by itself
  const positions = error.message.slice(WRONG_TYPE.length).trim().split(' ')
  return keys.filter((_, index) => positions.includes(String(index + 1)))
}
