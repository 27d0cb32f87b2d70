// Intents: what a person asked for, kept until it is done; the id is the push's Idempotency-Key.
import { hash, randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { parseJson } from '../store/json.ts'
import type { Store } from '../store/store.ts'

const INTENT_SECONDS = 24 * 3600

/** How a push ended, in the words people are told (web/page/sync-messages.ts). */
export const resultSchema = z.object({
  kind: z.enum([
    'sent',
    'failed',
    'forbidden',
    'refused',
    'limited',
    'unavailable',
    'unreachable',
    'unknown',
    'denied',
  ]),
  /** ms since 1970. */
  at: z.number(),
  tookMs: z.number().optional(),
  status: z.number().optional(),
  message: z.string().optional(),
  externalId: z.string().optional(),
  /** ms since 1970 before which the vendor wants no other try. */
  retryAt: z.number().optional(),
  /** Access was granted for this very push. */
  connected: z.boolean().optional(),
  /** Who had approved, by the vendor's word. */
  by: z.string().optional(),
})
export type Result = z.infer<typeof resultSchema>

const storedSchema = z.object({
  vendor: z.string(),
  campaign: z.string(),
  /** Page inside this app to go back to; validated when stored and again when used. */
  referrer: z.string(),
  createdAt: z.number(),
  /** waiting: for access. sending: a push is under way, or the process died in one. settled: see result. */
  state: z.enum(['waiting', 'sending', 'settled']),
  /** Access was granted for it since the last click: it may go on by itself, and access is not asked for twice. */
  approved: z.boolean().default(false),
  /** An attempt may have been applied at the vendor: only the same key may be used again. */
  maybeSent: z.boolean().default(false),
  result: resultSchema.optional(),
})
export interface Intent extends z.infer<typeof storedSchema> {
  id: string
}

export type Intents = ReturnType<typeof createIntents>

/** Nothing more is to be done for it: another click is another intent. */
export function isDone(intent: Intent): boolean {
  return (
    intent.state === 'settled' &&
    (intent.result?.kind === 'sent' || intent.result?.kind === 'failed')
  )
}

/** The vendor has said when to come again, and that is not yet. */
export function isEarly({ result }: Intent): boolean {
  return (result?.retryAt ?? 0) > Date.now()
}

/**
 * A new intent. With a `click` (the form's one-time value, or a caller's Idempotency-Key) the id follows from it,
 * so that the same click sent twice is the same intent.
 */
export function newIntent(
  owner: string,
  asked: Pick<Intent, 'vendor' | 'campaign' | 'referrer'>,
  click: string | undefined,
): Intent {
  const seed = [owner, asked.vendor, asked.campaign, click ?? randomUUID()].join('\n')
  const id = hash('sha256', seed, 'base64url').slice(0, 32)
  return {
    ...asked,
    id,
    createdAt: Date.now(),
    state: 'waiting',
    approved: false,
    maybeSent: false,
  }
}

export function createIntents(store: Store) {
  const keyOf = (owner: string, id: string) => `intent:{${owner}}:${id}`
  const kept = { expiration: { type: 'EX' as const, value: INTENT_SECONDS } }

  async function get(owner: string, id: string): Promise<Intent | undefined> {
    return read(id, await store.get(keyOf(owner, id)))
  }

  return {
    get,

    /** Stores the intent unless it is there already; gives the one that was there. */
    async add(owner: string, intent: Intent): Promise<Intent | undefined> {
      const before = await store.set(keyOf(owner, intent.id), stored(intent), {
        ...kept,
        condition: 'NX',
        GET: true,
      })
      return read(intent.id, before)
    },

    async save(owner: string, intent: Intent): Promise<void> {
      await store.set(keyOf(owner, intent.id), stored(intent), kept)
    },

    /** Saves it and, in the same step, frees the slot it was pushed under. */
    async saveAndFree(
      owner: string,
      intent: Intent,
      { key, value }: { key: string; value: string },
    ): Promise<void> {
      await store.setAndRelease(keyOf(owner, intent.id), stored(intent), INTENT_SECONDS, key, value)
    },

    async remove(owner: string, id: string): Promise<void> {
      await store.del(keyOf(owner, id))
    },

    /** Waits until the intent is there and `ready` holds, at most `ms`; undefined when that did not come about. */
    async until(owner: string, id: string, ready: (intent: Intent) => boolean, ms: number) {
      for (const end = Date.now() + ms; ; await wait(100)) {
        const intent = await get(owner, id)
        if (intent && ready(intent)) return intent
        if (Date.now() >= end) return undefined
      }
    },
  }
}

/** As it is stored: the id is in its key, and what is not so is left out. */
function stored({ id: _, approved, maybeSent, ...intent }: Intent): string {
  return JSON.stringify({
    ...intent,
    approved: approved || undefined,
    maybeSent: maybeSent || undefined,
  })
}

function read(id: string, text: string | null): Intent | undefined {
  const { data } = storedSchema.safeParse(parseJson(text))
  return data && { ...data, id }
}
