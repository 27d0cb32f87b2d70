// What is sent to Redis: a command by itself, or a step as one script, whose keys lie in one hash slot of a cluster.
import { type CommandParser, defineScript } from '@redis/client'
import type { Spelled } from '../commands.ts'
import { WRONG_TYPE } from '../step.ts'
import type { Guard } from '../store.ts'

export const modules = {
  plain: {
    run: {
      parseCommand(parser: CommandParser, { name, keys, args }: Spelled) {
        parser.push(name)
        parser.pushKeys(keys)
        parser.push(...args)
      },
      transformReply: (reply: unknown) => reply,
    },
  },
}

/**
 * Arguments of the script: how many guards; for each a mark, then its field of a hash and the value it must have, where the
 * mark says so. Then for each command a mark, its time to live where the mark says so, and its arguments; the keys of
 * all follow one another. It returns 1 and the replies, or 0 and what was found.
 *
 * A script is not rolled back, so everything that can fail is checked before the first write. A Redis that is full
 * refuses the first command that needs memory, unless one has run before that frees some: then the script runs to
 * its end. Marks are read by their bytes, and nothing is copied that need not be: patterns and tables of arguments took
 * three quarters of its time.
 */
const STEP = `local byte, sub, call = string.byte, string.sub, redis.call
local keyAt, at, held = 0, 1, true
local found, types, wrong = { 0 }, {}, {}
for i = 1, tonumber(ARGV[1]) do
  local inHash, isThere = byte(ARGV[at + 1], 1, 2)
  at, keyAt = at + 1, keyAt + 1
  local key, value, is = KEYS[keyAt], nil, false
  if inHash == ${code('h')} then
    at = at + 1
    value = redis.pcall('HMGET', key, ARGV[at])
    if not value.err then value = value[1] end
  else
    value = redis.pcall('GET', key)
    types[key] = value and 'string' or 'none'
  end
  if type(value) == 'table' then
    if sub(value.err, 1, 9) ~= 'WRONGTYPE' then return value end
    wrong[#wrong + 1] = keyAt
  end
  if isThere == ${code('=')} then
    at = at + 1
    is = ARGV[at]
  end
  found[i + 1] = value
  if value ~= is then held = false end
end

local count, names, firstKeys, firstArgs, lastArgs, ttls = 0, {}, {}, {}, {}, {}
local badNumber = false
local typeOf = { [${code('s')}] = 'string', [${code('h')}] = 'hash', [${code('l')}] = 'list', [${code('z')}] = 'zset' }
while at < #ARGV do
  local mark = ARGV[at + 1]
  local expected, expires, manyKeys, keys, high, low = byte(mark, 1, 6)
  local name, key = sub(mark, 7), KEYS[keyAt + 1]
  at, count = at + 1, count + 1
  if expires == ${code('.')} then
    at = at + 1
    ttls[count] = ARGV[at]
  end
  names[count], firstKeys[count] = name, keyAt + 1
  firstArgs[count], lastArgs[count] = at + 1, at + (high - 32) * 90 + low - 32
  if expected ~= ${code('a')} then
    local kind = types[key] or call('TYPE', key).ok
    types[key] = kind
    if kind ~= 'none' and kind ~= typeOf[expected] then wrong[#wrong + 1] = keyAt + 1 end
  end
  if #wrong == 0 and (name == 'INCRBY' or name == 'HINCRBY') then
    local value
    if name == 'INCRBY' then value = call('GET', key) else value = call('HGET', key, ARGV[at + 1]) end
    badNumber = badNumber or (value and value ~= '0' and not (value:match('^%-?[1-9]%d*$') and #value < 17))
  end
  keyAt, at = keyAt + (manyKeys - 32) * 90 + keys - 32, lastArgs[count]
end
if #wrong > 0 then return redis.error_reply('${WRONG_TYPE} ' .. table.concat(wrong, ' ')) end
if not held then return found end
if badNumber then return redis.error_reply('ERR value is not an integer') end

local replies = { 1 }
for i = 1, count do
  local name, key = names[i], KEYS[firstKeys[i]]
  if name == 'DEL' then
    replies[i + 1] = call('DEL', unpack(KEYS, firstKeys[i], (firstKeys[i + 1] or keyAt + 1) - 1))
  else
    replies[i + 1] = call(name, key, unpack(ARGV, firstArgs[i], lastArgs[i]))
  end
  if ttls[i] then call('PEXPIRE', key, ttls[i]) end
end
return replies`

/** Of the letter that stands for a type, or for whether something follows. */
function code(letter: string): number {
  return letter.charCodeAt(0)
}

export const scripts = {
  step: defineScript({
    SCRIPT: STEP,
    parseCommand(parser: CommandParser, guards: readonly Guard[], commands: Spelled[]) {
      const keys = [...guards.map(({ key }) => key), ...commands.flatMap((one) => one.keys)]
      parser.pushKeysLength(keys)
      parser.push(String(guards.length))
      for (const { field, is } of guards) {
        parser.push((field === undefined ? 's' : 'h') + (is === null ? '-' : '='))
        if (field !== undefined) parser.push(field)
        if (is !== null) parser.push(is)
      }
      for (const command of commands) {
        parser.push(markOf(command))
        if (command.ms !== undefined) parser.push(String(command.ms))
        parser.push(...command.args)
      }
    },
    transformReply: (reply: unknown) => reply,
  }),
}

/** What Lua can unpack is less than 8,000. */
const MOST = 7_900

/** The type's letter, whether a time to live follows, how many keys and arguments, each digit as a character, and the name. */
function markOf({ type, keys, args, ms, name }: Spelled): string {
  if (Math.max(args.length, keys.length) > MOST) throw new Error('ERR too many arguments')
  const counts = digits(keys.length) + digits(args.length)
  return `${type[0]}${ms === undefined ? '-' : '.'}${counts}${name}`
}

/** Two digits to the base of 90, from the space on. */
function digits(count: number): string {
  return String.fromCharCode(32 + Math.floor(count / 90), 32 + (count % 90))
}
