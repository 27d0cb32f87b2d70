// The JSON an intent is stored as: its names are data, and older than the states of intent.ts.
import { z } from 'zod'
import { type Intent, isUncertain, resultSchema } from './intent.ts'

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
  content: z.string().optional(),
  key: z.string().optional(),
  sent: z.record(z.string(), z.unknown()).optional(),
})

/** The JSON an intent is stored as, under its id. `requested` is never stored. */
export function toStored(intent: Intent): object {
  const { id: _, state, ...rest } = intent
  const isUnsure = isUncertain(intent) || state === 'sending'
  return {
    ...rest,
    uncertain: undefined,
    approved: state === 'approved' || (state === 'sending' && intent.approved) || undefined,
    maybeSent: isUnsure || undefined,
    state: storedState(state),
  }
}

function storedState(state: Intent['state']): 'waiting' | 'sending' | 'settled' {
  if (state === 'settled' || state === 'unconfirmed') return 'settled'
  return state === 'sending' ? 'sending' : 'waiting'
}

/** Reads the stored JSON; undefined for what is none. What is found as `sending` may have been sent. */
export function fromStored(id: string, stored: unknown): Intent | undefined {
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
