// What Redis says of itself: commands by kind, bytes of all keys, keys by their first word.
import { createClient } from 'redis'

/** Our own questions. */
const OURS = new Set(['info', 'scan', 'dbsize'])
const PAGE = 1_000

export type Inspector = Awaited<ReturnType<typeof inspect>>

export async function inspect(url: string) {
  const client = await createClient({ url }).connect()
  return {
    client,

    /** Calls of each command since Redis started. */
    async calls(): Promise<Record<string, number>> {
      const lines = (await client.info('commandstats')).matchAll(/cmdstat_([^:]+):calls=(\d+)/g)
      const all = [...lines].map(([, name = '', calls]) => [name, Number(calls)] as const)
      return Object.fromEntries(all.filter(([name]) => !OURS.has(name)))
    },

    /** Of all keys, their values and what Redis adds to them. */
    async bytes(): Promise<number> {
      let bytes = 0
      for await (const keys of client.scanIterator({ COUNT: PAGE }))
        for (const size of await Promise.all(keys.map((key) => client.memoryUsage(key))))
          bytes += size ?? 0
      return bytes
    },

    /** How many keys there are of each kind: `tok`, `sess` … */
    async kinds(): Promise<Record<string, number>> {
      const kinds: Record<string, number> = {}
      for await (const keys of client.scanIterator({ COUNT: PAGE }))
        for (const key of keys) {
          const kind = /^(?:cs:)?\{?([\w-]+)/.exec(key)?.[1] ?? key
          kinds[kind] = (kinds[kind] ?? 0) + 1
        }
      return kinds
    },

    /** MB of memory Redis uses for its data. */
    async usedMb(): Promise<number> {
      return Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]) / 2 ** 20
    },
  }
}

/** Calls of each command for one operation, the rare ones left out. */
export function callsEach(
  before: Record<string, number>,
  after: Record<string, number>,
  operations: number,
) {
  const each = Object.entries(after).map(
    ([name, calls]) => [name, (calls - (before[name] ?? 0)) / operations] as const,
  )
  return Object.fromEntries(each.filter(([, calls]) => calls > 0.01))
}
