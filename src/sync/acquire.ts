// Whose turn it is to push a campaign: acquires the push lock, writes down that a request follows, and reads the token.
import type { CachedToken, Tokens } from '../access/tokens.ts'
import type { Campaign } from '../campaigns/campaign.ts'
import { storeDown } from '../errors.ts'
import type { Command, Store } from '../store/store.ts'
import { isRepeatable, maySettle } from '../vendors/push.ts'
import { contentHash } from '../vendors/request.ts'
import {
  begin,
  hasEnded,
  type Intent,
  idempotencyKeyOf,
  isEarly,
  isFinal,
  isUncertain,
  type Sending,
  sendAsNew,
} from './intent.ts'
import { intentGuard, intentKey, readIntent, writeIntent } from './intents.ts'
import {
  type FoundLock,
  lockKeyOf,
  newLock,
  type PushLock,
  readLock,
  writeFound,
  writeLock,
} from './push-lock.ts'
import { campaignTokenKey, type SyncRequest, versionToSend } from './sync-request.ts'

interface AcquireDeps {
  store: Store
  tokens: Tokens
}

/** A try fails only where somebody else has written since the read. */
const MOST_TRIES = 12

/** This press holds the push lock, and the store says that a request follows. */
export interface Turn {
  kind: 'ours'
  lock: PushLock
  /** As it is stored now, and what it was before. */
  intent: Sending
  text: string
  before: Intent
  /** Writes the lock and the intent back as they were: nothing was sent. */
  restore: readonly Command[]
  /** The campaign to send: as it was sent before, where the same key has to be used. Undefined: nothing may be sent. */
  campaign: Campaign | undefined
  token: CachedToken | undefined
  /** The press that goes on with an earlier one's push of the same content, and shares its end. */
  adoptedBy?: Intent
}

/** `nothingToSend`: it has ended, or has to wait. `busy`: somebody else is pushing this campaign for this person. */
type Acquired = Turn | { kind: 'nothingToSend'; intent: Intent } | { kind: 'busy'; lock: FoundLock }

interface Seen {
  lock: string | null
  own: string | null
  /** The intent that an unfinished lock names, by its id. */
  other?: { id: string; text: string | null }
}

type Plan =
  | Exclude<Acquired, Turn>
  | { kind: 'look'; id: string }
  | {
      kind: 'write'
      target: Intent
      text: string | null
      campaign: Campaign | undefined
      adoptedBy?: Intent
    }

/** Takes one round trip where the lock is free. Writes nothing unless all is still as it was read. @throws StoreError */
export async function acquire(deps: AcquireDeps, request: SyncRequest): Promise<Acquired> {
  const seen: Seen = { lock: null, own: request.text ?? null }
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const plan = planOf(request, seen)
    if (plan.kind === 'nothingToSend' || plan.kind === 'busy') return plan
    if (plan.kind === 'look') {
      const text = await deps.store.get(intentKey(request.owner, plan.id))
      seen.other = { id: plan.id, text }
      continue
    }
    const turn = await write(deps, request, seen, plan)
    if (turn) return turn
  }
  throw storeDown('the push lock changed hands too often')
}

function planOf(request: SyncRequest, seen: Seen): Plan {
  const lock = readLock(seen.lock)
  const own = ownIntent(request, seen)
  if (isFinal(own)) return { kind: 'nothingToSend', intent: own }
  if (request.resumes && (seen.own === null || hasEnded(own)))
    return { kind: 'nothingToSend', intent: own }
  if (lock && lock.until > 0) return { kind: 'busy', lock }
  if (lock && lock.intent !== own.id) {
    if (seen.other?.id !== lock.intent) return { kind: 'look', id: lock.intent }
    const { text } = seen.other
    const other = readIntent(lock.intent, text)?.intent
    if (other && !isFinal(other)) return planFor(request, other, text, own)
  }
  return planFor(request, own, seen.own)
}

function planFor(request: SyncRequest, target: Intent, text: string | null, own?: Intent): Plan {
  if (isEarly(target)) return { kind: 'nothingToSend', intent: target }
  const campaign = versionToSend(request, { ...target, uncertain: isUncertain(target) })
  if (target.state === 'unconfirmed' && !campaign) return { kind: 'nothingToSend', intent: target }
  const isOurs = campaign === request.campaign
  return { kind: 'write', target, text, campaign, adoptedBy: own && isOurs ? own : undefined }
}

/** The stored intent of this press, or a new one, with what the person decided about the push they saw. */
function ownIntent({ intent, vendor, resend }: SyncRequest, { own }: Seen): Intent {
  const stored = readIntent(intent.id, own)?.intent
  const found = stored ? { ...stored, shown: intent.shown ?? stored.shown } : intent
  if (!resend || !isUncertain(found) || isEarly(found)) return found
  const isAsNew = resend.send === 'new' || !maySettle(vendor)
  const isOfNow = resend.key === undefined || resend.key === idempotencyKeyOf(found)
  return isAsNew && isOfNow ? sendAsNew(found) : found
}

export function contentToSend(vendor: SyncRequest['vendor'], campaign: Campaign) {
  const content = contentHash(vendor, campaign)
  if (isRepeatable(vendor)) return { content, sent: campaign }
  return { content, toFind: vendor.api.create && campaign, sent: undefined }
}

async function write(
  deps: AcquireDeps,
  request: SyncRequest,
  seen: Seen,
  { target, text, campaign, adoptedBy }: Extract<Plan, { kind: 'write' }>,
): Promise<Turn | undefined> {
  const { owner, vendor } = request
  const intent = begin(target, campaign && contentToSend(vendor, campaign))
  const { id } = request.campaign
  const lock = newLock(lockKeyOf({ owner, vendor: vendor.id, campaign: id }), intent.id)
  const tokenKey = campaignTokenKey(owner, vendor, request.campaign)
  const guards = [{ key: lock.key, is: seen.lock }, intentGuard(owner, intent.id, text)]
  const written = writeIntent(owner, intent)
  const step = await deps.store.stepIf(guards, [
    writeLock(lock),
    written,
    deps.tokens.readCommand(tokenKey),
  ])
  if (!step.done) {
    const [foundLock = null, foundIntent = null] = step.found
    seen.lock = foundLock
    if (intent.id === request.intent.id) seen.own = foundIntent
    else seen.other = { id: intent.id, text: foundIntent }
    return undefined
  }
  const token = await deps.tokens.open(tokenKey, step.replies[2])
  return {
    kind: 'ours',
    lock,
    intent,
    text: written.value,
    before: target,
    restore: writeFound(guards),
    campaign,
    token,
    adoptedBy,
  }
}
