// A step on Redis: one script, which looks at everything first, so that nothing can fail halfway.
import { type CommandParser, defineScript } from 'redis'
import { type Spelled, type StepOutcome, WRONG_TYPE } from '../step.ts'
import type { Guard } from '../store.ts'

/**
 * Arguments: the number of guards; for each `=field` or nothing, then `=value` or nothing (absent). The number of
 * commands; for each the type of its keys, ms to live or nothing, how many keys and further arguments, its name, and
 * these. Gives 1 and the replies, or 0 and what was found. A Redis that is full refuses the first command that
 * needs memory; after a command that frees some it runs the script to its end.
 */
export const step = defineScript({
  SCRIPT: `local at, keyAt, wrong, types = 0, 0, {}, {}
    local function take()
      at = at + 1
      return ARGV[at]
    end
    local function takeKey(kind)
      keyAt = keyAt + 1
      local key = KEYS[keyAt]
      if kind ~= 'any' then
        types[key] = types[key] or redis.call('TYPE', key).ok
        if types[key] ~= 'none' and types[key] ~= kind then wrong[#wrong + 1] = keyAt end
      end
      return key
    end

    local guards, calls = {}, {}
    for i = 1, tonumber(take()) do
      local field, is = take(), take()
      guards[i] = { key = takeKey(field == '' and 'string' or 'hash'), field = field, is = is }
    end
    for i = 1, tonumber(take()) do
      local kind, ms, keys, rest = take(), take(), tonumber(take()), tonumber(take())
      local call = { take(), ms = ms }
      for k = 1, keys do call[1 + k] = takeKey(kind) end
      for k = 1, rest do call[1 + keys + k] = take() end
      calls[i] = call
    end
    if #wrong > 0 then return redis.error_reply('${WRONG_TYPE} ' .. table.concat(wrong, ' ')) end

    local found, held = { 0 }, true
    for i, guard in ipairs(guards) do
      local value
      if guard.field == '' then value = redis.call('GET', guard.key)
      else value = redis.call('HGET', guard.key, guard.field:sub(2)) end
      found[i + 1] = value
      if guard.is ~= (value and '=' .. value or '') then held = false end
    end
    if not held then return found end

    for _, call in ipairs(calls) do
      local value = false
      if call[1] == 'INCRBY' then value = redis.call('GET', call[2])
      elseif call[1] == 'HINCRBY' then value = redis.call('HGET', call[2], call[3]) end
      if value and value ~= '0' and not (value:match('^%-?[1-9]%d*$') and #value < 17) then
        return redis.error_reply('ERR value is not an integer')
      end
    end

    local replies = { 1 }
    for i, call in ipairs(calls) do
      replies[i + 1] = redis.call(unpack(call))
      if call.ms ~= '' then redis.call('PEXPIRE', call[2], call.ms) end
    end
    return replies`,

  parseCommand(parser: CommandParser, guards: readonly Guard[], commands: Spelled[]) {
    parser.pushKeysLength([
      ...guards.map(({ key }) => key),
      ...commands.flatMap(({ keys }) => keys),
    ])
    parser.push(String(guards.length))
    for (const { field, is } of guards)
      parser.push(field === undefined ? '' : `=${field}`, is === null ? '' : `=${is}`)
    parser.push(String(commands.length))
    for (const { kind, ms, keys, args, name } of commands)
      parser.push(kind, String(ms ?? ''), String(keys.length), String(args.length), name, ...args)
  },

  transformReply: (reply: unknown) => reply,
})

/** @throws Error when this is no reply of the script */
export function readStepOutcome(reply: unknown, commands: Spelled[]): StepOutcome {
  if (!Array.isArray(reply)) throw new Error('the store gave an answer that is none')
  const [done, ...values]: unknown[] = reply
  if (done !== 1) return { done: false, found: values }
  const replies = commands.map(({ name }, index) =>
    name === 'HGETALL' ? toFields(values[index]) : values[index],
  )
  return { done: true, replies }
}

/** A script gives a hash as a list of fields and values. */
function toFields(reply: unknown): unknown {
  if (!Array.isArray(reply)) return reply
  const pairs = reply.flatMap((field, index) =>
    index % 2 === 0 ? [[field, reply[index + 1]]] : [],
  )
  return Object.fromEntries(pairs)
}
