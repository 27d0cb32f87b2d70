// Tokens of people who are not there: as many copies of a real one as asked.
import type { Inspector } from './redis.ts'

/** Tokens written in one step of Redis, which answers nobody else meanwhile. */
const FILLED_AT_ONCE = 10_000

/** Adds tokens from number `from` to `to`, as long as a real one, key and value, and with its time to live. */
export async function fillTokens(redis: Inspector, from: number, to: number): Promise<void> {
  const { client } = redis
  const { keys } = await client.scan('0', { MATCH: 'cs:tok:*', COUNT: 10_000 })
  const [key = ''] = keys
  const [value, ms] = await Promise.all([client.get(key), client.pTTL(key)])
  if (!value) throw new Error('there is no token to copy')
  const [, before = '', owner = '', after = ''] = /^(.*\{)(.+)(\}.*)$/.exec(key) ?? []
  const script = `
    for number = ARGV[1], ARGV[2] - 1 do
      local owner = string.format('%0${owner.length}d', number)
      redis.call('SET', ARGV[3] .. owner .. ARGV[4], ARGV[5], 'PX', ARGV[6])
    end`
  await fill(redis, script, from, to, [before, after, value, String(ms)])
}

/** Runs a script for the numbers from ARGV[1] to before ARGV[2], some at a time; `more` are its further arguments. */
export async function fill(
  { client }: Inspector,
  script: string,
  from: number,
  to: number,
  more: string[],
): Promise<void> {
  for (let start = from; start < to; start += FILLED_AT_ONCE) {
    const end = Math.min(to, start + FILLED_AT_ONCE)
    const words = [String(start), String(end), ...more]
    await client.eval(script, { keys: [], arguments: words })
  }
}
