// What has to happen whole or not at all, as scripts. The keys of one lie in one slot of a cluster.
import { type CommandParser, defineScript } from 'redis'
import { hUpdate } from './hash-update.ts'
import { step } from './step-script.ts'

export const scripts = {
  step,
  hUpdate,
  /** A command, and the key's end after it: a process that dies between two of them would leave a key for ever. */
  thenExpire: defineScript({
    SCRIPT: `local answer = redis.call(ARGV[2], KEYS[1], unpack(ARGV, 3))
      redis.call('EXPIRE', KEYS[1], ARGV[1])
      return answer`,
    NUMBER_OF_KEYS: 1,
    parseCommand(
      parser: CommandParser,
      key: string,
      seconds: number,
      command: string,
      ...rest: string[]
    ) {
      parser.pushKey(key)
      parser.push(String(seconds), command, ...rest)
    },
    transformReply: Number,
  }),
  compareAndDelete: defineScript({
    SCRIPT: `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
      return redis.call('DEL', KEYS[1])`,
    NUMBER_OF_KEYS: 1,
    parseCommand(parser, key: string, expected: string) {
      parser.pushKey(key)
      parser.push(expected)
    },
    transformReply: Number,
  }),
  compareAndSet: defineScript({
    SCRIPT: `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
      redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
      return 1`,
    NUMBER_OF_KEYS: 1,
    parseCommand(parser, key: string, expected: string, value: string, ttlMs: number) {
      parser.pushKey(key)
      parser.push(expected, value, String(ttlMs))
    },
    transformReply: Number,
  }),
  /** A refused SET (memory is full) ends the script before anything is released. */
  setAndRelease: defineScript({
    SCRIPT: `redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
      if redis.call('GET', KEYS[2]) ~= ARGV[3] then return 0 end
      return redis.call('DEL', KEYS[2])`,
    NUMBER_OF_KEYS: 2,
    parseCommand(
      parser,
      key: string,
      value: string,
      seconds: number,
      other: string,
      expected: string,
    ) {
      parser.pushKey(key)
      parser.pushKey(other)
      parser.push(value, String(seconds), expected)
    },
    transformReply: Number,
  }),
}
