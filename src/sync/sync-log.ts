// The sync log: per vendor and campaign the last twenty results, and an index of how each campaign stands now.
import { z } from 'zod'
import type { Campaign } from '../campaigns/campaign.ts'
import type { Command, Guard, Store } from '../store/store.ts'
import { parseJson } from '../store/stored-text.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { type Intent, resultOf, resultSchema } from './intent.ts'
import {
  acceptedDetail,
  acceptedDetailKey,
  acceptedFields,
  acceptedKey,
  createAcceptedReader,
} from './links.ts'

const KEPT = 20
const keyOf = (vendor: string, campaign: string) => `log:${vendor}:${campaign}`
const indexOf = (vendor: string) => `log:${vendor}`

const entrySchema = resultSchema.extend({
  intent: z.string(),
  /** Who wanted it, where people sign in. */
  person: z.string().optional(),
})
export type LogEntry = z.infer<typeof entrySchema>

/** What the index knows of a last result: enough for a list, and for `statusOf`. */
export const OUTCOMES = ['failed', 'unknown', 'sent', 'partly'] as const
export type Outcome = (typeof OUTCOMES)[number]
export interface Standing {
  kind: Outcome
  at: number
  /** Hash of what the vendor last accepted; missing where that is not known. */
  accepted?: string
}

/**
 * The index is one sorted set a vendor. A campaign's score is its outcome's band plus the time, so that one atomic
 * write keeps both, and a range of scores is "all that failed, oldest first". The order of OUTCOMES is stored.
 */
const BAND = 1e14

/** Of an intent or an item of a run. */
export interface Settled {
  id: string
  campaign: string
  result: z.infer<typeof resultSchema>
  content?: string | undefined
  person?: string | undefined
  /** What was sent, where that is known. */
  sent?: { vendor: Vendor; campaign: Campaign } | undefined
}

export type SyncLog = ReturnType<typeof createSyncLog>

/** What the vendor had accepted of each campaign before, by its hash. */
export type OnSettled = (
  vendor: string,
  settled: readonly Settled[],
  before: (string | null)[],
) => Promise<void>

/** `onSettled`: awaited after results were added; it does not reject. */
export function createSyncLog(store: Store, onSettled?: OnSettled) {
  async function acceptedBefore(vendor: string, settled: readonly Settled[]) {
    const campaigns = settled.map(({ campaign }) => campaign)
    return store.hMGet(acceptedKey(vendor), campaigns)
  }

  async function addAll(vendor: string, settled: readonly Settled[]): Promise<void> {
    const before = onSettled && (await acceptedBefore(vendor, settled).catch(() => []))
    const commands = commandsOf(vendor, settled)
    await cut(commands, await store.batch(commands))
    if (onSettled && before) await onSettled(vendor, settled, before)
  }

  /** Now and then the lines beyond twenty go. `replies`: to the commands, whose first ones they are. */
  async function cut(commands: readonly Command[], replies: readonly unknown[]): Promise<void> {
    const cuts = commands.flatMap((command, index) =>
      'lPush' in command && Number(replies[index]) >= 2 * KEPT
        ? [{ lTrim: command.lPush, start: 0, stop: KEPT - 1 }]
        : [],
    )
    if (cuts.length > 0) await store.batch(cuts)
  }

  return {
    /** Adds the result of a settled intent, if it has one. */
    async add(intent: Intent, sent?: Settled['sent']): Promise<void> {
      const settled = settledOf(intent, sent)
      if (settled.length > 0) await addAll(intent.vendor, settled)
    },

    addAll,

    /** Whether `addInStep` can be used: one server has all keys, and nothing is awaited after a result was added. */
    isInStep: !store.isSpread && !onSettled,

    /** Does `commands` and adds the result of the intent, if `guards` hold, as `stepIf` does. */
    async addInStep(
      guards: readonly Guard[],
      commands: readonly Command[],
      intent: Intent,
      sent?: Settled['sent'],
    ) {
      const own = commandsOf(intent.vendor, settledOf(intent, sent))
      const step = await store.stepIf(guards, [...own, ...commands])
      if (step.done) await cut(own, step.replies).catch(() => {}) // the next one does
      return step
    },

    ...createLogReader(store),
  }
}

function settledOf(intent: Intent, sent: Settled['sent']): Settled[] {
  const { id, campaign, content, person } = intent
  const result = resultOf(intent)
  return result ? [{ id, campaign, result, content, person, sent }] : []
}

/** The lines, and how the campaigns stand now. */
function commandsOf(vendor: string, settled: readonly Settled[]): Command[] {
  const lines = settled.map(({ id, campaign, result, person }) => {
    const entry: LogEntry = { ...result, intent: id, ...(person !== undefined && { person }) }
    return { lPush: keyOf(vendor, campaign), value: JSON.stringify(entry) }
  })
  return [...lines, ...standingOfAll(vendor, settled)]
}

function createLogReader(store: Store) {
  return {
    /** The newest first, at most `most`. Lines that cannot be read are left out. */
    async read(vendor: string, campaign: string, most = KEPT): Promise<LogEntry[]> {
      const lines = await store.lRange(keyOf(vendor, campaign), 0, most - 1)
      return lines.flatMap((line) => entrySchema.safeParse(parseJson(line)).data ?? [])
    },

    accepted: createAcceptedReader(store),

    async standings(vendor: string, campaigns: string[]): Promise<(Standing | undefined)[]> {
      if (campaigns.length === 0) return []
      const [scores, hashes] = await store.batch([
        { zmScore: indexOf(vendor), members: campaigns },
        { hMGet: acceptedKey(vendor), fields: campaigns },
      ])
      return scores.map((score, index) => {
        const accepted = hashes[index]
        return score === null ? undefined : { ...standingOf(score), ...(accepted && { accepted }) }
      })
    },

    /** The campaigns whose last result is one of `outcomes`, the newest first. Reads those and no other. */
    async having(
      vendor: string,
      outcomes: readonly Outcome[] = OUTCOMES,
    ): Promise<Map<string, Standing>> {
      const ranges = bandsOf(outcomes).map(([least, most]) =>
        store.zRangeByScoreWithScores(indexOf(vendor), least, most),
      )
      const found = (await Promise.all(ranges)).flat()
      const standing = found.map(({ value, score }) => [value, standingOf(score)] as const)
      return new Map(standing.sort(([, a], [, b]) => b.at - a.at))
    },
  }
}

/** The index and the accepted hashes. What was never sent leaves both as they are: it says nothing of the vendor. */
function standingOfAll(vendor: string, settled: readonly Settled[]): Command[] {
  const sent = settled.filter(({ result: { kind } }) => kind !== 'incomplete' && kind !== 'busy')
  const members = sent.map(({ campaign: value, result }) => ({ value, score: scoreOf(result) }))
  const accepted = sent.filter(({ result }) => result.kind === 'sent')
  const hashes = accepted.map(({ campaign, content = '' }) => [campaign, content])
  return [
    ...(members.length > 0 ? [{ zAdd: indexOf(vendor), members }] : []),
    ...(hashes.length > 0
      ? [{ hSet: acceptedKey(vendor), fields: acceptedFields(Object.fromEntries(hashes)) }]
      : []),
    ...detailsOf(vendor, accepted),
  ]
}

/** Which fields were accepted, so that a preview can name those that differ. */
function detailsOf(vendor: string, accepted: readonly Settled[]): Command[] {
  const details = accepted.flatMap(({ campaign, content, sent }) =>
    sent && content !== undefined
      ? [[campaign, acceptedDetail(content, sent.vendor, sent.campaign)]]
      : [],
  )
  if (details.length === 0) return []
  return [{ hSet: acceptedDetailKey(vendor), fields: Object.fromEntries(details) }]
}

function scoreOf({ kind, at }: Pick<LogEntry, 'kind' | 'at'>): number {
  return OUTCOMES.indexOf(outcomeOf(kind)) * BAND + at
}

/** Several objects that could be it: nobody knows whether it is there. */
function outcomeOf(kind: LogEntry['kind']): Outcome {
  if (kind === 'ambiguous') return 'unknown'
  return OUTCOMES.find((one) => one === kind) ?? 'failed'
}

function standingOf(score: number): Standing {
  return { kind: OUTCOMES[Math.floor(score / BAND)] ?? 'unknown', at: score % BAND }
}

/** The scores of these outcomes; bands that lie side by side are one range. */
function bandsOf(outcomes: readonly Outcome[]): [least: number, most: number][] {
  const bands: [number, number][] = []
  for (const index of outcomes.map((one) => OUTCOMES.indexOf(one)).sort((a, b) => a - b)) {
    const last = bands.at(-1)
    if (last && last[1] === index * BAND - 1) last[1] += BAND
    else bands.push([index * BAND, (index + 1) * BAND - 1])
  }
  return bands
}
