// The first press of somebody new: there can be neither access nor a push under way, so one step asks for access.
import { proveSession } from '../session/session.ts'
import type { Store } from '../store/store.ts'
import { incompleteness } from '../vendors/needs.ts'
import { contentToSend } from './acquire.ts'
import { awaitAccess, begin, type Intent } from './intent.ts'
import { type Intents, intentGuard, intentKey, writeIntent } from './intents.ts'
import type { SyncRequest } from './sync-request.ts'

/**
 * The intent, which waits for access; undefined where it is a press like any other.
 * @throws SessionReplaced, the intent being as it was before, or as the store does
 */
export async function firstPress(
  { store, intents }: { store: Store; intents: Intents },
  { owner, vendor, campaign, intent: own, isNew, proof }: SyncRequest,
): Promise<Intent | undefined> {
  if (!isNew || incompleteness(vendor, campaign)) return undefined
  const intent = awaitAccess(begin(own, contentToSend(vendor, campaign)))
  const [written, proved] = await Promise.allSettled([
    store.stepIf([intentGuard(owner, own.id, null)], [writeIntent(owner, intent)]),
    proveSession(proof),
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
