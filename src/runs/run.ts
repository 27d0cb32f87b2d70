// A run and its items, as they lie in the store: the words, the shapes, and what one may be asked to do.
import { z } from 'zod'
import type { TokenKey } from '../access/token-key.ts'
import { formatSubject } from '../access/token-key.ts'
import { parseJson } from '../store/stored-text.ts'
import { resultSchema } from '../sync/intent.ts'
import type { Vendor } from '../vendors/vendor.ts'

export const MOST_ITEMS = 10_000
export const RUNS_MOST = 3
/** Drafts one person may have; with a further one the oldest goes. */
export const DRAFTS_MOST = 10
/** ms without a sign of its runner after which a run counts as interrupted. */
const SILENT_MS = 20_000
/** Characters of a campaign's name that a run keeps. */
const NAME_LENGTH = 120

const count = z.coerce.number().int().min(0)

const causeSchema = z.object({
  result: resultSchema,
  count: z.number(),
  names: z.array(z.string()),
})
export type Cause = z.infer<typeof causeSchema>

/** What was chosen, told before the run starts. The counts are of what goes; `leftOut` names the first of each reason. */
const choiceSchema = z.object({
  counts: z.object({
    new: z.number(),
    changed: z.number(),
    attention: z.number(),
    unchanged: z.number(),
    unsure: z.number(),
  }),
  leftOut: z.array(
    z.object({
      because: z.enum(['unchanged', 'incomplete']),
      message: z.string().optional(),
      count: z.number(),
      campaigns: z.array(z.object({ id: z.string(), name: z.string() })),
    }),
  ),
  /** The list's filter, where the run is for all that matched it. */
  filter: z.record(z.string(), z.string()).optional(),
  /** Who made it, where people sign in. */
  by: z.string().optional(),
})
export type Choice = z.infer<typeof choiceSchema>

export const runSchema = z.object({
  id: z.string(),
  owner: z.string(),
  vendor: z.string(),
  title: z.string(),
  /** draft: not confirmed. paused: needs access. stopping: the runner has not yet seen the stop. stopped: by a person or failures. */
  state: z.enum(['draft', 'running', 'stopping', 'paused', 'stopped', 'done']),
  /** Why it is paused or stopped. busy: there is access, and too many other runs of this person are under way. approval: what is left needs a second person. */
  reason: z
    .enum(['access', 'busy', 'denied', 'refused', 'asked', 'failures', 'retry', 'approval'])
    .optional()
    .catch(undefined),
  total: count,
  left: count,
  sent: count,
  failed: count,
  skipped: count,
  unknown: count,
  /** Rises with each runner: a write with an older fencing token is refused. */
  fence: count,
  /** Rises when it is started, and when a running one is to stop: the queue's `attempt`. One may have several runners. */
  leg: count,
  /** ms since 1970, as all times here. */
  createdAt: count,
  startedAt: count.optional(),
  endedAt: count.optional(),
  beatAt: count.catch(0),
  /** ms of the earlier attempts; when the present one began, and with how many left. */
  workedMs: count.catch(0),
  legAt: count.catch(0),
  legLeft: count.catch(0),
  now: count.optional(),
  waitUntil: count.optional(),
  accessEndsAt: count.optional(),
  account: z.string().optional(),
  /** Who made it, where people sign in. */
  person: z.string().optional(),
  choice: z.preprocess((text) => parseJson(String(text)), choiceSchema.optional()).catch(undefined),
  /** Why items failed or are unknown, the most frequent first; written when an attempt ends. */
  causes: z.preprocess((text) => parseJson(String(text)), z.array(causeSchema)).catch([]),
})

export type Run = z.infer<typeof runSchema>
export const RUN_FIELDS = runSchema.keyof().exclude(['id']).options

export const itemSchema = z.object({
  campaign: z.string(),
  name: z.string(),
  /** sending: about to be sent, or sent and the response not yet written down; it counts as left. */
  state: z.enum(['left', 'sending', 'sent', 'failed', 'skipped', 'unknown']),
  /** One per attempt that ended, oldest first, the last five. */
  results: z.array(resultSchema).default([]),
  /** Hash of what was sent last; a key belongs to one content (item-states.ts). */
  content: z.string().optional(),
  /** Idempotency-Key, where it is not `<run>-<index>`. */
  key: z.string().optional(),
  /** The campaign as it was sent, kept until its end is known. */
  sent: z.record(z.string(), z.unknown()).optional(),
  /** An earlier request may have been applied, and no believable response came. */
  uncertain: z.boolean().optional(),
  /** When that was noted without a result, ms since 1970. */
  lostAt: z.number().optional(),
})

export type Item = z.infer<typeof itemSchema>
export type Counter = 'left' | 'sent' | 'failed' | 'skipped' | 'unknown'

/** An item with its index in the run, and the text in the store that a write has to find there still. */
export interface StoredItem {
  index: number
  text: string
  item: Item
}

/** Where a state counts: what is being sent is not sent yet. */
export function counterOf(state: Item['state']): Counter {
  return state === 'sending' ? 'left' : state
}

export function itemId(run: string, index: number): string {
  return `${run}-${index}`
}

/** Idempotency-Key of an item's next request: the same in every attempt and process while its end is not known. */
export function itemKey(run: string, { index, item }: Pick<StoredItem, 'index' | 'item'>): string {
  return item.key ?? itemId(run, index)
}

export function isUnderWay({ state }: Pick<Run, 'state'>): boolean {
  return state === 'running' || state === 'stopping'
}

export function isInterrupted(run: Run, now = Date.now()): boolean {
  return isUnderWay(run) && now - run.beatAt > SILENT_MS
}

export function mayStart(run: Run): boolean {
  return (['draft', 'paused', 'stopped'].includes(run.state) && run.left > 0) || isInterrupted(run)
}

/** The token of a run: one for all its items, and for no other run. */
export function runTokenKey({ id, owner }: Pick<Run, 'id' | 'owner'>, vendor: Vendor): TokenKey {
  return { owner, vendor, subject: formatSubject({ kind: 'run', id }) }
}

/** Items to be changed: each has to be found as it was stored. */
export interface ItemChange {
  stored: StoredItem
  to: Item
}

/** Fields of a run's head; undefined empties one. */
export type RunHead = { [name in keyof Run]?: string | number | undefined }

export function field(index: number): string {
  return `i:${index}`
}

/** A campaign's name as a run keeps it, cut between characters. */
export function shortName(name: string, most = NAME_LENGTH): string {
  return [...name].slice(0, most).join('')
}

export function fresh(campaign: string, name: string): string {
  return JSON.stringify({
    campaign,
    name: shortName(name),
    state: 'left',
    results: [],
  } satisfies Item)
}

export function texts(head: RunHead): Record<string, string> {
  return Object.fromEntries(
    Object.entries(head).map(([name, value]) => [name, String(value ?? '')]),
  )
}
