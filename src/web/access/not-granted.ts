// A callback that brings no access: the person said no, something went wrong, or it comes a second time or too late.
import type { Request, Response } from 'express'
import type {
  AuthorizationRequest,
  AuthorizationRequestId,
} from '../../access/authorization-requests.ts'
import type { Context } from '../../context.ts'
import { redirectUri } from '../../oauth/authorize.ts'
import { CallbackError, TokenError } from '../../oauth/errors.ts'
import { recoverRegeneratedSession } from '../../session/regenerate.ts'
import { deny, type Intent } from '../../sync/intent.ts'
import { campaignTokenKey } from '../../sync/sync-request.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { intentConnectPath, resumePath } from '../http/paths.ts'
import { ourPage, runOfPage, setFlash } from '../http/return-to.ts'
import { resume } from '../sync/resume.ts'
import { authorizationProblem, staleAuthorization } from './authorization-problems.ts'

export interface Consumed {
  vendor: Vendor
  requestId: AuthorizationRequestId
  request: AuthorizationRequest
}

/** The page to return to after a no; the intent goes on waiting. @throws HttpProblem for any other error */
export async function notGranted(
  context: Context,
  req: Request,
  res: Response,
  { vendor, requestId: { owner }, request }: Consumed,
  error: unknown,
): Promise<string> {
  const { config, intents, metrics, runs } = context
  metrics?.authorizationEnded(vendor.id, outcomeOf(error))
  const intent = request.intent === undefined ? undefined : await intents.get(owner, request.intent)
  const isHandover = request.handover !== undefined
  const page = isHandover
    ? request.referrer
    : (ourPage(request.referrer, config.publicUrl) ??
      (intent ? `/campaigns/${intent.campaign}` : '/campaigns'))
  if (!(error instanceof CallbackError && error.kind === 'denied')) {
    const again = { label: 'Try again', href: intent ? intentConnectPath(intent) : page }
    const isKept = intent !== undefined || runOfPage(page) !== undefined || isHandover
    const uri = redirectUri(config.publicUrl, vendor)
    throw authorizationProblem(error, vendor, { again, isKept }, uri)
  }
  req.log.info({ vendor: vendor.id, intent: intent?.id }, 'authorization.denied')
  await runs.returned(owner, runOfPage(page), false)
  if (!intent) return page
  const denied = await intents.change(owner, intent.id, deny)
  if (denied?.state === 'awaitingAccess') setFlash(req, res, page, intent.id)
  return page
}

function outcomeOf(error: unknown): string {
  return error instanceof CallbackError || error instanceof TokenError ? error.kind : 'ours'
}

/** Redirects if there is access by now or the first copy is done; `proof` recovers its session. @throws HttpProblem 400 */
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
  if (page !== undefined && (runOfPage(page) || isHandoverPage(page))) return page
  if (intent && (await hasAccess(context, owner, intent)))
    return resume(context, owner, { intent: intent.id, referrer: intent.referrer })
  throw staleAuthorization(intent && { label: 'Continue', href: intentConnectPath(intent) })
}

/** Never a page that a caller named: those are on an allow-list without it. */
function isHandoverPage(page: string): boolean {
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
