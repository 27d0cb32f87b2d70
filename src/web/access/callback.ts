// The vendor sends the person back: consume the trip, check who answers, exchange the code, keep the token, go on.
import { type Request, Router } from 'express'
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
import { limited } from '../http/rate-limit.ts'
import { redirect } from '../http/return-to.ts'
import { authorizationProblem, noCookie } from './authorization-problems.ts'
import { alreadyUsed, granted, notGranted } from './callback-ends.ts'

export function callbackRoutes(context: Context): Router {
  const { accounts, config, http, authorizationRequests: pending, store, tokens } = context
  const router = Router({ caseSensitive: true, strict: true })

  router.get('/oauth/:vendor/callback', limited(context, 'callback'), async (req, res) => {
    const vendor = context.vendor(req.params.vendor)
    const uri = redirectUri(config.publicUrl, vendor)
    const parameters = readParameters(req, vendor, uri)
    const trip = await tripOf(req, vendor, parameters.state)
    const begun = await pending.consume(trip)
    if (!begun) return redirect(res, 303, await alreadyUsed(context, req, trip))
    try {
      const answer = validateCallback(vendor, parameters, trip.state)
      const place = { owner: trip.owner, vendor, subject: begun.subject }
      const own = http.of(grantId(place))
      const token = await exchangeCode(own, vendor, answer, uri, begun.codeVerifier)
      await regenerateOnce(req, store, trip.state).catch(revokeOnFailure(http, vendor, token))
      const { choice: held } = await storeGrantedToken(
        { http: own, accounts, tokens },
        place,
        token,
        begun,
      )
      redirect(res, 303, await granted(context, req, res, { trip, begun, held }))
    } catch (error) {
      redirect(res, 303, await notGranted(context, req, res, { trip, begun, error }))
    } finally {
      await pending.exchangeEnded(trip).catch(() => {}) // whoever waits for it stops by itself
    }
  })

  return router

  /** The trip this callback ends, of whoever's browser brings it. @throws Trouble without a session that may be theirs */
  async function tripOf(
    req: Request,
    vendor: Vendor,
    state: string,
  ): Promise<AuthorizationRequestId> {
    if (ownerIfAny(req) === undefined) await recoverRegeneratedSession(req, store, state)
    const owner = ownerIfAny(req) ?? (await previousSessionOwner(req, store))
    const trip = owner === undefined ? undefined : { owner, vendor: vendor.id, state }
    if (!trip || (ownerIfAny(req) === undefined && !(await pending.isKnown(trip)))) throw noCookie()
    return trip
  }
}

function readParameters(req: Request, vendor: Vendor, uri: string) {
  try {
    return callbackParameters(vendor, req.originalUrl)
  } catch (error) {
    throw authorizationProblem(error, vendor, { label: 'Start again', href: '/campaigns' }, uri)
  }
}
