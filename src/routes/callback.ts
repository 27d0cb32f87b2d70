// The vendor sends the person back: consume the trip, check who answers, exchange the code, keep the token, go on.
import { type Request, Router } from 'express'
import type { Context } from '../context.ts'
import { redirectUri } from '../oauth/authorize.ts'
import { callbackParameters, validateCallback } from '../oauth/callback.ts'
import { exchangeCode } from '../oauth/token.ts'
import type { Trip } from '../session/pending.ts'
import { rejoin, rotateOnce } from '../session/rotation.ts'
import { ownerIfAny } from '../session/session.ts'
import { grant } from '../sync/grant.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { alreadyUsed, granted, notGranted } from './callback-ends.ts'
import { limited } from './limits.ts'
import { noCookie, tripTrouble } from './trip-troubles.ts'

export function callbackRoutes(context: Context): Router {
  const { config, http, pending, store } = context
  const router = Router({ caseSensitive: true, strict: true })

  router.get('/oauth/:vendor/callback', limited(context, 'callback'), async (req, res) => {
    const vendor = context.vendor(req.params.vendor)
    const uri = redirectUri(config.publicUrl, vendor)
    const parameters = readParameters(req, vendor, uri)
    const trip = await tripOf(req, vendor, parameters.state)
    const begun = await pending.consume(trip)
    if (!begun) return res.redirect(303, await alreadyUsed(context, req, trip))
    try {
      const answer = validateCallback(vendor, parameters, trip.state)
      const token = await exchangeCode(http, vendor, answer, uri, begun.codeVerifier)
      await rotateOnce(req, store)
      const { held } = await grant(
        context,
        { owner: trip.owner, vendor, subject: begun.subject },
        token,
        begun,
      )
      res.redirect(303, await granted(context, req, res, { trip, begun, held }))
    } catch (error) {
      res.redirect(303, await notGranted(context, req, res, { trip, begun, error }))
    } finally {
      await pending.ended(trip, begun).catch(() => {}) // whoever waits for it stops by itself
    }
  })

  return router

  /** The trip this callback ends, of whoever's browser brings it. @throws Trouble without a session that may be theirs */
  async function tripOf(req: Request, vendor: Vendor, state: string): Promise<Trip> {
    const about = { vendor: vendor.id, state }
    if (ownerIfAny(req) === undefined)
      await rejoin(req, store, (owner) => pending.isKnown({ owner, ...about }))
    const owner = ownerIfAny(req)
    if (owner === undefined) throw noCookie()
    return { owner, ...about }
  }
}

function readParameters(req: Request, vendor: Vendor, uri: string) {
  try {
    return callbackParameters(vendor, req.originalUrl)
  } catch (error) {
    throw tripTrouble(error, vendor, { label: 'Start again', href: '/campaigns' }, uri)
  }
}
