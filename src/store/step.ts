// What both engines share of a step: each command in Redis' spelling, the check of its reply, and the typed port.
import type { Command, Guard, Replies, Store } from './store.ts'
import * as is from './validate-replies.ts'

type Kind = 'any' | 'string' | 'hash' | 'list'

/** A command as Redis takes it: its name, the keys, then the arguments. */
export interface Spelled {
  name: string
  /** What may lie under the keys. */
  kind: Kind
  keys: string[]
  args: string[]
  /** The key ends after so many ms, by a command of its own. */
  ms?: number
  isReply: (reply: unknown) => boolean
}

/** An engine's answer to a step. */
export type StepOutcome = { done: true; replies: unknown[] } | { done: false; found: unknown[] }

/** Runs a step whose arguments have been checked. `spelled` has the commands in the same order. */
export type RunStep = (
  guards: readonly Guard[],
  commands: readonly Command[],
  spelled: Spelled[],
) => Promise<StepOutcome>

/** The port's two methods on an engine. They reject when an argument is none, before anything is sent. */
export function createSteps(run: RunStep): Pick<Store, 'step' | 'stepIf'> {
  const stepIf: Store['stepIf'] = async (guards, commands) => {
    const spelled = commands.map(spell)
    const outcome = await run(guards, commands, spelled)
    if (outcome.done) {
      if (!areReplies(commands, spelled, outcome.replies)) throw notAReply()
      return { done: true, replies: outcome.replies }
    }
    if (!is.textsOrNone(outcome.found)) throw notAReply()
    return {
      done: false,
      found: outcome.found.map((value) => (value === null ? null : `${value}`)),
    }
  }
  return {
    stepIf,
    async step(commands) {
      const outcome = await stepIf([], commands)
      if (!outcome.done) throw notAReply()
      return outcome.replies
    },
  }
}

function areReplies<C extends readonly Command[]>(
  commands: C,
  spelled: Spelled[],
  replies: unknown[],
): replies is Replies<C> {
  return (
    replies.length === commands.length &&
    spelled.every(({ isReply }, index) => isReply(replies[index]))
  )
}

function notAReply(): Error {
  return new Error('the store gave an answer that is none')
}

/** @throws Error in Redis' words for an argument that is none */
function spell(command: Command): Spelled {
  const on = (
    kind: Kind,
    name: string,
    key: string,
    args: (string | number)[],
    isReply: Spelled['isReply'],
    ms?: number,
  ): Spelled => ({ name, kind, keys: [key], args: args.map(String), isReply, ms: milliseconds(ms) })

  if ('get' in command) return on('string', 'GET', command.get, [], is.textOrNone)
  if ('getDel' in command) return on('string', 'GETDEL', command.getDel, [], is.textOrNone)
  if ('set' in command) {
    const { set, value, nx } = command
    const ms = milliseconds(command.ms)
    const end = ms === undefined ? [] : ['PX', ms]
    if (nx) return on('string', 'SET', set, [value, ...end, 'NX', 'GET'], is.textOrNone)
    return on('any', 'SET', set, [value, ...end], is.text)
  }
  if ('del' in command) {
    const keys = atLeastOne('del', command.del)
    return { name: 'DEL', kind: 'any', keys, args: [], isReply: is.number }
  }
  if ('incr' in command)
    return on('string', 'INCRBY', command.incr, [whole(command.by ?? 1)], is.number, command.ms)
  if ('expire' in command) {
    const ms = milliseconds(command.ms) ?? 0
    return on('any', 'PEXPIRE', command.expire, [ms], is.number)
  }
  if ('hSet' in command) {
    const pairs = atLeastOne('hset', Object.entries(command.fields).flat())
    return on('hash', 'HSET', command.hSet, pairs, is.number, command.ms)
  }
  if ('hGetAll' in command) return on('hash', 'HGETALL', command.hGetAll, [], is.fields)
  if ('hMGet' in command)
    return on('hash', 'HMGET', command.hMGet, atLeastOne('hmget', command.fields), is.textsOrNone)
  if ('hDel' in command)
    return on('hash', 'HDEL', command.hDel, atLeastOne('hdel', command.fields), is.number)
  if ('hIncr' in command) {
    const args = [command.field, whole(command.by)]
    return on('hash', 'HINCRBY', command.hIncr, args, is.number, command.ms)
  }
  if ('lPush' in command)
    return on('list', 'LPUSH', command.lPush, [command.value], is.number, command.ms)
  const span = [whole(command.start), whole(command.stop)]
  if ('lRange' in command) return on('list', 'LRANGE', command.lRange, span, is.texts)
  return on('list', 'LTRIM', command.lTrim, span, is.text)
}

/** @throws as Redis does, for what is not an integer */
export function whole(value: number): number {
  if (Number.isSafeInteger(value)) return value
  throw new Error('ERR value is not an integer or out of range')
}

/** @throws as Redis does, for an empty list */
export function atLeastOne(command: string, names: string | string[]): string[] {
  const all = [names].flat()
  if (all.length > 0) return all
  throw new Error(`ERR wrong number of arguments for '${command}' command`)
}

function milliseconds(ms: number | undefined): number | undefined {
  if (ms !== undefined && whole(ms) < 1) throw new Error('ERR invalid expire time')
  return ms
}

/**
 * The error of a step that found a key of another type: the places of such keys, counted from 1, where the guards'
 * keys come first and then those of each command.
 */
export const WRONG_TYPE = 'WRONGTYPE a key of the step holds another kind of value:'

/** The keys such an error is about. */
export function wrongKeys(
  error: unknown,
  guards: readonly Guard[],
  commands: readonly Command[],
): string[] {
  if (!(error instanceof Error && error.message.startsWith(WRONG_TYPE))) return []
  const keys = [...guards.map(({ key }) => key), ...commands.flatMap((one) => spell(one).keys)]
  const places = error.message.slice(WRONG_TYPE.length).trim().split(' ')
  return keys.filter((_, index) => places.includes(String(index + 1)))
}
