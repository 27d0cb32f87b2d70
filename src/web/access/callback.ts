// The vendor sends the person back: consume the authorization request, and finish it or say why not.
import { type Request, type Response, Router } from 'express'
import type { AuthorizationRequestId } from '../../access/authorization-requests.ts'
import { originsOf } from '../../access/token-key.ts'
import type { Context } from '../../context.ts'
import type { HttpProblem } from '../../errors.ts'
import { redirectUri } from '../../oauth/authorize.ts'
import { callbackParameters, validateCallback } from '../../oauth/callback.ts'
import { previousSession, recoverRegeneratedSession } from '../../session/regenerate.ts'
import { ownerIfAny } from '../../session/session.ts'
import { traced } from '../../trace.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { finishHandover } from '../handover/callback.ts'
import { needs } from '../http/needs.ts'
import { subjectConnectPath } from '../http/paths.ts'
import { limited } from '../http/rate-limit.ts'
import { redirect } from '../http/return-to.ts'
import { authorizationProblem, noCookie, sessionReplaced } from './authorization-problems.ts'
import { finishAuthorization } from './finish-authorization.ts'
import { type Consumed, notGranted, resumeRepeatedCallback } from './not-granted.ts'

/** Seconds after which a browser repeats a callback that came with a replaced cookie, with the cookie of then. */
const AGAIN_SECONDS = 2

export function callbackRoutes(context: Context): Router {
  const router = Router({ caseSensitive: true, strict: true })

  router.get('/oauth/:vendor/callback', needs('sender'), limited(context, 'callback'), (req, res) =>
    receiveCallback(context, req, res),
  )

  return router
}

async function receiveCallback(context: Context, req: Request, res: Response): Promise<void> {
  const { authorizationRequests, config } = context
  const vendor = context.vendor(req.params.vendor, req)
  const uri = redirectUri(config.publicUrl, vendor)
  const parameters = readParameters(req, vendor, uri)
  const { state } = parameters
  const proof = `${state} ${parameters.get('code')}`
  if (ownerIfAny(req) === undefined) await recoverRegeneratedSession(req, context.store, proof)
  const owner = ownerIfAny(req)
  if (owner === undefined)
    throw await withoutSession(context, req, res, { vendor: vendor.id, state })
  const requestId = { owner, vendor: vendor.id, state }
  const request = await authorizationRequests.consume(requestId, originsOf(vendor))
  if (!request)
    return redirect(res, 303, await resumeRepeatedCallback(context, req, requestId, proof))
  const consumed = { vendor, requestId, request }
  let isExchangeEnded = false
  try {
    if (request.handover !== undefined) {
      const handover = { requestId, request, parameters, proof }
      return redirect(res, 303, await finishHandover(context, req, handover))
    }
    const callback = validateCallback(vendor, parameters, state)
    if (isApproverUnknown(req, consumed))
      return redirect(res, 303, subjectConnectPath(vendor.id, request))
    const about = { vendor: vendor.id, subject: request.subject, intent: request.intent }
    const finished = await traced('authorization.callback', about, () =>
      finishAuthorization(context, req, res, consumed, callback, proof),
    )
    isExchangeEnded = finished.inOneStep
    redirect(res, 303, finished.page)
  } catch (error) {
    redirect(res, 303, await notGranted(context, req, res, consumed, error))
  } finally {
    // When this cannot be stored, a copy that waits for the exchange gives up after a while.
    if (!isExchangeEnded) await authorizationRequests.exchangeEnded(requestId).catch(() => {})
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
function isApproverUnknown(req: Request, { vendor, request }: Consumed): boolean {
  const namesAccount = vendor.api.account ?? vendor.token.response.account
  return Boolean(request.unconnected && req.session.connected && !namesAccount)
}
