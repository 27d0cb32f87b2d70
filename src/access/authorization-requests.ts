// Pending authorizations: one record a trip to the vendor, sealed, used once, gone after ten minutes.
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { fingerprint } from '../store/fingerprint.ts'
import { parseJson } from '../store/json.ts'
import type { Sealer } from '../store/seal.ts'
import type { Store } from '../store/store.ts'

/** Seconds a person may take at the vendor. */
const PENDING_SECONDS = 600
const TRACE_SECONDS = 24 * 3600
/** Trips one owner may have open at once, and those of which something is known; the oldest go first. */
const MOST_OPEN = 10
const MOST_KNOWN = 30
/** ms within which an exchange has ended, one way or the other. */
const EXCHANGE_MS = 12_000

const pendingSchema = z.object({
  codeVerifier: z.string().min(43),
  /** What the token will be for: `campaign:<id>`. */
  subject: z.string(),
  /** The page inside this app the trip began on. */
  referrer: z.string(),
  /** The intent that waits for it, if one does. */
  intent: z.string().optional(),
})

/** What a trip needs to be finished. Owner, vendor and state are in its key. */
export type Pending = z.infer<typeof pendingSchema>

const traceSchema = pendingSchema.pick({ referrer: true, intent: true }).partial().extend({
  /** ms since 1970. */
  at: z.number(),
})

/** What is left of a trip for a day: the intent it was for, or else the page it began on. No secret. */
export type Trace = z.infer<typeof traceSchema>

/** Where a pending authorization is filed: a state begun by another owner or for another vendor is not found. */
export interface Trip {
  owner: string
  vendor: string
  state: string
}

export type PendingAuthorizations = ReturnType<typeof createPending>

export function createPending(store: Store, sealer: Sealer) {
  async function trace(trip: Trip): Promise<Trace | undefined> {
    const [text = null] = await store.hMGet(tripsOf(trip), [nameOf(trip)])
    return traceSchema.safeParse(parseJson(text)).data
  }

  async function dropOldest({ owner }: Trip, known: Record<string, string>): Promise<void> {
    const begun = (name: string) => traceSchema.safeParse(parseJson(known[name] ?? null)).data?.at ?? 0
    const oldest = Object.keys(known).sort((a, b) => begun(b) - begun(a))
    const forgotten = oldest.slice(MOST_KNOWN)
    await Promise.all([
      store.del(oldest.slice(MOST_OPEN).map((name) => authKey(owner, name))),
      forgotten.length > 0 && store.hDel(tripsOf({ owner }), forgotten),
    ])
  }

  return {
    /** Stores it; to be awaited before the redirect leaves. The owner's oldest beyond ten are dropped. */
    async put(trip: Trip, pending: Pending): Promise<void> {
      const { referrer, intent } = pending
      const key = keyOf(trip)
      const sealed = await sealer.seal(key, pending)
      const trace: Trace = { at: Date.now(), ...(intent === undefined ? { referrer } : { intent }) }
      const [, , known] = await Promise.all([
        store.set(key, sealed, { expiration: { type: 'EX', value: PENDING_SECONDS } }),
        store.hSet(tripsOf(trip), nameOf(trip), JSON.stringify(trace), TRACE_SECONDS),
        store.hGetAll(tripsOf(trip)),
      ])
      if (Object.keys(known).length > MOST_OPEN) await dropOldest(trip, known)
    },

    /** Takes it: of any number of parallel callers one gets it. Undefined when unknown, used, too old or not theirs. */
    async consume(trip: Trip): Promise<Pending | undefined> {
      const key = keyOf(trip)
      // Marked before it is taken, so that no copy can find it taken and nobody at work.
      const [first, sealed] = await Promise.all([
        store.set(busyOf(trip), '1', { expiration: { type: 'PX', value: EXCHANGE_MS }, condition: 'NX' }),
        store.getDel(key),
      ])
      const { data } = pendingSchema.safeParse(await sealer.open(key, sealed))
      if (!data && first !== null) await store.del(busyOf(trip))
      return data
    },

    /** The exchange is over: whoever waits in `trace` goes on. */
    async ended(trip: Trip): Promise<void> {
      await store.del(busyOf(trip))
    },

    /** Whether this owner began such a trip within a day. */
    async isKnown(trip: Trip): Promise<boolean> {
      return (await trace(trip)) !== undefined
    },

    /** What is known of a trip that is used or too old; waits while another copy of its callback is at work. */
    async trace(trip: Trip): Promise<Trace | undefined> {
      for (const end = Date.now() + EXCHANGE_MS; Date.now() < end; await wait(100)) {
        if ((await store.get(busyOf(trip))) === null) break
      }
      return trace(trip)
    },
  }
}

function keyOf(trip: Trip): string {
  return authKey(trip.owner, nameOf(trip))
}

function authKey(owner: string, name: string): string {
  return `auth:{${owner}}:${name}`
}

function busyOf(trip: Trip): string {
  return `busy:{${trip.owner}}:${nameOf(trip)}`
}

/** One hash of all an owner's trips, open or not. */
function tripsOf({ owner }: Pick<Trip, 'owner'>): string {
  return `trips:{${owner}}`
}

function nameOf({ vendor, state }: Trip): string {
  return `${vendor}:${fingerprint(state)}`
}
