// The heart: one press, one push. Acquire the lock, make an attempt, settle its end; whoever comes meanwhile is told the same.
import { setTimeout as wait } from 'node:timers/promises'
import type { Store } from '../store/store.ts'
import { acquire, type Turn } from './acquire.ts'
import { type AttemptDeps, attempt } from './attempt.ts'
import {
  acceptLate,
  giveWay,
  type Intent,
  isEarly,
  isFinal,
  isUncertain,
  resultOf,
  share,
} from './intent.ts'
import { type Intents, intentGuard, readIntent, writeIntent } from './intents.ts'
import { type FoundLock, lockGuard, unfinished, withHeartbeat } from './push-lock.ts'
import type { SyncLog } from './sync-log.ts'
import { contentOf, type SyncRequest } from './sync-request.ts'

/** ms to wait for somebody else who is pushing the same campaign for the same person. */
const JOIN_MS = 12_000
const POLL_EVERY_MS = 100

export interface SyncDeps extends AttemptDeps {
  store: Store
  intents: Intents
  syncLog: SyncLog
  /** Says in the log what nobody is told. */
  event(name: string, fields: object): void
}

/** The push ended, and its end could not be stored. Going on with the same intent tells how; another press is another push. */
export class Unrecorded extends Error {
  readonly intent: Intent
  constructor(intent: Intent, cause: unknown) {
    super('the end of a push could not be stored', { cause })
    this.intent = intent
  }
}

/** The press came with a session that has ended, or was replaced, meanwhile. Nothing was done for it. */
export class SessionReplaced extends Error {}

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
export async function sync(deps: SyncDeps, request: SyncRequest): Promise<SyncOutcome> {
  for (const deadline = Date.now() + JOIN_MS; ; ) {
    const turn = await acquire(deps, request)
    if (!(await isProven(request))) {
      if (turn.kind === 'ours') await withdraw(deps, turn)
      throw new SessionReplaced('the session of this press stands no more')
    }
    if (turn.kind === 'over') return outcomeOf(request, turn.intent)
    if (turn.kind === 'busy') {
      const shared = await join(deps, request, turn.lock, deadline)
      if (shared) return outcomeOf(request, shared)
      continue
    }
    const end = await withHeartbeat(deps.store, turn.lock, () => attempt(deps, request, turn))
    const settled = await settleTurn(deps, request, turn, end)
    const isEarlier = turn.intent.id !== request.intent.id && !turn.adoptedBy
    if (isEarlier && isFinal(settled)) continue // now the version of this press
    return outcomeOf(request, settled)
  }
}

async function isProven({ proof }: SyncRequest): Promise<boolean> {
  return (await proof) ?? true
}

/** Nothing was sent: lock and intent are as they were before. */
async function withdraw({ store }: SyncDeps, { lock, undo }: Turn): Promise<void> {
  await store.stepIf([lockGuard(lock)], undo)
}

function outcomeOf({ intent: own }: SyncRequest, intent: Intent): SyncOutcome {
  const next = intent.state === 'awaitingAccess' ? 'authorize' : 'settled'
  return { next, intent: { ...intent, referrer: own.referrer } }
}

/**
 * Somebody is pushing this campaign for this person: their end is ours too, if what they send is what this press saw.
 * Undefined when the lock is to be tried again: their lease is over, or they sent another version, or did so before.
 */
async function join(
  deps: SyncDeps,
  request: SyncRequest,
  lock: FoundLock,
  deadline: number,
): Promise<Intent | undefined> {
  const { owner, intent: own } = request
  const other = await endOf(deps, owner, lock, deadline)
  if (!other || !hasEnded(other)) {
    if (Date.now() < deadline) return undefined
    return other && isSameContent(request, other) ? other : keep(deps, request, giveWay(own))
  }
  if (other.id === own.id) return other
  if (!isSameContent(request, other) || endedBefore(other, own)) {
    await wait(POLL_EVERY_MS) // its holder is about to release the lock, or died before it could
    return undefined
  }
  return isFinal(other) ? keep(deps, request, share(own, other)) : other
}

/** The intent under that lock, once it has ended; as it is when the lease or our patience is over. */
async function endOf(
  { intents }: SyncDeps,
  owner: string,
  { intent: id, until }: FoundLock,
  deadline: number,
): Promise<Intent | undefined> {
  for (const end = Math.min(until, deadline); ; await wait(POLL_EVERY_MS)) {
    const intent = await intents.get(owner, id)
    if ((intent && hasEnded(intent)) || Date.now() >= end) return intent
  }
}

function hasEnded({ state }: Intent): boolean {
  return state === 'settled' || state === 'unconfirmed' || state === 'awaitingAccess'
}

function isSameContent(request: SyncRequest, { content }: Intent): boolean {
  return content === undefined || content === (request.intent.shown ?? contentOf(request))
}

/** It was done before this press was made: that was another push. */
function endedBefore(other: Intent, own: Intent): boolean {
  return isFinal(other) && (resultOf(other)?.at ?? 0) < own.createdAt
}

/** A press is written down with its end, so that the same press sent again is told the same; else it is as another copy wrote it. */
async function keep(
  { store }: SyncDeps,
  { owner, intent, text }: SyncRequest,
  end: Intent | undefined,
): Promise<Intent> {
  if (!end) return intent
  const guard = intentGuard(owner, intent.id, text ?? null)
  const step = await store.stepIf([guard], [writeIntent(owner, end)])
  return step.done ? end : (readIntent(intent.id, step.found[0] ?? null)?.intent ?? end)
}

/**
 * Writes the end down and, in the same step, releases the lock. The lock stays with an intent that is uncertain, so
 * that the next press goes on with it, and with one that the vendor wants to be left alone about. Gives the intent as
 * it is stored then: another's end, when the lease was over and another has taken the push over.
 */
async function settleTurn(
  deps: SyncDeps,
  { owner }: SyncRequest,
  turn: Turn,
  end: Intent,
): Promise<Intent> {
  const { lock, adoptedBy, before } = turn
  const isOpen = isUncertain(end) || isEarly(end)
  const release = isOpen ? unfinished(lock) : ({ del: lock.key } as const)
  const sharing = adoptedBy && isFinal(end) ? share(adoptedBy, end) : undefined
  const result = resultOf(end)
  const isNews = end.state !== 'awaitingAccess' && result !== resultOf(before)
  const guards = [lockGuard(lock), intentGuard(owner, end.id, turn.text)]
  try {
    const [step] = await Promise.all([
      deps.store.stepIf(guards, [
        writeIntent(owner, end),
        release,
        ...(sharing ? [writeIntent(owner, sharing)] : []),
      ]),
      isNews && addToLog(deps, end),
    ])
    if (step.done) return end
    return await afterTakeover(deps, owner, end, step.found[1] ?? null)
  } catch (error) {
    throw isNews && (isUncertain(end) || result?.kind === 'sent')
      ? new Unrecorded(end, error)
      : error
  }
}

/** The log lies elsewhere, in a cluster at another master: what it cannot take is still done, and told by the intent. */
async function addToLog({ syncLog, event }: SyncDeps, end: Intent): Promise<void> {
  const unlogged = () => event('sync.unlogged', { intent: end.id, campaign: end.campaign })
  await syncLog.add(end).catch(unlogged)
}

/** Another took the push over while this process stood still: the intent as it is then. */
async function afterTakeover(
  { intents }: SyncDeps,
  owner: string,
  end: Intent,
  text: string | null,
): Promise<Intent> {
  const theirs = readIntent(end.id, text)?.intent
  if (!theirs || !acceptLate(theirs, end)) return theirs ?? end
  return (await intents.change(owner, end.id, (now) => acceptLate(now, end))) ?? end
}
