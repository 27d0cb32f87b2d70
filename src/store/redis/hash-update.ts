// The guarded change of one hash as a script: Redis runs it whole, or not at all when something is not as expected.
import { type CommandParser, defineScript } from 'redis'
import type { HashUpdate } from '../store.ts'

/** Arguments: for each of expect, set and add the number of pairs, then the pairs. */
export const hUpdate = defineScript({
  SCRIPT: `local at = 1
    local function pairsOf(visit)
      local last = at + 2 * tonumber(ARGV[at])
      for i = at + 1, last, 2 do
        if visit(ARGV[i], ARGV[i + 1]) == false then return false end
      end
      at = last + 1
      return true
    end
    local held = pairsOf(function(field, value) return redis.call('HGET', KEYS[1], field) == value end)
    if not held then return 0 end
    pairsOf(function(field, value) redis.call('HSET', KEYS[1], field, value) end)
    pairsOf(function(field, value) redis.call('HINCRBY', KEYS[1], field, value) end)
    return 1`,
  NUMBER_OF_KEYS: 1,
  parseCommand(
    parser: CommandParser,
    key: string,
    { expect = {}, set = {}, add = {} }: HashUpdate,
  ) {
    parser.pushKey(key)
    for (const part of [expect, set, add]) {
      const pairs = Object.entries(part)
      parser.push(String(pairs.length))
      for (const [field, value] of pairs) parser.push(field, String(value))
    }
  },
  transformReply: Number,
})
