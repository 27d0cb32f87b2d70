// What a press of Sync asked for, as a state machine: pure, and nothing else sets a state.
//
// | state          | may become                             | through                       | who                                   |
// |----------------|----------------------------------------|-------------------------------|---------------------------------------|
// | requested      | sending, awaitingAccess                | begin, awaitAccess            | sync, before anything is sent         |
// | sending        | settled, unconfirmed, awaitingAccess   | settle, awaitAccess           | the holder of the push lock only      |
// | unconfirmed    | sending under the same key, settled    | begin, settle                 | the lock holder                       |
// |                | requested under a new key              | sendAsNew                     | the person, in so many words          |
// | awaitingAccess | approved, awaitingAccess (denied)      | approve, deny                 | callback, API key form                |
// |                | sending                                | begin                         | another press                         |
// | approved       | sending                                | begin                         | resume: a GET goes on, never begins   |
// | settled        | sending, unless sent, failed or closed | begin                         | the person: Try again                 |
//
// Uncertain (a request may have been applied and no believable answer came) stays uncertain through every state until
// a believable yes, or until the person says "send as a new push".
import { hash, randomUUID } from 'node:crypto'
import { z } from 'zod'

const kinds = [
  'sent',
  'failed',
  'forbidden',
  'refused',
  'limited',
  'unavailable',
  'unreachable',
  'busy',
  'incomplete',
  'ambiguous',
  'gone',
  'partly',
  'unknown',
  'denied',
] as const

/** How a push ended, in the words of web/page/sync-messages.ts. Times are ms since 1970. */
export const resultSchema = z.object({
  kind: z.enum(kinds),
  at: z.number(),
  /** Of `unknown`: what the last response was, when it was one that proves nothing. */
  because: z.enum(kinds).optional().catch(undefined),
  tookMs: z.number().optional(),
  status: z.number().optional(),
  message: z.string().optional(),
  externalId: z.string().optional(),
  /** Of `ambiguous`: what could be the campaign at the vendor. */
  candidates: z
    .array(z.object({ id: z.string(), name: z.string().optional() }))
    .optional()
    .catch(undefined),
  /** The vendor wants no other request before this time. */
  retryAt: z.number().optional(),
  /** Access was granted for this very push. */
  connected: z.boolean().optional(),
  /** Who had approved, by the vendor's word. */
  by: z.string().optional(),
  /** The campaign had changed since the page was shown whose button was pressed. */
  changed: z.boolean().optional(),
  /** Of `unknown`: the person has sent it as a new push since. */
  closed: z.boolean().optional(),
})
export type Result = z.infer<typeof resultSchema>

interface Wish {
  id: string
  vendor: string
  campaign: string
  /** Page inside this app to go back to; validated when stored and again when used. */
  referrer: string
  createdAt: number
  /** Hash of what is or was to be sent; a key belongs to one content. */
  content?: string
  /** Idempotency-Key, where it is not the id. */
  key?: string
  /** The campaign as it was sent, kept until its end is known, so that the same key is only used with the same body. */
  sent?: Record<string, unknown>
}

export type Intent = Wish &
  (
    | { state: 'requested' }
    | { state: 'sending'; uncertain: boolean; approved: boolean }
    | { state: 'unconfirmed'; result: Result }
    | { state: 'awaitingAccess'; uncertain: boolean; result?: Result }
    | { state: 'approved'; uncertain: boolean }
    | { state: 'settled'; result: Result }
  )
export type Sending = Extract<Intent, { state: 'sending' }>

/** What an attempt is judged by: the vendor's response, or why there is none. `ok` is a believable yes. */
export interface AttemptEnd extends Omit<Result, 'kind' | 'at'> {
  kind: 'ok' | 'refused' | 'exists' | Exclude<Result['kind'], 'sent' | 'denied' | 'busy'>
  /** An earlier request of this attempt may have been applied, whatever the last response said. */
  maybeApplied: boolean
}

/**
 * A new intent. With `press` (the form's one-time value, or a caller's Idempotency-Key) the id follows from it,
 * so that the same press sent twice is the same intent.
 */
export function newIntent(
  owner: string,
  asked: Pick<Wish, 'vendor' | 'campaign' | 'referrer'>,
  press: string | undefined,
): Intent {
  const seed = [owner, asked.vendor, asked.campaign, press ?? randomUUID()].join('\n')
  const id = hash('sha256', seed, 'base64url').slice(0, 32)
  return { ...asked, id, createdAt: Date.now(), state: 'requested' }
}

/** The Idempotency-Key of its next request. */
export function idempotencyKeyOf({ id, key }: Wish): string {
  return key ?? id
}

/** Nothing more will ever be done for it: another press is another intent. */
export function isFinal(intent: Intent): boolean {
  if (intent.state !== 'settled') return false
  const { kind, closed } = intent.result
  return kind === 'sent' || kind === 'failed' || closed === true
}

/** A request may have been applied, and no believable answer came. */
export function isUncertain(intent: Intent): boolean {
  return intent.state === 'unconfirmed' || ('uncertain' in intent && intent.uncertain)
}

/** ms; whoever names a later time than this means something else, or a clock was set back. */
const LONGEST_RETRY_MS = 24 * 3600_000

/** The vendor has said when to come again, and that is not yet. */
export function isEarly(intent: Intent, now = Date.now()): boolean {
  const result = resultOf(intent)
  if (result?.retryAt === undefined || result.at > now + 60_000) return false
  return result.retryAt > now && result.retryAt <= now + LONGEST_RETRY_MS
}

export function resultOf(intent: Intent): Result | undefined {
  return 'result' in intent ? intent.result : undefined
}

/**
 * A request is about to be sent with this content: written down before. Other content than an earlier request had
 * gets another key, which is allowed only when that request is known not to have been applied.
 */
export function begin(intent: Intent, content: string, sent?: Record<string, unknown>): Sending {
  const isOther = intent.content !== undefined && intent.content !== content && wasSent(intent)
  const key = isOther ? nextKey(intent) : intent.key
  const approved = intent.state === 'approved'
  return {
    ...wishOf(intent),
    state: 'sending',
    uncertain: isUncertain(intent),
    approved,
    content,
    key,
    sent,
  }
}

/** Its holder died or was frozen before it wrote down an end: a request may have been sent. */
export function abandoned(intent: Intent): Intent {
  if (isFinal(intent) || intent.state === 'unconfirmed') return intent
  return {
    ...wishOf(intent),
    state: 'sending',
    uncertain: true,
    approved: intent.state === 'approved',
  }
}

/** Access is needed. A key (`vendor.client.auth`) that was refused is told with the question for another. */
export function awaitAccess(intent: Intent, result?: Result): Intent {
  return { ...wishOf(intent), state: 'awaitingAccess', uncertain: isUncertain(intent), result }
}

/** Access was granted for it: it may go on by itself. Undefined when it does not wait for that. */
export function approve(intent: Intent): Intent | undefined {
  if (intent.state !== 'awaitingAccess') return undefined
  return { ...wishOf(intent), state: 'approved', uncertain: intent.uncertain }
}

/** The person said no at the vendor: it goes on waiting. Undefined when it does not wait for access. */
export function deny(intent: Intent, now = Date.now()): Intent | undefined {
  if (intent.state !== 'awaitingAccess') return undefined
  return { ...intent, result: { kind: 'denied', at: now } }
}

/** How the attempt ended. Only a believable yes closes an intent that is uncertain; any other end leaves it so. */
export function settle(intent: Intent, end: AttemptEnd, now = Date.now()): Intent {
  const result = resultOfEnd(end, isUncertain(intent), now)
  if (result.kind === 'unknown') return { ...wishOf(intent), state: 'unconfirmed', result }
  const isOver = result.kind === 'sent' || result.kind === 'failed'
  return { ...(isOver ? finished(intent) : wishOf(intent)), state: 'settled', result }
}

/** What is known after an attempt: `unknown`, unless it is a believable yes or nothing can have been applied. */
export function resultOfEnd(end: AttemptEnd, wasUncertain: boolean, now = Date.now()): Result {
  const { maybeApplied, ...about } = end
  const kind = end.kind === 'exists' ? 'failed' : end.kind
  if (kind === 'ok') return { ...about, kind: 'sent', at: now }
  if (kind === 'unknown') return { ...about, kind, at: now }
  if (!maybeApplied && !wasUncertain) return { ...about, kind, at: now }
  return { ...about, kind: 'unknown', because: kind, at: now }
}

/** Nothing was sent, and what is under way for the same campaign is another version of it. */
export function giveWay(intent: Intent, now = Date.now()): Intent {
  return { ...wishOf(intent), state: 'settled', result: { kind: 'busy', at: now } }
}

/** Another press of the same content was already under way: its end is the end of this one too. */
export function share(intent: Intent, other: Intent): Intent {
  if (other.state !== 'settled') return intent
  return { ...finished(intent), state: 'settled', result: other.result }
}

/** The person knows that it may be applied already, and wants it sent as a new push: under a new key. */
export function sendAsNew(intent: Intent): Intent {
  const { sent: _, content: __, ...wish } = wishOf(intent)
  return { ...wish, key: nextKey(intent), state: 'requested' }
}

/** The person has pressed again and sent another push in its stead: it is closed, and stays unknown. */
export function close(intent: Intent, now = Date.now()): Intent {
  const result = { ...resultOf(intent), kind: 'unknown' as const, at: now, closed: true }
  return { ...finished(intent), state: 'settled', result }
}

/** A stored state in which nothing was sent yet has no `sent`; every other one has, or is of before there was one. */
function wasSent(intent: Intent): boolean {
  return intent.state !== 'requested' && (isUncertain(intent) || resultOf(intent) !== undefined)
}

/** `<id>`, `<id>-2`, `<id>-3` … */
export function nextKey({ id, key = id }: Pick<Wish, 'id' | 'key'>): string {
  const count = Number(key.slice(id.length + 1)) || 1
  return `${id}-${count + 1}`
}

function wishOf({ id, vendor, campaign, referrer, createdAt, content, key, sent }: Wish): Wish {
  return { id, vendor, campaign, referrer, createdAt, content, key, sent }
}

function finished(intent: Wish): Wish {
  return { ...wishOf(intent), sent: undefined }
}

const storedSchema = z.object({
  vendor: z.string(),
  campaign: z.string(),
  referrer: z.string(),
  createdAt: z.number(),
  state: z.enum(['waiting', 'sending', 'settled']),
  approved: z.boolean().default(false),
  maybeSent: z.boolean().default(false),
  result: resultSchema.optional(),
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
  if (result.kind === 'sent' || result.closed) return { ...wish, state: 'settled', result }
  if (result.kind === 'unknown') return { ...wish, state: 'unconfirmed', result }
  if (!uncertain) return { ...wish, state: 'settled', result }
  return {
    ...wish,
    state: 'unconfirmed',
    result: { ...result, kind: 'unknown', because: result.kind },
  }
}
