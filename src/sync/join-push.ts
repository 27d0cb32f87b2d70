// Somebody else is pushing the same campaign for the same person: waits for their end, and shares it if it is the same.
import { setTimeout as wait } from 'node:timers/promises'
import { pollUntil } from '../poll-until.ts'
import type { Store } from '../store/store.ts'
import { contentHash } from '../vendors/request.ts'
import { hasEnded, type Intent, isFinal, resultOf, settleAsBusy, shareResult } from './intent.ts'
import { type Intents, intentGuard, readIntent, writeIntent } from './intents.ts'
import type { FoundLock } from './push-lock.ts'
import type { SyncRequest } from './sync-request.ts'

const POLL_EVERY_MS = 100

interface JoinDeps {
  store: Store
  intents: Intents
}

/** Waits for their push, and takes its result if they send what this press saw. Undefined: try the lock again. */
export async function joinPush(
  deps: JoinDeps,
  request: SyncRequest,
  lock: FoundLock,
  deadline: number,
): Promise<Intent | undefined> {
  const { owner, intent: own } = request
  const other = await endOf(deps, owner, lock, deadline)
  if (!other || !hasEnded(other)) {
    if (Date.now() < deadline) return undefined
    return other && isSameContent(request, other) ? other : keep(deps, request, settleAsBusy(own))
  }
  if (other.id === own.id) return other
  if (!isSameContent(request, other) || endedBefore(other, own)) {
    await wait(POLL_EVERY_MS) // its holder is about to release the lock, or died before it could
    return undefined
  }
  return isFinal(other) ? keep(deps, request, shareResult(own, other)) : other
}

async function endOf(
  { intents }: JoinDeps,
  owner: string,
  { intent: id, until }: FoundLock,
  deadline: number,
): Promise<Intent | undefined> {
  let intent: Intent | undefined
  const isOver = async () => {
    intent = await intents.get(owner, id)
    return intent !== undefined && hasEnded(intent)
  }
  await pollUntil(isOver, { every: POLL_EVERY_MS, deadline: Math.min(until, deadline) })
  return intent
}

function isSameContent(request: SyncRequest, { content }: Intent): boolean {
  return (
    content === undefined ||
    content === (request.intent.shown ?? contentHash(request.vendor, request.campaign))
  )
}

/** It was done before this press was made: that was another push. */
function endedBefore(other: Intent, own: Intent): boolean {
  return isFinal(other) && (resultOf(other)?.at ?? 0) < own.createdAt
}

/** Stores the press with its result, so that the same press sent again gets the same response. */
async function keep(
  { store }: JoinDeps,
  { owner, intent, text }: SyncRequest,
  end: Intent | undefined,
): Promise<Intent> {
  if (!end) return intent
  const guard = intentGuard(owner, intent.id, text ?? null)
  const step = await store.stepIf([guard], [writeIntent(owner, end)])
  return step.done ? end : (readIntent(intent.id, step.found[0] ?? null)?.intent ?? end)
}
