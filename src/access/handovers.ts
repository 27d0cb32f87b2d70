// Hand-overs: a link by which somebody else than its owner may give the access that an owner lacks, once.
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Store } from '../store/store.ts'
import { fingerprint, parseJson } from '../store/stored-text.ts'

/** ms in which a link may be opened and used. */
export const HANDOVER_MS = 15 * 60_000
/** ms more for one that was begun. */
const BEGUN_MS = 10 * 60_000
/** For so long a used or late link is still told apart from one that never was. */
const KNOWN_MS = 24 * 3600_000
/** Of one owner; with a further one the oldest is forgotten. */
const OPEN_MOST = 20

const handoverSchema = z.object({
  /** Whose access it will be. */
  owner: z.string(),
  vendor: z.string(),
  /** As `formatSubject` writes it. */
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
  async function read(id: string): Promise<Handover | undefined> {
    const text = await store.get(keyOf(id))
    const { data } = handoverSchema.safeParse(parseJson(text))
    return data && text !== null ? { ...data, id, text } : undefined
  }

  /** The oldest beyond the most that one owner may have. */
  async function dropOldest(owner: string): Promise<void> {
    const list = listOf(owner)
    const [surplus] = await store.step([
      { lRange: list, start: OPEN_MOST, stop: -1 },
      { lTrim: list, start: 0, stop: OPEN_MOST - 1 },
    ])
    if (surplus.length > 0) await store.del(surplus.map(keyOf))
  }

  return {
    /** Gives the secret of the link: 256 random bits, of which only a hash is stored. */
    async create(about: Omit<HandoverRecord, 'at' | 'state' | 'by' | 'choice'>): Promise<string> {
      const secret = randomBytes(32).toString('base64url')
      const id = fingerprint(secret)
      const record: HandoverRecord = { ...about, at: Date.now(), state: 'open' }
      const expiration = { type: 'PX' as const, value: KNOWN_MS }
      await store.set(keyOf(id), JSON.stringify(record), { expiration })
      await store.lPush(listOf(about.owner), id, KNOWN_MS / 1000)
      await dropOldest(about.owner)
      return secret
    },

    read,

    find: (secret: string): Promise<Handover | undefined> => read(fingerprint(secret)),

    /** Changes it if nobody has since it was read; undefined when somebody has. */
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

    /** Forgets all links of an owner who is no more. */
    async forgetAll(owner: string): Promise<void> {
      const ids = await store.lRange(listOf(owner), 0, -1)
      if (ids.length > 0) await store.del(ids.map(keyOf))
    },
  }
}

/** One that was begun in time may be finished a little later: the vendor's pages take as long as they take. */
export function isLate({ at, state }: Pick<HandoverRecord, 'at' | 'state'>): boolean {
  return Date.now() - at > HANDOVER_MS + (state === 'begun' ? BEGUN_MS : 0)
}

function keyOf(id: string): string {
  return `handover:${id}`
}

function listOf(owner: string): string {
  return `handovers:{${owner}}`
}
