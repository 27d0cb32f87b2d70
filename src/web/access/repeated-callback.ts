// A callback that comes a second time or too late.
import type { Request } from 'express'
import type { AuthorizationRequestId } from '../../access/authorization-requests.ts'
import type { Context } from '../../context.ts'
import { recoverRegeneratedSession } from '../../session/regenerate.ts'
import type { Intent } from '../../sync/intent.ts'
import { campaignTokenKey } from '../../sync/sync-request.ts'
import { intentConnectPath, resumePath } from '../http/paths.ts'
import { runOfPage } from '../http/return-to.ts'
import { resume } from '../sync/resume.ts'
import { staleAuthorization } from './authorization-problems.ts'

/**
 * Gives the path to go on at, if there is access by now or the request was finished by the first copy. `proof` is what
 * recovers the session of that copy.
 * @throws HttpProblem 400 that says how to go on
 */
export async function resumeRepeatedCallback(
  context: Context,
  req: Request,
  requestId: AuthorizationRequestId,
  proof: string,
): Promise<string> {
  const { authorizationRequests, intents, store } = context
  const { owner } = requestId
  const summary = await authorizationRequests.summary(requestId)
  await recoverRegeneratedSession(req, store, proof)
  const id = summary?.intent
  const intent = id === undefined ? undefined : await intents.get(owner, id)
  if (intent && intent.state !== 'awaitingAccess') return resumePath(intent.campaign, intent.id)
  const page = summary?.referrer
  if (page !== undefined && (runOfPage(page) || isHandover(page))) return page
  if (intent && (await hasAccess(context, owner, intent)))
    return resume(context, owner, { intent: intent.id, referrer: intent.referrer })
  throw staleAuthorization(intent && { label: 'Continue', href: intentConnectPath(intent) })
}

/** Never a page that a caller named: those are on an allow-list without it. */
function isHandover(page: string): boolean {
  return page.startsWith('/handover/')
}

/** Whether another authorization request has brought access for the intent's campaign meanwhile. */
async function hasAccess(
  context: Context,
  owner: string,
  { vendor, campaign }: Intent,
): Promise<boolean> {
  const tokenKey = campaignTokenKey(owner, context.vendor(vendor), { id: campaign })
  return (await context.tokens.get(tokenKey)) !== undefined
}
