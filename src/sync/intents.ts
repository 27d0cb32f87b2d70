// Intents in the store: one record a press, kept for a day, changed only by the functions of intent.ts.
import { z } from 'zod'
import { BoundedMap } from '../store/bounded-map.ts'
import type { CommandOf, Guard, Store } from '../store/store.ts'
import { parseJson } from '../store/stored-text.ts'
import { jsonOf } from '../vendors/once-per-version.ts'
import { type Intent, isUncertain, resultOf, resultSchema } from './intent.ts'

const KEPT_MS = 24 * 3600_000
const REMEMBERED_MOST = 10_000
/** A change that loses against this many others is given up. */
const MOST_TRIES = 8

/** An intent and its stored text, which a guarded write compares. */
export interface StoredIntent {
  intent: Intent
  text: string
}

export type Intents = ReturnType<typeof createIntents>

export function createIntents(store: Store) {
  async function load(owner: string, id: string): Promise<StoredIntent | undefined> {
    return readIntent(id, await store.get(intentKey(owner, id)))
  }

  const remembered = new BoundedMap<string, StoredIntent>(REMEMBERED_MOST)

  return {
    load,

    /** A shortcut for the next request, never the authority: callers write only over the very text that was remembered. */
    remember(owner: string, intent: Intent): void {
      remembered.set(intentKey(owner, intent.id), { intent, text: storedText(intent) })
    },

    /** Returns it once: the second call finds nothing. */
    takeRemembered(owner: string, id: string): StoredIntent | undefined {
      const key = intentKey(owner, id)
      const found = remembered.get(key)
      remembered.delete(key)
      return found
    },

    async get(owner: string, id: string): Promise<Intent | undefined> {
      return (await load(owner, id))?.intent
    },

    /** Undefined when there is none; unchanged where `transition` gives undefined. Overwrites no other change. */
    async change(
      owner: string,
      id: string,
      transition: (intent: Intent) => Intent | undefined,
    ): Promise<Intent | undefined> {
      let found = await load(owner, id)
      for (let tries = 0; found && tries < MOST_TRIES; tries++) {
        const next = transition(found.intent)
        if (!next) return found.intent
        const step = await store.stepIf(
          [intentGuard(owner, id, found.text)],
          [writeIntent(owner, next)],
        )
        if (step.done) return next
        found = readIntent(id, step.found[0] ?? null)
      }
      return found?.intent
    },

    async remove(owner: string, { intent, text }: StoredIntent): Promise<void> {
      await store.stepIf(
        [intentGuard(owner, intent.id, text)],
        [{ del: intentKey(owner, intent.id) }],
      )
    },
  }
}

export function writeIntent(owner: string, intent: Intent): CommandOf<'set'> {
  return { set: intentKey(owner, intent.id), value: storedText(intent), ms: KEPT_MS }
}

/** Holds while the intent is stored as `text`; null: is not stored. */
export function intentGuard(owner: string, id: string, text: string | null): Guard {
  return { key: intentKey(owner, id), is: text }
}

export function intentKey(owner: string, id: string): string {
  return `intent:{${owner}}:${id}`
}

function storedText(intent: Intent): string {
  const text = JSON.stringify(toStored(intent))
  return intent.sent === undefined ? text : `{"sent":${jsonOf(intent.sent)},${text.slice(1)}`
}

export function readIntent(id: string, text: string | null): StoredIntent | undefined {
  const intent = text === null ? undefined : fromStored(id, parseJson(text))
  return intent && text !== null ? { intent, text } : undefined
}

/** These names are stored data: they stay, whatever the code calls them. */
const storedSchema = z.object({
  vendor: z.string(),
  campaign: z.string(),
  referrer: z.string(),
  createdAt: z.number(),
  state: z.enum(['waiting', 'sending', 'settled']),
  approved: z.boolean().default(false),
  maybeSent: z.boolean().default(false),
  result: resultSchema.optional(),
  shown: z.string().optional(),
  person: z.string().optional(),
  content: z.string().optional(),
  key: z.string().optional(),
  sent: z.record(z.string(), z.unknown()).optional(),
})

/** Without `sent`. `requested` is never stored. */
function toStored(intent: Intent): object {
  const { vendor, campaign, referrer, createdAt, shown, person, content, key, state } = intent
  const wish = { vendor, campaign, referrer, createdAt, shown, person, content, key }
  const isUnsure = isUncertain(intent) || state === 'sending'
  return {
    ...wish,
    result: resultOf(intent),
    approved: state === 'approved' || (state === 'sending' && intent.approved) || undefined,
    maybeSent: isUnsure || undefined,
    state: storedState(state),
  }
}

function storedState(state: Intent['state']): 'waiting' | 'sending' | 'settled' {
  if (state === 'settled' || state === 'unconfirmed') return 'settled'
  return state === 'sending' ? 'sending' : 'waiting'
}

/** What is found as `sending` may have been sent. */
function fromStored(id: string, stored: unknown): Intent | undefined {
  const { data } = storedSchema.safeParse(stored)
  if (!data) return undefined
  const { state, approved, maybeSent: uncertain, result, ...about } = data
  const wish = { id, ...about }
  if (state === 'sending') return { ...wish, state, uncertain: true, approved }
  if (state === 'waiting' && approved) return { ...wish, state: 'approved', uncertain }
  if (state === 'waiting' || !result) return { ...wish, state: 'awaitingAccess', uncertain, result }
  if (result.kind === 'sent') return { ...wish, state: 'settled', result }
  if (result.kind === 'unknown') return { ...wish, state: 'unconfirmed', result }
  if (!uncertain) return { ...wish, state: 'settled', result }
  return {
    ...wish,
    state: 'unconfirmed',
    result: { ...result, kind: 'unknown', because: result.kind },
  }
}
