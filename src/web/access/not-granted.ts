// A callback that brought no access: the person said no, or something went wrong.
import type { Request, Response } from 'express'
import type {
  AuthorizationRequest,
  AuthorizationRequestId,
} from '../../access/authorization-requests.ts'
import type { Context } from '../../context.ts'
import { redirectUri } from '../../oauth/authorize.ts'
import { CallbackError, TokenError } from '../../oauth/errors.ts'
import { deny } from '../../sync/intent.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { intentConnectPath } from '../http/paths.ts'
import { ourPage, runOfPage, setFlash } from '../http/return-to.ts'
import { authorizationProblem } from './authorization-problems.ts'

/** An authorization request that the callback has consumed. */
export interface Consumed {
  vendor: Vendor
  requestId: AuthorizationRequestId
  request: AuthorizationRequest
}

/**
 * When the person said no, gives the page they came from; their intent stays.
 * @throws what else went wrong, as a problem that says what to do
 */
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
    : (ourPage(request.referrer, config.publicUrl) ?? '/campaigns')
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
