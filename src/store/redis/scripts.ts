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
 * Arguments of the script: the number of guards, and for each `=field` or '', then `=value` or '' (absent). Then for each
 * command the type of its keys, how many keys and how many further arguments it has, its time to live or '' and its name
 * as one word, and these arguments. It returns 1 and the replies, or 0 and what was found.
 *
 * A script is not rolled back, so everything that can fail is checked before the first write. A Redis that is full
 * refuses the first command that needs memory, unless one has run before that frees some: then the script runs to
 * its end.
 */
const STEP = `local at, keyAt, wrong, types = 0, 0, {}, {}
local function take()
  at = at + 1
  return ARGV[at]
end
local function takeKey(expected)
  keyAt = keyAt + 1
  local key = KEYS[keyAt]
  if expected ~= 'any' then
    types[key] = types[key] or redis.call('TYPE', key).ok
    if types[key] ~= 'none' and types[key] ~= expected then wrong[#wrong + 1] = keyAt end
  end
  return key
end

local guards, calls = {}, {}
for i = 1, tonumber(take()) do
  local field, is = take(), take()
  guards[i] = { key = takeKey(field == '' and 'string' or 'hash'), field = field, is = is }
end
while at < #ARGV do
  local expected, keys, rest, ms, name = take():match('^(%a+) (%d+) (%d+) (%d*) (%a+)$')
  keys, rest = tonumber(keys), tonumber(rest)
  local call = { name, ms = ms }
  for k = 1, keys do call[1 + k] = takeKey(expected) end
  for k = 1, rest do call[1 + keys + k] = take() end
  calls[#calls + 1] = call
end
if #wrong > 0 then return redis.error_reply('${WRONG_TYPE} ' .. table.concat(wrong, ' ')) end

local function hashValue(key, field) return redis.call('HMGET', key, field)[1] end

local found, held = { 0 }, true
for i, guard in ipairs(guards) do
  local value
  if guard.field == '' then value = redis.call('GET', guard.key)
  else value = hashValue(guard.key, guard.field:sub(2)) end
  found[i + 1] = value
  if guard.is ~= (value and '=' .. value or '') then held = false end
end
if not held then return found end

for _, call in ipairs(calls) do
  local value = false
  if call[1] == 'INCRBY' then value = redis.call('GET', call[2])
  elseif call[1] == 'HINCRBY' then value = hashValue(call[2], call[3]) end
  if value and value ~= '0' and not (value:match('^%-?[1-9]%d*$') and #value < 17) then
    return redis.error_reply('ERR value is not an integer')
  end
end

local replies = { 1 }
for i, call in ipairs(calls) do
  replies[i + 1] = redis.call(unpack(call))
  if call.ms ~= '' then redis.call('PEXPIRE', call[2], call.ms) end
end
return replies`

export const scripts = {
  step: defineScript({
    SCRIPT: STEP,
    parseCommand(parser: CommandParser, guards: readonly Guard[], commands: Spelled[]) {
      const keys = [...guards.map(({ key }) => key), ...commands.flatMap((one) => one.keys)]
      parser.pushKeysLength(keys)
      parser.push(String(guards.length))
      for (const { field, is } of guards)
        parser.push(field === undefined ? '' : `=${field}`, is === null ? '' : `=${is}`)
      for (const { type, keys, args, ms = '', name } of commands)
        parser.push(`${type} ${keys.length} ${args.length} ${ms} ${name}`, ...args)
    },
    transformReply: (reply: unknown) => reply,
  }),
}
