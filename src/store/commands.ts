// How each command is spelled for Redis, and what counts as its reply: with any other the store has failed.
import type { Command, CommandOf } from './store.ts'

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

type Check = (reply: unknown) => boolean

const isText: Check = (reply) => typeof reply === 'string'
const isNumber: Check = (reply) => typeof reply === 'number' && !Number.isNaN(reply)
const isTextOrNull: Check = (reply) => reply === null || isText(reply)
const isNumberOrNull: Check = (reply) => reply === null || isNumber(reply)
const listOf =
  (one: Check): Check =>
  (reply) =>
    Array.isArray(reply) && reply.every(one)

const areTexts = listOf(isText)
export const areTextsOrNull = listOf(isTextOrNull)
const areNumbersOrNull = listOf(isNumberOrNull)
const isFields: Check = (reply) =>
  typeof reply === 'object' &&
  reply !== null &&
  !Array.isArray(reply) &&
  Object.values(reply).every(isText)
const areScored = listOf(
  (one) =>
    typeof one === 'object' &&
    one !== null &&
    'value' in one &&
    isText(one.value) &&
    'score' in one &&
    isNumber(one.score),
)
