// Authorization requests: a sealed record of each one begun, used once, gone after ten minutes.
import { z } from 'zod'
import { pollUntil } from '../poll-until.ts'
import type { Sealer } from '../store/seal.ts'
import type { CommandOf, Store } from '../store/store.ts'
import { fingerprint, parseJson } from '../store/stored-text.ts'
import { isGrantedFor } from './token-key.ts'

const REQUEST_SECONDS = 600
const SUMMARY_SECONDS = 24 * 3600
/** Of one owner; the oldest are dropped. */
const MOST_OPEN = 10
const MOST_KNOWN = 30
/** A token request has ended after so many ms. */
const EXCHANGE_MS = 12_000

const requestSchema = z.object({
  codeVerifier: z.string().min(43),
  subject: z.string(),
  referrer: z.string(),
  intent: z.string().optional(),
  /** Begun in a session without any access so far. */
  unconnected: z.boolean().optional(),
  /** The hand-over it was begun for: access is then another owner's. */
  handover: z.string().optional(),
  /** What the person has said for the `vars` of the vendor file. */
  values: z.record(z.string(), z.string()).optional(),
  /** Names the vendor's hosts of then; requests of older versions have none. */
  origins: z.string().optional(),
})

export type AuthorizationRequest = z.infer<typeof requestSchema>

const summarySchema = requestSchema.pick({ referrer: true, intent: true }).partial().extend({
  at: z.number(),
})

/** What stays known for a day: the intent it was for, or else the page it began on. No secret. */
type AuthorizationRequestSummary = z.infer<typeof summarySchema>

/** What it is filed under: a state begun by another owner or for another vendor is not found. */
export interface AuthorizationRequestId {
  owner: string
  vendor: string
  state: string
}

export type AuthorizationRequests = ReturnType<typeof createAuthorizationRequests>

export function createAuthorizationRequests(store: Store, sealer: Sealer) {
  return {
    /** Await it before redirecting. */
    async create(requestId: AuthorizationRequestId, request: AuthorizationRequest): Promise<void> {
      const sealed = await sealer.seal(requestKey(requestId), request)
      const [, , known] = await store.step(createCommands(requestId, sealed, request))
      await dropOldest(store, requestId.owner, fieldOf(requestId), known)
    },

    /** Removes one whose state was given to nobody. */
    async withdraw(requestId: AuthorizationRequestId): Promise<void> {
      await store.step([
        { del: requestKey(requestId) },
        { hDel: summariesKey(requestId), fields: fieldOf(requestId) },
      ])
    },

    /**
     * Of parallel callers one gets it. Undefined when unknown, used, too old or not theirs; and when the vendor's hosts
     * are not `origins` any more: a code is not shown to another host.
     */
    async consume(
      requestId: AuthorizationRequestId,
      origins: string,
    ): Promise<AuthorizationRequest | undefined> {
      const key = requestKey(requestId)
      // Mark the exchange as busy before consuming: a copy that finds nothing must see that another is at work.
      const [marked, sealed] = await store.step([
        { set: exchangingKey(requestId), value: '1', ms: EXCHANGE_MS, nx: true },
        { getDel: key },
      ])
      const { data: found } = requestSchema.safeParse(await sealer.open(key, sealed))
      const data = isGrantedFor(origins, found) ? found : undefined
      if (!data && marked === null) await store.del(exchangingKey(requestId))
      return data
    },

    async exchangeEnded(requestId: AuthorizationRequestId): Promise<void> {
      await store.del(exchangingKey(requestId))
    },

    endCommand: (requestId: AuthorizationRequestId): CommandOf<'del'> => ({
      del: exchangingKey(requestId),
    }),

    async isOpen(requestId: AuthorizationRequestId): Promise<boolean> {
      return (await store.get(requestKey(requestId))) !== null
    },

    /** Waits while another copy of the callback sends its token request. */
    async summary(
      requestId: AuthorizationRequestId,
    ): Promise<AuthorizationRequestSummary | undefined> {
      const isOver = async () => (await store.get(exchangingKey(requestId))) === null
      await pollUntil(isOver, { every: 100, deadline: Date.now() + EXCHANGE_MS })
      const [text = null] = await store.hMGet(summariesKey(requestId), [fieldOf(requestId)])
      return readSummary(text)
    },
  }
}

function createCommands(
  requestId: AuthorizationRequestId,
  value: string,
  { referrer, intent }: AuthorizationRequest,
) {
  const key = summariesKey(requestId)
  const summary: AuthorizationRequestSummary = {
    at: Date.now(),
    ...(intent === undefined ? { referrer } : { intent }),
  }
  const fields = { [fieldOf(requestId)]: JSON.stringify(summary) }
  return [
    { set: requestKey(requestId), value, ms: REQUEST_SECONDS * 1000 },
    { hSet: key, fields, ms: SUMMARY_SECONDS * 1000 },
    { hGetAll: key },
  ] as const
}

async function dropOldest(
  store: Store,
  owner: string,
  own: string,
  known: Record<string, string>,
): Promise<void> {
  const others = newestFirst(known).filter((name) => name !== own)
  if (others.length < MOST_OPEN) return
  const keys = others.map((name) => requestKeyOf(owner, name))
  const sealed = await store.step(keys.map((get) => ({ get })))
  const open = others.filter((_, index) => sealed[index] !== null)
  const surplus = open.splice(MOST_OPEN - 1)
  const closed = others.filter((name) => !open.includes(name))
  const forgotten = closed.slice(MOST_KNOWN - 1 - open.length)
  const del = surplus.map((name) => requestKeyOf(owner, name))
  await store.step([
    ...(del.length > 0 ? [{ del }] : []),
    ...(forgotten.length > 0 ? [{ hDel: summariesKey({ owner }), fields: forgotten }] : []),
  ])
}

/** A date in the future comes from a clock that was set back: it counts as old. */
function newestFirst(known: Record<string, string>): string[] {
  const now = Date.now()
  const at = (name: string) => readSummary(known[name] ?? null)?.at ?? 0
  const age = (name: string) => (at(name) > now ? now : now - at(name))
  return Object.keys(known).sort((a, b) => age(a) - age(b))
}

function readSummary(text: string | null): AuthorizationRequestSummary | undefined {
  return summarySchema.safeParse(parseJson(text)).data
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

function summariesKey({ owner }: Pick<AuthorizationRequestId, 'owner'>): string {
  return `trips:{${owner}}`
}

function fieldOf({ vendor, state }: AuthorizationRequestId): string {
  return `${vendor}:${fingerprint(state)}`
}
