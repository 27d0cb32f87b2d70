// Hand-overs: a link by which somebody else than its owner may give the access that an owner lacks, once.
import { z } from 'zod'
import { randomText } from '../random.ts'
import type { Store } from '../store/store.ts'
import { fingerprint, parseJson } from '../store/stored-text.ts'

/** ms in which a link may be opened and used. */
export const HANDOVER_MS = 15 * 60_000
/** ms more for one that was begun. */
const BEGUN_MS = 10 * 60_000
/** For so long a used or late link is still told apart from one that never was. */
const KNOWN_MS = 24 * 3600_000
/** Of one owner; with a further one the oldest that nobody is approving is forgotten. */
const OPEN_MOST = 20
/** Ids in an owner's list, of which those of forgotten ones stay until they fall out at its end. */
const LISTED_MOST = 100

const handoverSchema = z.object({
  /** Whose access it will be. */
  owner: z.string(),
  vendor: z.string(),
  subject: z.string(),
  /** What goes on when there is access. */
  intent: z.string().optional(),
  /** Who wants it, in words for the person who opens the link. */
  asker: z.string(),
  /** The API token it was asked for with; the link ends with it. */
  token: z.string().optional(),
  /** ms since 1970. */
  at: z.number(),
  state: z.enum(['open', 'begun', 'granted', 'refused']),
  /** The owner of the browser it was begun in; no other may go on with it. */
  by: z.string().optional(),
  /** What that person said for the `vars` of the vendor file. */
  values: z.record(z.string(), z.string()).optional(),
  /** Access that waits until that person confirms it (accounts.ts). */
  choice: z.string().optional(),
})

export type HandoverRecord = z.infer<typeof handoverSchema>

/** `id` is a hash of the link's secret; `text` is what lies in the store. */
export interface Handover extends HandoverRecord {
  id: string
  text: string
}

export function createHandovers(store: Store) {
  const read = (id: string) => readHandover(store, id)

  return {
    /**
     * Gives the secret of the link: 256 random bits, of which only a hash is stored. Undefined while people are
     * approving as many of this owner as there may be.
     */
    async create(
      about: Omit<HandoverRecord, 'at' | 'state' | 'by' | 'choice'>,
    ): Promise<string | undefined> {
      const before = await store.lRange(listOf(about.owner), 0, -1)
      if (!(await forgetSurplus(store, before, OPEN_MOST - 1))) return undefined
      const secret = randomText()
      const id = fingerprint(secret)
      const record: HandoverRecord = { ...about, at: Date.now(), state: 'open' }
      const expiration = { type: 'PX' as const, value: KNOWN_MS }
      await store.set(keyOf(id), JSON.stringify(record), { expiration })
      const [, ids] = await store.step([
        { lPush: listOf(about.owner), value: id, ms: KNOWN_MS },
        { lRange: listOf(about.owner), start: 0, stop: -1 },
        { lTrim: listOf(about.owner), start: 0, stop: LISTED_MOST - 1 },
      ])
      await forgetSurplus(store, ids, OPEN_MOST) // others may have been created at the same time
      return secret
    },

    read,

    find: (secret: string): Promise<Handover | undefined> => read(fingerprint(secret)),

    /** Undefined when somebody else has changed it since it was read. */
    async change(
      { id, text, ...before }: Handover,
      change: Partial<HandoverRecord>,
    ): Promise<Handover | undefined> {
      const record = { ...before, ...change }
      const next = JSON.stringify(record)
      const ms = Math.max(1, before.at + KNOWN_MS - Date.now())
      const set = { set: keyOf(id), value: next, ms }
      const { done } = await store.stepIf([{ key: keyOf(id), is: text }], [set])
      return done ? { ...record, id, text: next } : undefined
    },

    async forgetAll(owner: string): Promise<void> {
      const ids = await store.lRange(listOf(owner), 0, -1)
      if (ids.length > 0) await store.del(ids.map(keyOf))
    },
  }
}

async function readHandover(store: Store, id: string): Promise<Handover | undefined> {
  const text = await store.get(keyOf(id))
  const { data } = handoverSchema.safeParse(parseJson(text))
  return data && text !== null ? { ...data, id, text } : undefined
}

/** Forgets all but `most` of them, over ones first and then the oldest. False when people are approving more than that. */
async function forgetSurplus(store: Store, ids: string[], most: number): Promise<boolean> {
  if (ids.length <= most) return true
  const read = await Promise.all(ids.map((id) => readHandover(store, id)))
  const known = read.filter((one) => one !== undefined)
  const surplus = Math.max(0, known.length - most)
  const oldestFirst = known.filter((one) => !isBeingApproved(one)).reverse()
  const forgotten = [...oldestFirst.filter(isOver), ...oldestFirst.filter((one) => !isOver(one))]
    .slice(0, surplus)
    .map(({ id }) => keyOf(id))
  if (forgotten.length > 0) await store.del(forgotten)
  return forgotten.length === surplus
}

/** Once begun it may be finished later: a vendor's pages take their time. */
export function isLate({ at, state }: Pick<HandoverRecord, 'at' | 'state'>): boolean {
  return Date.now() - at > HANDOVER_MS + (state === 'begun' ? BEGUN_MS : 0)
}

function isOver(handover: HandoverRecord): boolean {
  return handover.state === 'granted' || handover.state === 'refused' || isLate(handover)
}

function isBeingApproved(handover: HandoverRecord): boolean {
  return handover.state === 'begun' && !isLate(handover)
}

function keyOf(id: string): string {
  return `handover:${id}`
}

function listOf(owner: string): string {
  return `handovers:{${owner}}`
}
