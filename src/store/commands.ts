// Every command of the store as data: its fields, its reply, how Redis spells it, and what counts as a reply.
import {
  areNumbersOrNull,
  areScored,
  areTexts,
  areTextsOrNull,
  isFields,
  isNumber,
  isText,
  isTextOrNull,
} from './validate-replies.ts'

export interface Scored {
  value: string
  score: number
}

/** The commands and their replies. `ms`: the whole key expires so much later. Only `set` without it ends an expiry. */
export interface Commands {
  get: [{ get: string }, string | null]
  /** 'OK'. With `nx`: null, or the value that was there and stays. `keepTtl` leaves the expiry. */
  set: [{ set: string; value: string; ms?: number; nx?: boolean; keepTtl?: boolean }, string | null]
  del: [{ del: string | string[] }, number]
  getDel: [{ getDel: string }, string | null]
  /** The sum of `by` (1 when missing) and the whole number stored, which is 0 when absent. */
  incr: [{ incr: string; by?: number; ms?: number }, number]
  /** 1, or 0 without the key. It is deleted when `ms` is not positive. */
  expire: [{ expire: string; ms: number }, number]
  hSet: [{ hSet: string; fields: Record<string, string>; ms?: number }, number]
  hGetAll: [{ hGetAll: string }, Record<string, string>]
  hMGet: [{ hMGet: string; fields: string[] }, (string | null)[]]
  hDel: [{ hDel: string; fields: string | string[] }, number]
  hIncr: [{ hIncr: string; field: string; by: number; ms?: number }, number]
  lPush: [{ lPush: string; value: string; ms?: number }, number]
  /** Both ends are included, and negative ones count from the end. */
  lRange: [{ lRange: string; start: number; stop: number }, string[]]
  lTrim: [{ lTrim: string; start: number; stop: number }, string]
  /** How many are new; the score of the others is replaced. */
  zAdd: [{ zAdd: string; members: Scored | Scored[] }, number]
  zmScore: [{ zmScore: string; members: string[] }, (number | null)[]]
  /** `least` and `most` are included; lowest first. */
  zRangeByScoreWithScores: [
    { zRangeByScoreWithScores: string; least: number; most: number },
    Scored[],
  ]
}

export type Command = CommandOf<keyof Commands>
export type CommandOf<Name extends keyof Commands> = Commands[Name][0]

export type Reply<C> = {
  [Name in keyof Commands]: C extends CommandOf<Name> ? Commands[Name][1] : never
}[keyof Commands]

export type Replies<C extends readonly Command[]> = { -readonly [I in keyof C]: Reply<C[I]> }

/** A command in Redis' spelling: its name, the keys, then the arguments. */
export interface Spelled {
  name: string
  /** What the keys may hold, as TYPE names it. */
  type: 'any' | 'string' | 'hash' | 'list' | 'zset'
  keys: string[]
  args: string[]
  ms?: number
  isReply: (reply: unknown) => boolean
}

/** @throws Error in Redis' words for an argument that is none */
export function spell(command: Command): Spelled {
  if ('get' in command) return on('string', 'GET', command.get, [], isTextOrNull)
  if ('getDel' in command) return on('string', 'GETDEL', command.getDel, [], isTextOrNull)
  if ('set' in command) return spellSet(command)
  if ('del' in command) {
    const keys = atLeastOne('del', command.del)
    return { name: 'DEL', type: 'any', keys, args: [], isReply: isNumber }
  }
  if ('incr' in command)
    return on('string', 'INCRBY', command.incr, [whole(command.by ?? 1)], isNumber, command.ms)
  if ('expire' in command)
    return on('any', 'PEXPIRE', command.expire, [whole(command.ms)], isNumber)
  if ('lPush' in command)
    return on('list', 'LPUSH', command.lPush, [command.value], isNumber, command.ms)
  if ('lRange' in command) return on('list', 'LRANGE', command.lRange, span(command), areTexts)
  if ('lTrim' in command) return on('list', 'LTRIM', command.lTrim, span(command), isText)
  if ('zAdd' in command) {
    const members = atLeastOne('zadd', command.members)
    const pairs = members.flatMap(({ value, score }) => [number(score), value])
    return on('zset', 'ZADD', command.zAdd, pairs, isNumber)
  }
  if ('zmScore' in command) {
    const members = atLeastOne('zmscore', command.members)
    return on('zset', 'ZMSCORE', command.zmScore, members, areNumbersOrNull)
  }
  if ('zRangeByScoreWithScores' in command) {
    const { zRangeByScoreWithScores: key, least, most } = command
    return on('zset', 'ZRANGEBYSCORE', key, [bound(least), bound(most), 'WITHSCORES'], areScored)
  }
  return spellOnHash(command)
}

function spellSet({ set, value, ms, nx, keepTtl }: CommandOf<'set'>): Spelled {
  const args = [value]
  if (ms !== undefined) args.push('PX', String(positive(ms)))
  if (keepTtl) args.push('KEEPTTL')
  if (!nx) return on('any', 'SET', set, args, isText)
  return on('string', 'SET', set, [...args, 'NX', 'GET'], isTextOrNull)
}

function spellOnHash(command: CommandOf<'hSet' | 'hGetAll' | 'hMGet' | 'hDel' | 'hIncr'>): Spelled {
  if ('hSet' in command) {
    const pairs = atLeastOne('hset', Object.entries(command.fields)).flat()
    return on('hash', 'HSET', command.hSet, pairs, isNumber, command.ms)
  }
  if ('hGetAll' in command) return on('hash', 'HGETALL', command.hGetAll, [], isFields)
  if ('hMGet' in command)
    return on('hash', 'HMGET', command.hMGet, atLeastOne('hmget', command.fields), areTextsOrNull)
  if ('hDel' in command)
    return on('hash', 'HDEL', command.hDel, atLeastOne('hdel', command.fields), isNumber)
  const args = [command.field, whole(command.by)]
  return on('hash', 'HINCRBY', command.hIncr, args, isNumber, command.ms)
}

function on(
  type: Spelled['type'],
  name: string,
  key: string,
  args: (string | number)[],
  isReply: Spelled['isReply'],
  ms?: number,
): Spelled {
  const end = ms === undefined ? undefined : positive(ms)
  return { name, type, keys: [key], args: args.map(String), isReply, ms: end }
}

/** @throws as Redis does, for what is not an integer */
export function whole(value: number): number {
  if (Number.isSafeInteger(value)) return value
  throw new Error('ERR value is not an integer or out of range')
}

function positive(ms: number): number {
  if (whole(ms) > 0) return ms
  throw new Error('ERR invalid expire time')
}

function number(value: number): number {
  if (Number.isNaN(value)) throw new Error('ERR value is not a valid float')
  return value
}

function bound(score: number): string {
  if (Number.isFinite(number(score))) return String(score)
  return score > 0 ? '+inf' : '-inf'
}

function span({ start, stop }: { start: number; stop: number }): number[] {
  return [whole(start), whole(stop)]
}

function atLeastOne<T>(name: string, items: T | T[]): T[] {
  const all = Array.isArray(items) ? items : [items]
  if (all.length > 0) return all
  throw new Error(`ERR wrong number of arguments for '${name}' command`)
}
