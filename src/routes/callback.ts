// The vendor sends the person back: consume the trip, check who answers, exchange the code, keep the token, go on.
import { type Request, type Response, Router } from 'express'
import type { Context } from '../context.ts'
import type { WayOut } from '../errors.ts'
import { redirectUri } from '../oauth/authorize.ts'
import { callbackParameters, validateCallback } from '../oauth/callback.ts'
import { CallbackError, TokenError } from '../oauth/errors.ts'
import { exchangeCode } from '../oauth/token.ts'
import type { Intent } from '../session/intents.ts'
import type { Pending, Trip } from '../session/pending.ts'
import { rejoin, rotateOnce } from '../session/rotation.ts'
import { ownerIfAny } from '../session/session.ts'
import { grant } from '../sync/grant.ts'
import { placeOf } from '../sync/sync.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { announce } from './announce.ts'
import { limited } from './limits.ts'
import { noteOf } from './notes.ts'
import { ourPage, runOfPage } from './referrer.ts'
import { resume, resumePath } from './resume.ts'
import { noCookie, staleTrip, tripTrouble } from './trip-troubles.ts'
import { connectPath } from './words.ts'

export function callbackRoutes(context: Context): Router {
  const { config, http, intents, pending, runs, store, tokens } = context
  const router = Router({ caseSensitive: true, strict: true })

  router.get('/oauth/:vendor/callback', limited(context, 'callback'), async (req, res) => {
    const vendor = context.vendor(req.params.vendor)
    const parameters = readParameters(req, vendor)
    const about = { vendor: vendor.id, state: parameters.state }
    if (ownerIfAny(req) === undefined)
      await rejoin(req, store, (owner) => pending.isKnown({ owner, ...about }))
    const trip = { owner: ownerIfAny(req), ...about }
    if (!hasOwner(trip)) throw noCookie()
    const begun = await pending.consume(trip)
    if (!begun) return res.redirect(303, await alreadyUsed(req, trip))
    try {
      const answer = validateCallback(vendor, parameters, trip.state)
      const token = await exchangeCode(http, vendor, answer, uriOf(vendor), begun.codeVerifier)
      await rotateOnce(req, store)
      const place = { owner: trip.owner, vendor, subject: begun.subject }
      context.metrics?.authorizationEnded(vendor.id, 'granted')
      const { held } = await grant(context, place, token, begun)
      if (held !== undefined) return res.redirect(303, `/connect/${vendor.id}/account/${held}`)
      const page = await resume(context, trip.owner, begun)
      if (begun.intent === undefined) announce(req, res, page, noteOf('renewed', vendor.id))
      res.redirect(303, page)
    } catch (error) {
      await declined(req, res, error, vendor, trip, begun)
    } finally {
      await pending.ended(trip, begun).catch(() => {})
    }
  })

  return router

  function uriOf(vendor: Vendor): string {
    return redirectUri(config.publicUrl, vendor)
  }

  function readParameters(req: Request, vendor: Vendor) {
    try {
      return callbackParameters(vendor, req.originalUrl)
    } catch (error) {
      throw tripTrouble(error, vendor, { label: 'Start again', href: '/campaigns' }, uriOf(vendor))
    }
  }

  /** A repeated or late callback: if the first copy got access the person just continues. */
  async function alreadyUsed(req: Request, trip: Trip): Promise<string> {
    const trace = await pending.trace(trip)
    await rejoin(req, store, () => pending.isKnown(trip))
    const intent = trace?.intent === undefined ? undefined : await intents.get(trip.owner, trace.intent)
    if (intent && (intent.approved || intent.state !== 'waiting'))
      return resumePath(intent.campaign, intent.id)
    if (trace && runOfPage(trace.referrer)) return trace.referrer
    if (intent && trace && (await hasAccess(trip.owner, intent))) return resume(context, trip.owner, trace)
    throw staleTrip(
      intent ? { label: 'Continue', href: connectPath(intent) } : { label: 'Continue', href: '/campaigns' },
    )
  }

  /** Another trip brought access to the same campaign meanwhile. */
  async function hasAccess(owner: string, { vendor: id, campaign }: Intent): Promise<boolean> {
    const vendor = context.vendor(id)
    return (await tokens.get(placeOf(owner, vendor, { id: campaign }))) !== undefined
  }

  /** "No" is a choice: back to the page it came from, the intent kept. Everything else is a page that says what to do. */
  async function declined(
    req: Request,
    res: Response,
    error: unknown,
    vendor: Vendor,
    trip: Trip,
    begun: Pending,
  ) {
    context.metrics?.authorizationEnded(vendor.id, kindOf(error))
    const intent = begun.intent === undefined ? undefined : await intents.get(trip.owner, begun.intent)
    const page = ourPage(begun.referrer, config.publicUrl) ?? '/campaigns'
    if (!(error instanceof CallbackError && error.kind === 'denied')) {
      const again: WayOut = { label: 'Try again', href: intent ? connectPath(intent) : page }
      throw tripTrouble(error, vendor, again, uriOf(vendor))
    }
    req.log.info({ vendor: vendor.id, intent: intent?.id }, 'authorization.denied')
    await runs.returned(trip.owner, runOfPage(page), false)
    if (intent?.state === 'waiting') {
      await intents.save(trip.owner, { ...intent, result: { kind: 'denied', at: Date.now() } })
      announce(req, res, page, intent.id)
    }
    res.redirect(303, page)
  }
}

function kindOf(error: unknown): string {
  return error instanceof CallbackError || error instanceof TokenError ? error.kind : 'ours'
}

function hasOwner(trip: { owner: string | undefined; vendor: string; state: string }): trip is Trip {
  return trip.owner !== undefined
}
