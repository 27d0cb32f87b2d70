// A callback that comes a second time or too late.
import type { Request } from 'express'
import type { AuthorizationRequestId } from '../../access/authorization-requests.ts'
import type { Context } from '../../context.ts'
import { recoverRegeneratedSession } from '../../session/regenerate.ts'
import type { Intent } from '../../sync/intents.ts'
import { campaignTokenKey } from '../../sync/sync-request.ts'
import { intentConnectPath, resumePath } from '../http/paths.ts'
import { runOfPage } from '../http/return-to.ts'
import { resume } from '../sync/resume.ts'
import { staleAuthorization } from './authorization-problems.ts'

/** A repeated or late callback: if there is access by now the person just continues. @throws Trouble that says how to go on */
export async function alreadyUsed(
  context: Context,
  req: Request,
  trip: AuthorizationRequestId,
): Promise<string> {
  const { intents, authorizationRequests: pending, store } = context
  const trace = await pending.summary(trip)
  await recoverRegeneratedSession(req, store, trip.state)
  const intent =
    trace?.intent === undefined ? undefined : await intents.get(trip.owner, trace.intent)
  if (intent && (intent.approved || intent.state !== 'waiting'))
    return resumePath(intent.campaign, intent.id)
  if (trace?.referrer !== undefined && runOfPage(trace.referrer)) return trace.referrer
  if (intent && (await hasAccess(context, trip.owner, intent)))
    return resume(context, trip.owner, { intent: intent.id, referrer: intent.referrer })
  throw staleAuthorization({
    label: 'Continue',
    href: intent ? intentConnectPath(intent) : '/campaigns',
  })
}

/** Another trip brought access to the same campaign meanwhile. */
async function hasAccess(
  context: Context,
  owner: string,
  { vendor: id, campaign }: Intent,
): Promise<boolean> {
  const place = campaignTokenKey(owner, context.vendor(id), { id: campaign })
  return (await context.tokens.get(place)) !== undefined
}
