// Finishes an intent that was approved, or whose process died, and that nobody is at, for whoever looks how it stands.
import type { Request } from 'express'
import type { Context } from '../../context.ts'
import { mayDo } from '../../identity/identity.ts'
import type { Intent } from '../../sync/intent.ts'
import { lockKeyOf, readLock } from '../../sync/push-lock.ts'
import { performSync } from './perform-sync.ts'

/**
 * The intent as it then is; undefined when there is none. An approval is used once, however many look; who may not sync
 * only looks. @throws HttpProblem 503 that leads to `path`, which looks again
 */
export async function resumeApproved(
  context: Context,
  req: Request,
  owner: string,
  id: string,
  path?: string,
): Promise<Intent | undefined> {
  const stored = await context.intents.load(owner, id)
  if (!stored) return undefined
  const { intent } = stored
  const mayFinish = mayDo(req.identity?.roles ?? [], 'sender')
  if (!mayFinish || !(await isLeft(context, owner, intent))) return intent
  const campaign = context.campaigns.get(intent.campaign)
  const vendor = context.config.vendors.find((one) => one.id === intent.vendor)
  if (!campaign || !vendor) return intent
  const request = { owner, vendor, campaign, ...stored, resumes: true as const }
  return (await performSync(context, req, request, path))?.intent
}

/** It has to go on and nobody is at it: when its push was begun, the lease of whoever began it is over. */
async function isLeft({ store }: Context, owner: string, intent: Intent): Promise<boolean> {
  const { state, vendor, campaign } = intent
  if (state !== 'sending') return state === 'approved'
  const lock = readLock(await store.get(lockKeyOf({ owner, vendor, campaign })))
  return lock === undefined || lock.until === 0
}
