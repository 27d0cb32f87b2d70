// A push, from whichever request: pressed, named by a key, or gone on with after approval; done, counted, and logged.
import type { Request } from 'express'
import type { Campaign } from '../../campaigns/campaign.ts'
import type { Context } from '../../context.ts'
import { HttpProblem, unrecorded } from '../../errors.ts'
import { mayDo } from '../../identity/identity.ts'
import { SessionReplaced } from '../../session/session.ts'
import { type Intent, newIntent, resultOf } from '../../sync/intent.ts'
import { lockKeyOf, readLock } from '../../sync/push-lock.ts'
import { Unrecorded } from '../../sync/settle-turn.ts'
import { type SyncOutcome, sync } from '../../sync/sync.ts'
import type { SyncRequest } from '../../sync/sync-request.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { resumePath } from '../http/paths.ts'
import { authorizationNeeded } from '../http/script-callers.ts'

/**
 * Undefined when the session of the press has ended. @throws HttpProblem 409 for a campaign above the limit of one person;
 * 503 with a link to `path`, or to this intent, when the result could not be stored
 */
export async function performSync(
  context: Context,
  req: Request,
  request: SyncRequest,
  path?: string,
): Promise<SyncOutcome | undefined> {
  await checkPressedAlone(context, request)
  try {
    const outcome = await sync(context, request)
    const { next, intent } = outcome
    const { id, vendor, campaign } = intent
    const result = resultOf(intent)
    context.metrics?.syncEnded(vendor, result?.kind ?? next, result?.tookMs)
    req.did = { intent: id, vendor, campaign, next, result: result?.kind }
    if (req.res?.closed) req.log.info(req.did, 'sync.ended') // its line was written when the caller went
    return outcome
  } catch (error) {
    if (error instanceof SessionReplaced) return undefined
    if (!(error instanceof Unrecorded)) throw error
    const { campaign, id } = error.intent
    const isSent = resultOf(error.intent)?.kind === 'sent'
    throw unrecorded(error.cause, path ?? resumePath(campaign, id), isSent)
  }
}

/**
 * Call it before a press goes on: what one person may not start as a run they may not push singly either. A press that
 * is done is not refused. @throws HttpProblem 409
 */
async function checkPressedAlone(context: Context, request: SyncRequest): Promise<void> {
  const { campaign, resend, objectChoice, owner, intent } = request
  if (!context.isAboveLimit(campaign)) return
  const stored = resend || objectChoice ? undefined : await context.intents.get(owner, intent.id)
  if (stored && resultOf(stored)?.kind === 'sent') return
  throw needsRun(request)
}

function needsRun({ campaign, vendor }: SyncRequest): HttpProblem {
  const fields = { id: campaign.id, vendor: vendor.id }
  return new HttpProblem({
    code: 'E-APPROVAL',
    status: 409,
    heading: 'An approver has to say yes first',
    text: `${campaign.name} is above the limit for one person. Nothing was sent. Make a run of it alone: that waits for an approver.`,
    actions: [{ label: 'Make a run of it', post: '/runs', fields, primary: true }],
  })
}

export interface KeyedPress {
  owner: string
  vendor: Vendor
  campaign: Campaign
  /** The same key is the same press: pushed once, with the same response. */
  key: string
}

/** Returns the settled intent. @throws HttpProblem 409 when a person is needed first */
export async function pressByKey(
  context: Context,
  req: Request,
  { owner, vendor, campaign, key }: KeyedPress,
): Promise<Intent> {
  const referrer = `/campaigns/${campaign.id}`
  const person = req.identity?.name
  const asked = { vendor: vendor.id, campaign: campaign.id, referrer, person }
  const intent = newIntent(owner, asked, key)
  const outcome = await performSync(context, req, { owner, vendor, campaign, intent })
  if (outcome?.next !== 'authorize') return outcome?.intent ?? intent
  const waiting = { campaign: campaign.id, intent: outcome.intent.id }
  throw await authorizationNeeded(context, req, owner, vendor, waiting)
}

/**
 * Finishes the intent if nobody else is at it, and returns it; undefined when there is none. Callers who may not sync
 * only look. @throws HttpProblem 503 with a link to `path`, which looks again
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

/** Whether it is unfinished and nobody works on it: it was approved, or the lease of its push is over. */
async function isLeft({ store }: Context, owner: string, intent: Intent): Promise<boolean> {
  const { state, vendor, campaign } = intent
  if (state !== 'sending') return state === 'approved'
  const lock = readLock(await store.get(lockKeyOf({ owner, vendor, campaign })))
  return lock === undefined || lock.until === 0
}
