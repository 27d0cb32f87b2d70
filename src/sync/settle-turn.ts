// The end of a turn: the intent's end is written down and the push lock released, in one step.
import type { Command, Guard, Store } from '../store/store.ts'
import type { Turn } from './acquire.ts'
import {
  acceptLate,
  type Intent,
  isEarly,
  isFinal,
  isUncertain,
  resultOf,
  shareResult,
} from './intent.ts'
import { type Intents, intentGuard, readIntent, writeIntent } from './intents.ts'
import { lockGuard, unfinished } from './push-lock.ts'
import type { Settled, SyncLog } from './sync-log.ts'
import type { SyncRequest } from './sync-request.ts'

export interface SettleDeps {
  store: Store
  intents: Intents
  syncLog: SyncLog
  event(name: string, fields: object): void
}

/** A push may have been applied, and its end could not be stored. The same intent must go on: another press would push again. */
export class Unrecorded extends Error {
  readonly intent: Intent
  constructor(intent: Intent, cause: unknown) {
    super('the end of a push could not be stored', { cause })
    this.intent = intent
  }
}

/**
 * Stores the result and releases the lock in one step; the lock stays with an intent that is uncertain or has to wait.
 * Returns the stored intent: where another process has taken the push over, with that one's result.
 */
export async function settleTurn(
  deps: SettleDeps,
  { owner, vendor }: SyncRequest,
  turn: Turn,
  end: Intent,
): Promise<Intent> {
  const { lock, adoptedBy, before } = turn
  const isOpen = isUncertain(end) || isEarly(end)
  const release = isOpen ? unfinished(lock) : ({ del: lock.key } as const)
  const sharing = adoptedBy && isFinal(end) ? shareResult(adoptedBy, end) : undefined
  const result = resultOf(end)
  const isNews = end.state !== 'awaitingAccess' && result !== resultOf(before)
  const guards = [lockGuard(lock), intentGuard(owner, end.id, turn.text)]
  const commands = [
    writeIntent(owner, end),
    release,
    ...(sharing ? [writeIntent(owner, sharing)] : []),
  ]
  const sent = turn.campaign && { vendor, campaign: turn.campaign }
  try {
    const step = isNews
      ? await storeNews(deps, guards, commands, end, sent)
      : await deps.store.stepIf(guards, commands)
    if (!step.done) return await afterTakeover(deps, owner, end, step.found[1] ?? null)
    if (end.state === 'awaitingAccess') deps.intents.remember(owner, end)
    return end
  } catch (error) {
    const isMade = isNews && (result?.kind === 'sent' || result?.kind === 'partly')
    throw isMade || isUncertain(end) ? new Unrecorded(end, error) : error
  }
}

/**
 * With the line of the sync log: in the same step where one server has all keys, beside it on a cluster. A log that cannot
 * be written keeps no end from being stored.
 */
async function storeNews(
  deps: SettleDeps,
  guards: readonly Guard[],
  commands: readonly Command[],
  end: Intent,
  sent: Settled['sent'],
) {
  const { store, syncLog } = deps
  if (!syncLog.isInStep) {
    const both = [store.stepIf(guards, commands), addToLog(deps, end, sent)] as const
    return (await Promise.all(both))[0]
  }
  try {
    const step = await syncLog.addInStep(guards, commands, end, sent)
    if (!step.done) await addToLog(deps, end, sent)
    return step
  } catch {
    const step = await store.stepIf(guards, commands)
    // Not done, as the one that failed was done after all: then its line is there.
    const wasDone =
      !step.done && commands.some((one) => 'set' in one && one.value === step.found[1])
    if (!wasDone) await addToLog(deps, end, sent)
    return step
  }
}

async function addToLog(
  { syncLog, event }: SettleDeps,
  end: Intent,
  sent: Settled['sent'],
): Promise<void> {
  const unlogged = () => event('sync.unlogged', { intent: end.id, campaign: end.campaign })
  await syncLog.add(end, sent).catch(unlogged)
}

/** Another process took the push over while this one stood still: returns the intent as that one left it. */
async function afterTakeover(
  { intents }: SettleDeps,
  owner: string,
  end: Intent,
  text: string | null,
): Promise<Intent> {
  const theirs = readIntent(end.id, text)?.intent
  if (!theirs || !acceptLate(theirs, end)) return theirs ?? end
  return (await intents.change(owner, end.id, (now) => acceptLate(now, end))) ?? end
}
