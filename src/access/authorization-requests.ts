// Pending authorizations: one record a trip to the vendor, sealed, used once, gone after ten minutes.
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { fingerprint } from '../store/fingerprint.ts'
import { parseJson } from '../store/json.ts'
import type { Sealer } from '../store/seal.ts'
import type { Store } from '../store/store.ts'

/** Seconds a person may take at the vendor. */
const REQUEST_SECONDS = 600
const SUMMARY_SECONDS = 24 * 3600
/** Trips one owner may have open at once, and those of which something is known; the oldest go first. */
const MOST_OPEN = 10
const MOST_KNOWN = 30
/** ms within which an exchange has ended, one way or the other. */
const EXCHANGE_MS = 12_000

const requestSchema = z.object({
  codeVerifier: z.string().min(43),
  /** What the token will be for, as `formatSubject` writes it. */
  subject: z.string(),
  /** The page inside this app the trip began on. */
  referrer: z.string(),
  /** The intent that waits for it, if one does. */
  intent: z.string().optional(),
  /** Begun in a session without any access so far. */
  unconnected: z.boolean().optional(),
})

/** What a trip needs to be finished. Owner, vendor and state are in its key. */
export type AuthorizationRequest = z.infer<typeof requestSchema>

const summarySchema = requestSchema.pick({ referrer: true, intent: true }).partial().extend({
  /** ms since 1970. */
  at: z.number(),
})

/** What is left of a trip for a day: the intent it was for, or else the page it began on. No secret. */
export type AuthorizationRequestSummary = z.infer<typeof summarySchema>

/** Where a pending authorization is filed: a state begun by another owner or for another vendor is not found. */
export interface AuthorizationRequestId {
  owner: string
  vendor: string
  state: string
}

export type AuthorizationRequests = ReturnType<typeof createAuthorizationRequests>

export function createAuthorizationRequests(store: Store, sealer: Sealer) {
  async function summary(
    requestId: AuthorizationRequestId,
  ): Promise<AuthorizationRequestSummary | undefined> {
    const [text = null] = await store.hMGet(summariesKey(requestId), [fieldOf(requestId)])
    return summarySchema.safeParse(parseJson(text)).data
  }

  async function dropOldest(
    { owner }: AuthorizationRequestId,
    known: Record<string, string>,
  ): Promise<void> {
    const begun = (name: string) =>
      summarySchema.safeParse(parseJson(known[name] ?? null)).data?.at ?? 0
    const oldest = Object.keys(known).sort((a, b) => begun(b) - begun(a))
    const forgotten = oldest.slice(MOST_KNOWN)
    await Promise.all([
      store.del(oldest.slice(MOST_OPEN).map((name) => requestKeyOf(owner, name))),
      forgotten.length > 0 && store.hDel(summariesKey({ owner }), forgotten),
    ])
  }

  return {
    /** Stores it; to be awaited before the redirect leaves. The owner's oldest beyond ten are dropped. */
    async create(requestId: AuthorizationRequestId, request: AuthorizationRequest): Promise<void> {
      const { referrer, intent } = request
      const key = requestKey(requestId)
      const sealed = await sealer.seal(key, request)
      const summary: AuthorizationRequestSummary = {
        at: Date.now(),
        ...(intent === undefined ? { referrer } : { intent }),
      }
      const [, , known] = await Promise.all([
        store.set(key, sealed, { expiration: { type: 'EX', value: REQUEST_SECONDS } }),
        store.hSet(
          summariesKey(requestId),
          fieldOf(requestId),
          JSON.stringify(summary),
          SUMMARY_SECONDS,
        ),
        store.hGetAll(summariesKey(requestId)),
      ])
      if (Object.keys(known).length > MOST_OPEN) await dropOldest(requestId, known)
    },

    /** Takes it: of any number of parallel callers one gets it. Undefined when unknown, used, too old or not theirs. */
    async consume(requestId: AuthorizationRequestId): Promise<AuthorizationRequest | undefined> {
      const key = requestKey(requestId)
      // Marked before it is taken, so that no copy can find it taken and nobody at work.
      const [first, sealed] = await Promise.all([
        store.set(exchangingKey(requestId), '1', {
          expiration: { type: 'PX', value: EXCHANGE_MS },
          condition: 'NX',
        }),
        store.getDel(key),
      ])
      const { data } = requestSchema.safeParse(await sealer.open(key, sealed))
      if (!data && first !== null) await store.del(exchangingKey(requestId))
      return data
    },

    /** The exchange is over: whoever waits in `trace` goes on. */
    async exchangeEnded(requestId: AuthorizationRequestId): Promise<void> {
      await store.del(exchangingKey(requestId))
    },

    /** Whether this owner began it and nobody has consumed it. */
    async isOpen(requestId: AuthorizationRequestId): Promise<boolean> {
      return (await store.get(requestKey(requestId))) !== null
    },

    /** What is known of a trip that is used or too old; waits while another copy of its callback is at work. */
    async summary(
      requestId: AuthorizationRequestId,
    ): Promise<AuthorizationRequestSummary | undefined> {
      for (const end = Date.now() + EXCHANGE_MS; Date.now() < end; await wait(100)) {
        if ((await store.get(exchangingKey(requestId))) === null) break
      }
      return summary(requestId)
    },
  }
}

function requestKey(requestId: AuthorizationRequestId): string {
  return requestKeyOf(requestId.owner, fieldOf(requestId))
}

function requestKeyOf(owner: string, name: string): string {
  return `auth:{${owner}}:${name}`
}

function exchangingKey(requestId: AuthorizationRequestId): string {
  return `busy:{${requestId.owner}}:${fieldOf(requestId)}`
}

/** One hash of all an owner's trips, open or not. */
function summariesKey({ owner }: Pick<AuthorizationRequestId, 'owner'>): string {
  return `trips:{${owner}}`
}

function fieldOf({ vendor, state }: AuthorizationRequestId): string {
  return `${vendor}:${fingerprint(state)}`
}
