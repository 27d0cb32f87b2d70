// The end of a turn: the intent's end is written down and the push lock released, in one step.
import type { Store } from '../store/store.ts'
import type { Turn } from './acquire.ts'
import {
  acceptLate,
  type Intent,
  isEarly,
  isFinal,
  isUncertain,
  resultOf,
  share,
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

/** The push ended, and its end could not be stored. Going on with the same intent tells how; another press is another push. */
export class Unrecorded extends Error {
  readonly intent: Intent
  constructor(intent: Intent, cause: unknown) {
    super('the end of a push could not be stored', { cause })
    this.intent = intent
  }
}

/**
 * The end and the release of the lock, in one step. The lock stays with an intent that is uncertain or early, for the
 * next press. Gives the intent as it is stored then: another's end, when another has taken the push over.
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
      isNews && addToLog(deps, end, turn.campaign && { vendor, campaign: turn.campaign }),
    ])
    if (!step.done) return await afterTakeover(deps, owner, end, step.found[1] ?? null)
    if (end.state === 'awaitingAccess') deps.intents.remember(owner, end)
    return end
  } catch (error) {
    throw isNews && (isUncertain(end) || result?.kind === 'sent')
      ? new Unrecorded(end, error)
      : error
  }
}

/** The log lies elsewhere, in a cluster at another master: what it cannot take is still done, and told by the intent. */
async function addToLog(
  { syncLog, event }: SettleDeps,
  end: Intent,
  sent: Settled['sent'],
): Promise<void> {
  const unlogged = () => event('sync.unlogged', { intent: end.id, campaign: end.campaign })
  await syncLog.add(end, sent).catch(unlogged)
}

/** Another took the push over while this process stood still: the intent as it is then. */
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
