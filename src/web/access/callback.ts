// The vendor sends the person back: consume the authorization request, exchange the code, store the token, go on.
import { type Request, type Response, Router } from 'express'
import type { AuthorizationRequestId } from '../../access/authorization-requests.ts'
import { revokeOnFailure, storeGrantedToken } from '../../access/store-grant.ts'
import { grantId } from '../../access/token-key.ts'
import type { Context } from '../../context.ts'
import { redirectUri } from '../../oauth/authorize.ts'
import { callbackParameters, validateCallback } from '../../oauth/callback.ts'
import { exchangeCode } from '../../oauth/token.ts'
import {
  previousSessionOwner,
  recoverRegeneratedSession,
  regenerateOnce,
} from '../../session/regenerate.ts'
import { ownerIfAny } from '../../session/session.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { setFlash } from '../http/flash.ts'
import { connectPath } from '../http/paths.ts'
import { limited } from '../http/rate-limit.ts'
import { redirect } from '../http/return-to.ts'
import { connectionMessage } from '../page/connection-messages.ts'
import { resume } from '../sync/resume.ts'
import { authorizationProblem, noCookie } from './authorization-problems.ts'
import { type Consumed, notGranted } from './not-granted.ts'
import { resumeRepeatedCallback } from './repeated-callback.ts'
import { unlessSignedOut } from './sign-out.ts'

export function callbackRoutes(context: Context): Router {
  const router = Router({ caseSensitive: true, strict: true })

  router.get('/oauth/:vendor/callback', limited(context, 'callback'), (req, res) =>
    receiveCallback(context, req, res),
  )

  return router
}

async function receiveCallback(context: Context, req: Request, res: Response): Promise<void> {
  const { authorizationRequests, config } = context
  const vendor = context.vendor(req.params.vendor)
  const uri = redirectUri(config.publicUrl, vendor)
  const parameters = readParameters(req, vendor, uri)
  const requestId = await requestIdOf(context, req, vendor, parameters.state)
  const request = await authorizationRequests.consume(requestId)
  if (!request) return redirect(res, 303, await resumeRepeatedCallback(context, req, requestId))
  const consumed = { vendor, requestId, request }
  try {
    const callback = validateCallback(vendor, parameters, requestId.state)
    const choice = await exchangeAndStore(context, req, consumed, callback)
    redirect(res, 303, await granted(context, req, res, consumed, choice))
  } catch (error) {
    redirect(res, 303, await notGranted(context, req, res, consumed, error))
  } finally {
    // When this cannot be stored, a copy that waits for the exchange gives up after a while.
    await authorizationRequests.exchangeEnded(requestId).catch(() => {})
  }
}

function readParameters(req: Request, vendor: Vendor, uri: string) {
  try {
    return callbackParameters(vendor, req.originalUrl)
  } catch (error) {
    throw authorizationProblem(error, vendor, { label: 'Start again', href: '/campaigns' }, uri)
  }
}

/**
 * The authorization request of this browser's session, or of the one it had before its id was changed.
 * @throws HttpProblem 400 without a session that began it
 */
async function requestIdOf(
  { authorizationRequests, store }: Context,
  req: Request,
  vendor: Vendor,
  state: string,
): Promise<AuthorizationRequestId> {
  if (ownerIfAny(req) === undefined) await recoverRegeneratedSession(req, store, state)
  const current = ownerIfAny(req)
  const owner = current ?? (await previousSessionOwner(req, store))
  if (owner === undefined) throw noCookie()
  const requestId = { owner, vendor: vendor.id, state }
  if (current === undefined && !(await authorizationRequests.isKnown(requestId))) throw noCookie()
  return requestId
}

/** Gives the id of the choice between two accounts, if the person has to make one before the token is used. */
async function exchangeAndStore(
  { accounts, config, http, store, tokens }: Context,
  req: Request,
  { vendor, requestId, request }: Consumed,
  callback: URLSearchParams,
): Promise<string | undefined> {
  const tokenKey = { owner: requestId.owner, vendor, subject: request.subject }
  const own = http.of(grantId(tokenKey))
  const uri = redirectUri(config.publicUrl, vendor)
  const token = await exchangeCode(own, vendor, callback, uri, request.codeVerifier)
  await regenerateOnce(req, store, requestId.state).catch(revokeOnFailure(http, vendor, token))
  const deps = { http: own, accounts, tokens }
  const { choice } = await storeGrantedToken(deps, tokenKey, token, request)
  return choice
}

/** Gives the path to go on at: there the person first chooses between two accounts if there is a `choice`. */
async function granted(
  context: Context,
  req: Request,
  res: Response,
  { vendor, requestId: { owner }, request }: Consumed,
  choice: string | undefined,
): Promise<string> {
  context.metrics?.authorizationEnded(vendor.id, choice === undefined ? 'granted' : 'held')
  const [page] = await Promise.all([
    choice === undefined ? resume(context, owner, request) : connectPath(vendor.id, { choice }),
    unlessSignedOut(context, req, owner),
  ])
  if (choice === undefined && request.intent === undefined)
    setFlash(req, res, page, connectionMessage('renewed', vendor.id))
  return page
}
