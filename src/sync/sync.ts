// The heart: one press, one push. Acquire the lock, make an attempt, settle its end; whoever comes meanwhile is told the same.
import { awaitSessionCheck } from '../session/session.ts'
import { StoreError } from '../store/open.ts'
import type { Store } from '../store/store.ts'
import { traced } from '../trace.ts'
import { incompleteness } from '../vendors/needs.ts'
import { acquire, contentToSend, type Turn } from './acquire.ts'
import { type AttemptDeps, attempt } from './attempt.ts'
import { awaitAccess, begin, type Intent, isFinal, resultOf } from './intent.ts'
import { type Intents, intentGuard, intentKey, writeIntent } from './intents.ts'
import { joinPush } from './join-push.ts'
import { lockGuard, withHeartbeat } from './push-lock.ts'
import { StoreAwayInPush } from './push-with-refresh.ts'
import { type SettleDeps, settleTurn, Unrecorded } from './settle-turn.ts'
import type { SyncRequest } from './sync-request.ts'

/** ms to wait for somebody else who is pushing the same campaign for the same person. */
const JOIN_MS = 12_000

interface SyncDeps extends AttemptDeps, SettleDeps {}

/** `authorize`: access is needed and the intent waits. `settled`: see its result; none when it is still under way. */
export interface SyncOutcome {
  next: 'authorize' | 'settled'
  intent: Intent
}

/**
 * Takes a press as far as it goes without the person: to `authorize`, or to the settled intent. Parallel calls for
 * one campaign of one person push once. The push of an earlier version whose end is uncertain is settled first.
 * Rejects when the store cannot be relied on; nothing is sent unless the intent was stored before.
 */
export function sync(deps: SyncDeps, request: SyncRequest): Promise<SyncOutcome> {
  const { vendor, campaign, intent } = request
  const about = { vendor: vendor.id, subject: campaign.id, intent: intent.id }
  const endOf = ({ next, intent: end }: SyncOutcome) =>
    next === 'authorize' ? next : resultOf(end)?.kind
  return traced('sync', about, () => syncInTurn(deps, request), endOf)
}

async function syncInTurn(deps: SyncDeps, request: SyncRequest): Promise<SyncOutcome> {
  const asked = await firstPress(deps, request)
  if (asked) return outcomeOf(request, asked)
  for (const deadline = Date.now() + JOIN_MS; ; ) {
    const turn = await acquire(deps, request)
    try {
      await awaitSessionCheck(request.sessionCheck)
    } catch (error) {
      if (turn.kind === 'ours') await releaseUnsent(deps, turn).catch(() => {}) // why it ended is told
      throw error
    }
    if (turn.kind === 'nothingToSend') return outcomeOf(request, turn.intent)
    if (turn.kind === 'busy') {
      const shared = await joinPush(deps, request, turn.lock, deadline)
      if (shared) return outcomeOf(request, shared)
      continue
    }
    const end = await attemptTurn(deps, request, turn)
    const settled = await settleTurn(deps, request, turn, end)
    const isEarlier = turn.intent.id !== request.intent.id && !turn.adoptedBy
    if (isEarlier && isFinal(settled)) continue // now the version of this press
    return outcomeOf(request, settled)
  }
}

/** Where the store fails before anything may have been applied, all is put back. @throws Unrecorded, or as the store does */
async function attemptTurn(deps: SyncDeps, request: SyncRequest, turn: Turn): Promise<Intent> {
  try {
    return await withHeartbeat(deps.store, turn.lock, () => attempt(deps, request, turn))
  } catch (error) {
    if (error instanceof StoreAwayInPush && error.maybeApplied)
      throw new Unrecorded(turn.intent, error)
    if (error instanceof StoreError) await releaseUnsent(deps, turn).catch(() => {}) // the store is still away
    throw error
  }
}

/** Releases the lock and puts the intent back: nothing was sent. */
async function releaseUnsent({ store }: SyncDeps, { lock, restore }: Turn): Promise<void> {
  await store.stepIf([lockGuard(lock)], restore)
}

function outcomeOf({ intent: own }: SyncRequest, intent: Intent): SyncOutcome {
  const next = intent.state === 'awaitingAccess' ? 'authorize' : 'settled'
  return { next, intent: { ...intent, referrer: own.referrer } }
}

/**
 * The intent, waiting for access; undefined when this is no first press.
 * @throws SessionReplaced, with the intent unchanged, or as the store does
 */
async function firstPress(
  { store, intents }: { store: Store; intents: Intents },
  { owner, vendor, campaign, intent: own, isNew, sessionCheck }: SyncRequest,
): Promise<Intent | undefined> {
  if (!isNew || incompleteness(vendor, campaign)) return undefined
  const intent = awaitAccess(begin(own, contentToSend(vendor, campaign)))
  const [written, proved] = await Promise.allSettled([
    store.stepIf([intentGuard(owner, own.id, null)], [writeIntent(owner, intent)]),
    awaitSessionCheck(sessionCheck),
  ])
  if (written.status === 'rejected') throw written.reason
  if (proved.status === 'rejected') {
    if (written.value.done) await store.del(intentKey(owner, own.id)).catch(() => {}) // it ends by itself
    throw proved.reason
  }
  if (!written.value.done) return undefined
  intents.remember(owner, intent)
  return intent
}
