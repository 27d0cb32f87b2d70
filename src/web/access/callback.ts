// The vendor sends the person back: consume the authorization request, exchange the code, store the token, go on.
import { type Request, type Response, Router } from 'express'
import type {
  AuthorizationRequest,
  AuthorizationRequestId,
} from '../../access/authorization-requests.ts'
import { revokeOnFailure, storeGrantedToken } from '../../access/store-grant.ts'
import { parseSubject } from '../../access/subject.ts'
import { grantId } from '../../access/token-key.ts'
import type { Context } from '../../context.ts'
import type { HttpProblem } from '../../errors.ts'
import { redirectUri } from '../../oauth/authorize.ts'
import { callbackParameters, validateCallback } from '../../oauth/callback.ts'
import { exchangeCode } from '../../oauth/token.ts'
import {
  previousSession,
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
import { authorizationProblem, noCookie, sessionReplaced } from './authorization-problems.ts'
import { type Consumed, notGranted } from './not-granted.ts'
import { resumeRepeatedCallback } from './repeated-callback.ts'
import { unlessSignedOut } from './sign-out.ts'

/** Seconds after which a browser repeats a callback that came with a replaced cookie, with the cookie of then. */
const AGAIN_SECONDS = 2

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
  const { state } = parameters
  const proof = `${state} ${parameters.get('code')}`
  if (ownerIfAny(req) === undefined) await recoverRegeneratedSession(req, context.store, proof)
  const owner = ownerIfAny(req)
  if (owner === undefined)
    throw await withoutSession(context, req, res, { vendor: vendor.id, state })
  const requestId = { owner, vendor: vendor.id, state }
  const request = await authorizationRequests.consume(requestId)
  if (!request)
    return redirect(res, 303, await resumeRepeatedCallback(context, req, requestId, proof))
  const consumed = { vendor, requestId, request }
  try {
    const callback = validateCallback(vendor, parameters, state)
    if (isUnsure(req, consumed)) return redirect(res, 303, connectPathOf(vendor, request))
    const choice = await exchangeAndStore(context, req, consumed, callback, proof)
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
    const again = { label: 'Start again', href: '/campaigns' }
    throw authorizationProblem(error, vendor, { again, isKept: false }, uri)
  }
}

/**
 * A second tab's callback may be under way when the first one's response brings the new cookie: the browser repeats
 * it, with that. The replaced cookie alone opens nothing.
 */
async function withoutSession(
  { authorizationRequests, store }: Context,
  req: Request,
  res: Response,
  begun: Omit<AuthorizationRequestId, 'owner'>,
): Promise<HttpProblem> {
  const previous = await previousSession(req, store)
  const isOpen =
    previous && (await authorizationRequests.isOpen({ owner: previous.owner, ...begun }))
  if (!isOpen) return noCookie()
  res.set('refresh', String(AGAIN_SECONDS))
  return sessionReplaced()
}

/**
 * Before the first access anybody may have begun it, if the cookie was planted. Where the vendor names no account
 * nobody could tell whose approval this is: it is not used, and the person is asked to approve once more.
 */
function isUnsure(req: Request, { vendor, request }: Consumed): boolean {
  const namesAccount = vendor.api.account ?? vendor.token.response.account
  return Boolean(request.unconnected && req.session.connected && !namesAccount)
}

function connectPathOf(vendor: Vendor, { subject, intent }: AuthorizationRequest): string {
  const { kind, id = '' } = parseSubject(subject) ?? {}
  if (kind === 'run') return connectPath(vendor.id, { run: id })
  return connectPath(vendor.id, { campaign: id, ...(intent !== undefined && { intent }) })
}

/** Gives the id of the choice between two accounts, if the person has to make one before the token is used. */
async function exchangeAndStore(
  { accounts, config, http, store, tokens }: Context,
  req: Request,
  { vendor, requestId, request }: Consumed,
  callback: URLSearchParams,
  proof: string,
): Promise<string | undefined> {
  const tokenKey = { owner: requestId.owner, vendor, subject: request.subject }
  const own = http.of(grantId(tokenKey))
  const uri = redirectUri(config.publicUrl, vendor)
  const token = await exchangeCode(own, vendor, callback, uri, request.codeVerifier)
  await regenerateOnce(req, store, proof).catch(revokeOnFailure(http, vendor, token))
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
