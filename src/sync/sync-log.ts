// The sync log: per vendor and campaign the last twenty results, and an index of how each campaign stands now.
import { z } from 'zod'
import { parseJson } from '../store/json.ts'
import type { Store } from '../store/store.ts'
import { type Intent, resultOf, resultSchema } from './intent.ts'

const KEPT = 20

const entrySchema = resultSchema.extend({ intent: z.string() })
/** One line of the log: the result and the intent it belongs to. */
export type LogEntry = z.infer<typeof entrySchema>

/** What the index knows of a last result: enough for a list, and for `statusOf`. */
export const OUTCOMES = ['failed', 'unknown', 'sent'] as const
export type Outcome = (typeof OUTCOMES)[number]
export interface Standing {
  kind: Outcome
  /** ms since 1970. */
  at: number
}

/**
 * The index is one sorted set a vendor. A campaign's score is its outcome's band plus the time, so that one atomic
 * write keeps both, and a range of scores is "all that failed, oldest first".
 */
const BAND = 1e14

/** How an intent or an item of a run ended; `id` is its key. */
export interface Settled {
  id: string
  campaign: string
  result: z.infer<typeof resultSchema>
}

export type SyncLog = ReturnType<typeof createSyncLog>

export function createSyncLog(store: Store) {
  const keyOf = (vendor: string, campaign: string) => `log:${vendor}:${campaign}`
  const indexOf = (vendor: string) => `log:${vendor}`

  /** Adds results at one vendor: those of a run that ended together. */
  async function addAll(vendor: string, settled: readonly Settled[]): Promise<void> {
    const scores = settled.map(({ campaign, result }) => ({
      value: campaign,
      score: scoreOf(result),
    }))
    const lines = settled.map(({ id, campaign, result }) => {
      const entry: LogEntry = { ...result, intent: id }
      return { lPush: keyOf(vendor, campaign), value: JSON.stringify(entry) }
    })
    const [, ...lengths] = await store.batch([
      { zAdd: indexOf(vendor), members: scores },
      ...lines,
    ] as const)
    const long = lines.filter((_, index) => Number(lengths[index]) >= 2 * KEPT)
    if (long.length === 0) return
    await store.batch(long.map(({ lPush }) => ({ lTrim: lPush, start: 0, stop: KEPT - 1 })))
  }

  return {
    /** Adds the result of a settled intent, if it has one; now and then those beyond twenty go. */
    async add(intent: Intent): Promise<void> {
      const { id, vendor, campaign } = intent
      const result = resultOf(intent)
      if (result) await addAll(vendor, [{ id, campaign, result }])
    },

    addAll,

    /** The newest first, at most `most`. Lines that cannot be read are left out. */
    async read(vendor: string, campaign: string, most = KEPT): Promise<LogEntry[]> {
      const lines = await store.lRange(keyOf(vendor, campaign), 0, most - 1)
      return lines.flatMap((line) => entrySchema.safeParse(parseJson(line)).data ?? [])
    },

    /** How these campaigns stand, in their order; undefined for one that was never synced. One command. */
    async standings(vendor: string, campaigns: string[]): Promise<(Standing | undefined)[]> {
      if (campaigns.length === 0) return []
      const scores = await store.zmScore(indexOf(vendor), campaigns)
      return scores.map((score) => (score === null ? undefined : standingOf(score)))
    },

    /** The campaigns whose last result is one of `outcomes`, the newest first. Reads those and no other. */
    async having(
      vendor: string,
      outcomes: readonly Outcome[] = OUTCOMES,
    ): Promise<Map<string, Standing>> {
      const ranges = outcomes.map((outcome) => {
        const least = OUTCOMES.indexOf(outcome) * BAND
        return store.zRangeByScoreWithScores(indexOf(vendor), least, least + BAND - 1)
      })
      const found = (await Promise.all(ranges)).flat()
      const standing = found.map(({ value, score }) => [value, standingOf(score)] as const)
      return new Map(standing.sort(([, a], [, b]) => b.at - a.at))
    },
  }
}

function scoreOf({ kind, at }: Pick<LogEntry, 'kind' | 'at'>): number {
  const outcome: Outcome = kind === 'sent' || kind === 'unknown' ? kind : 'failed'
  return OUTCOMES.indexOf(outcome) * BAND + at
}

function standingOf(score: number): Standing {
  return { kind: OUTCOMES[Math.floor(score / BAND)] ?? 'unknown', at: score % BAND }
}
