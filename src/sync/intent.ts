// What a press of Sync asked for, as a state machine: pure, and nothing else sets a state.
//
// | state          | may become                              | through                   | who                                           |
// |----------------|-----------------------------------------|---------------------------|-----------------------------------------------|
// | requested      | sending                                 | begin                     | sync: in the step that acquires the push lock |
// |                | settled: as the push it joined, or busy | shareResult, settleAsBusy | sync, nothing having been sent                |
// | sending        | settled, unconfirmed, awaitingAccess    | settle, awaitAccess       | the holder of the push lock only              |
// |                | sending, uncertain                      | begin                     | the next holder, when the lease is over       |
// |                | requested under a new key               | sendAsNew                 | the person, when the lease is over            |
// | unconfirmed    | sending under the same key              | begin                     | the holder of the push lock                   |
// |                | requested under a new key               | sendAsNew                 | the person, in so many words                  |
// | awaitingAccess | approved; awaitingAccess (denied)       | approve; deny             | callback, API key form                        |
// |                | as requested; sendAsNew where uncertain |                           | another press                                 |
// | approved       | as requested                            |                           | resume: a GET goes on, never begins           |
// |                | sendAsNew where uncertain               |                           | another press                                 |
// | settled        | as requested, unless sent or failed     |                           | the person: Try again                         |
// | any, not final | settled: sent, while the key is as then | acceptLate                | the holder before, who stood still            |
//
// The first press of somebody new begins and awaits access in one step, without a lock (sync.ts).
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
})
export type Result = z.infer<typeof resultSchema>

interface Wish {
  id: string
  vendor: string
  campaign: string
  /** Page inside this app to go back to; validated when stored and again when used. */
  referrer: string
  createdAt: number
  /** Hash of the version that was shown beside the button. */
  shown?: string
  /** Who pressed, where people sign in. */
  person?: string
  /** Hash of what is or was to be sent; a key belongs to one content. */
  content?: string
  /** Idempotency-Key, where it is not the id. */
  key?: string
  /**
   * The campaign as it was or is being sent, kept until its end is known, so that the same key is only used with the same
   * body, and that a search looks for what may be there: of several versions the first.
   */
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
  kind: 'ok' | 'refused' | 'exists' | Exclude<Result['kind'], 'sent' | 'denied'>
  /** An earlier request of this attempt may have been applied, whatever the last response said. */
  maybeApplied: boolean
}

/** The id follows from `press` (a form's one-time value, or an Idempotency-Key): sent twice, it is the same intent. */
export function newIntent(
  owner: string,
  asked: Pick<Wish, 'vendor' | 'campaign' | 'referrer' | 'shown' | 'person'>,
  press: string | undefined,
): Intent {
  const id = intentId(owner, asked, press ?? randomUUID())
  return { ...asked, id, createdAt: Date.now(), state: 'requested' }
}

export function intentId(
  owner: string,
  { vendor, campaign }: Pick<Wish, 'vendor' | 'campaign'>,
  press: string,
): string {
  const seed = [owner, vendor, campaign, press].join('\n')
  return hash('sha256', seed, 'base64url').slice(0, 32)
}

export function idempotencyKeyOf({ id, key }: Wish): string {
  return key ?? id
}

/** Nothing more will ever be done for it: another press is another intent. */
export function isFinal(intent: Intent): boolean {
  if (intent.state !== 'settled') return false
  return intent.result.kind === 'sent' || intent.result.kind === 'failed'
}

/** Its press has been told an end, or that access is needed: it goes on only when the person acts again. */
export function hasEnded({ state }: Intent): boolean {
  return state === 'settled' || state === 'unconfirmed' || state === 'awaitingAccess'
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

/** What a request is about to send. */
interface Content {
  content: string
  /** The campaign, where the vendor lets the same content be sent again. */
  sent?: Record<string, unknown> | undefined
  /** The campaign, where the vendor is searched for it when the answer is lost. */
  toFind?: Record<string, unknown> | undefined
}

/**
 * A request is about to be sent: written down before. Other content than was to be sent before gets another key.
 * Without content nothing may be sent, and it is only taken over.
 * @throws Error when it is final, or when an earlier request of other content is uncertain and could be repeated
 */
export function begin(intent: Intent, { toFind, ...next }: Partial<Content> = {}): Sending {
  if (isFinal(intent)) throw new Error('an intent that is final does not begin again')
  const uncertain = isUncertain(intent) || intent.state === 'sending'
  const isOther =
    next.content !== undefined && intent.content !== undefined && intent.content !== next.content
  if (isOther && next.sent && uncertain)
    throw new Error('the content of an uncertain push is settled before other content is sent')
  return {
    ...wishOf(intent),
    ...next,
    ...(toFind && { sent: uncertain ? (intent.sent ?? toFind) : toFind }),
    key: isOther ? nextKey(intent) : intent.key,
    state: 'sending',
    uncertain,
    approved: intent.state === 'approved',
  }
}

/** Access is needed; what was to be sent is kept only where it may have been. A key (`vendor.client.auth`) that was refused is told with the question for another. */
export function awaitAccess(intent: Sending, result?: Result): Intent {
  const { uncertain } = intent
  const wish = wishOf(intent)
  return {
    ...wish,
    sent: uncertain ? wish.sent : undefined,
    state: 'awaitingAccess',
    uncertain,
    result,
  }
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
export function settle(intent: Sending, end: AttemptEnd, now = Date.now()): Intent {
  const result = resultOfEnd(end, intent.uncertain, now)
  if (result.kind === 'unknown') return { ...wishOf(intent), state: 'unconfirmed', result }
  if (result.kind !== 'sent' && result.kind !== 'failed')
    return { ...wishOf(intent), state: 'settled', result }
  const isChanged = intent.shown !== undefined && intent.shown !== intent.content
  const changed = (result.kind === 'sent' && isChanged) || undefined
  return { ...wishOf(intent), sent: undefined, state: 'settled', result: { ...result, changed } }
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

/** Nothing was sent: another version of the campaign is under way. Undefined when something was. */
export function settleAsBusy(intent: Intent, now = Date.now()): Intent | undefined {
  if (!isUnsent(intent)) return undefined
  return { ...wishOf(intent), state: 'settled', result: { kind: 'busy', at: now } }
}

/** Another press of the same content was under way: its end is the end of this one. Undefined when it has none, or this one its own. */
export function shareResult(intent: Intent, other: Intent): Intent | undefined {
  if (!isUnsent(intent) || other.state !== 'settled') return undefined
  const { content, result } = other
  return { ...wishOf(intent), content, sent: undefined, state: 'settled', result }
}

/** A holder stood still, and another took the push over: only a yes, to what is still to be sent, is better knowledge than theirs. */
export function acceptLate(intent: Intent, late: Intent): Intent | undefined {
  const isYes = resultOf(late)?.kind === 'sent'
  const isSame = late.id === intent.id && idempotencyKeyOf(late) === idempotencyKeyOf(intent)
  return isYes && isSame && !isFinal(intent) ? late : undefined
}

/** The person wants it sent anew, under a new key, though it may be applied. @throws Error when it is not uncertain */
export function sendAsNew(intent: Intent): Intent {
  if (!isUncertain(intent)) throw new Error('only an uncertain push is sent as a new one')
  const wish = { ...wishOf(intent), sent: undefined, content: undefined }
  return { ...wish, key: nextKey(intent), state: 'requested' }
}

/** No request under it can have been applied, none is under way, and it is open. */
function isUnsent(intent: Intent): boolean {
  return intent.state !== 'sending' && !isUncertain(intent) && !isFinal(intent)
}

/** `<id>`, `<id>-2`, `<id>-3` … */
export function nextKey({ id, key = id }: Pick<Wish, 'id' | 'key'>): string {
  const count = Number(key.slice(id.length + 1)) || 1
  return `${id}-${count + 1}`
}

function wishOf(intent: Wish): Wish {
  const { id, vendor, campaign, referrer, createdAt, shown, person, content, key, sent } = intent
  return { id, vendor, campaign, referrer, createdAt, shown, person, content, key, sent }
}
