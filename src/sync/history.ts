// The sync log: per vendor and campaign the last twenty results, for people to read.
import { z } from 'zod'
import { type Intent, resultSchema } from '../session/intents.ts'
import { parseJson } from '../store/json.ts'
import type { Store } from '../store/store.ts'

const KEPT = 20

const entrySchema = resultSchema.extend({ intent: z.string() })
/** One line of the log: the result and the intent it belongs to. */
export type LogEntry = z.infer<typeof entrySchema>

export type History = ReturnType<typeof createHistory>

export function createHistory(store: Store) {
  const keyOf = (vendor: string, campaign: string) => `log:${vendor}:${campaign}`
  return {
    /** Adds a settled intent's result; the oldest beyond twenty goes. */
    async add({ id, vendor, campaign, result }: Intent): Promise<void> {
      if (!result) return
      const key = keyOf(vendor, campaign)
      const entry: LogEntry = { ...result, intent: id }
      await Promise.all([store.lPush(key, JSON.stringify(entry)), store.lTrim(key, 0, KEPT - 1)])
    },

    /** The newest first, at most `most`. Lines that cannot be read are left out. */
    async read(vendor: string, campaign: string, most = KEPT): Promise<LogEntry[]> {
      const lines = await store.lRange(keyOf(vendor, campaign), 0, most - 1)
      return lines.flatMap((line) => entrySchema.safeParse(parseJson(line)).data ?? [])
    },
  }
}
