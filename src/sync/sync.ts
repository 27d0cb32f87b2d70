// The heart: one campaign, one intent. Of all who want it one pushes, the end is written down, and all are told it.
import { setTimeout as wait } from 'node:timers/promises'
import { unrecorded } from '../errors.ts'
import { type AttemptDeps, attempt } from './attempt.ts'
import { type Intent, isDone, isEarly } from './intents.ts'
import type { LockedByOther, PushLock, PushLockKey, PushLocks } from './push-lock.ts'
import type { SyncLog } from './sync-log.ts'
import { campaignTokenKey, type SyncRequest } from './sync-request.ts'

/** ms to wait for somebody else who is pushing the same campaign for the same person. */
const JOIN_MS = 12_000

export interface SyncDeps extends AttemptDeps {
  pushLocks: PushLocks
  syncLog: SyncLog
  /** Says in the log what nobody is told. */
  event(name: string, fields: object): void
}

/** `authorize`: access is needed and the intent waits. `settled`: see its result; none when it is still under way. */
export interface SyncOutcome {
  next: 'authorize' | 'settled'
  intent: Intent
}

/**
 * Carries a click as far as it goes without the person: to `authorize` (access is needed; the intent waits), or
 * to the settled intent. Parallel calls for one campaign of one person push once and get the same end.
 * Rejects when the store cannot be relied on; nothing is sent unless the intent was stored before.
 */
export async function sync(deps: SyncDeps, request: SyncRequest): Promise<SyncOutcome> {
  const lockKey = { owner: request.owner, vendor: request.vendor.id, campaign: request.campaign.id }
  for (const patience = Date.now() + JOIN_MS; ; ) {
    const [acquired, stored, token] = await Promise.all([
      deps.pushLocks.acquire(lockKey, request.intent.id),
      deps.intents.add(request.owner, { ...request.intent, state: 'sending', maybeSent: true }),
      deps.tokens.get(campaignTokenKey(request.owner, request.vendor, request.campaign)),
    ])
    if (acquired.mine) {
      const isNew = stored === undefined && acquired.intent === request.intent.id
      const intent = isNew
        ? request.intent
        : await resumeUnfinished(deps, request, acquired.intent, stored)
      const held =
        intent.id === acquired.intent
          ? acquired
          : await deps.pushLocks.reassign(lockKey, acquired, intent.id)
      if (!held.mine) continue
      const end = await deps.pushLocks.withHeartbeat(lockKey, held, () =>
        attempt(deps, { ...request, intent }, token, isNew),
      )
      await record(deps, lockKey, held, intent, end)
      return endOf(end)
    }
    const end = await join(deps, request, acquired, patience)
    if (end) return end
  }
}

function endOf(intent: Intent): SyncOutcome {
  return { next: intent.state === 'waiting' ? 'authorize' : 'settled', intent }
}

/**
 * Somebody is pushing this campaign for this person: their end is ours too, told on our own page. Undefined when
 * their lease ended without one: they may be dead, and the slot is to be tried again.
 */
async function join(
  { intents }: SyncDeps,
  { owner, intent: own }: SyncRequest,
  acquired: LockedByOther,
  patience: number,
) {
  if (acquired.intent !== own.id) await intents.remove(owner, own.id)
  const ended = ({ state, approved }: Intent) =>
    state === 'settled' || (state === 'waiting' && !approved)
  const end = await intents.until(
    owner,
    acquired.intent,
    ended,
    Math.min(acquired.until, patience) - Date.now(),
  )
  if (!end && Date.now() < patience) return undefined
  if (end && end.id !== own.id && isBefore(end, own)) {
    await wait(100) // its holder is about to free the slot, or died before it could
    return undefined
  }
  return endOf({ ...(end ?? own), state: end?.state ?? 'sending', referrer: own.referrer })
}

/** It was done before this click was made: that was another push. */
function isBefore(end: Intent, request: Intent): boolean {
  return isDone(end) && (end.result?.at ?? 0) < request.createdAt
}

/** An unfinished intent was there before: this click goes on with it, under its key, and returns to its own page. */
async function resumeUnfinished(
  deps: SyncDeps,
  { owner, intent: own }: SyncRequest,
  id: string,
  stored: Intent | undefined,
) {
  const found = id === own.id ? stored : await deps.intents.get(owner, id)
  if (!found || (id !== own.id && isDone(found))) return stored ?? own
  if (id !== own.id) await deps.intents.remove(owner, own.id)
  return { ...found, referrer: own.referrer, approved: own.approved }
}

/**
 * Writes the end down. The slot is freed only when that is done: else the next click would be another push; and while
 * the vendor wants to be left alone the next click waits for the same moment. The log lies elsewhere, in a cluster at
 * another master: what it cannot take is still done, and told by the intent.
 */
async function record(
  { intents, pushLocks: claims, syncLog, event }: SyncDeps,
  lockKey: PushLockKey,
  acquired: PushLock,
  before: Intent,
  end: Intent,
) {
  const open = (end.maybeSent && !isDone(end)) || isEarly(end)
  const isNews = end.state === 'settled' && end.result !== before.result
  const written = open
    ? intents.save(lockKey.owner, end).then(() => claims.releaseUnfinished(lockKey, acquired))
    : intents.saveAndFree(lockKey.owner, end, claims.storedLock(lockKey, acquired))
  const unlogged = () => event('sync.unlogged', { intent: end.id, campaign: end.campaign })
  try {
    await Promise.all([written, isNews ? syncLog.add(end).catch(unlogged) : undefined])
  } catch (error) {
    throw isNews && (end.maybeSent || end.result?.kind === 'sent') ? unrecorded(error) : error
  }
}
