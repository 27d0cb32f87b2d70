// The vendor sends the person back: consume the trip, check who answers, exchange the code, keep the token, go on.
import { type Request, type Response, Router } from 'express'
import type { Context } from '../context.ts'
import type { WayOut } from '../errors.ts'
import { redirectUri } from '../oauth/authorize.ts'
import { callbackParameters, validateCallback } from '../oauth/callback.ts'
import { CallbackError } from '../oauth/errors.ts'
import { revokeToken } from '../oauth/revoke.ts'
import { exchangeCode, type TokenSet } from '../oauth/token.ts'
import type { Intent } from '../session/intents.ts'
import type { Pending, Trip } from '../session/pending.ts'
import { rejoin, rotateOnce } from '../session/rotation.ts'
import { ownerIfAny } from '../session/session.ts'
import type { TokenPlace } from '../session/tokens.ts'
import { fetchAccount } from '../vendors/account.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { announce, announceAccess } from './announce.ts'
import { ourPage } from './referrer.ts'
import { noCookie, staleTrip, tripTrouble } from './trip-troubles.ts'
import { connectPath } from './words.ts'

export function callbackRoutes(context: Context): Router {
  const { config, http, intents, pending, store, tokens } = context
  const router = Router({ caseSensitive: true, strict: true })

  router.get('/oauth/:vendor/callback', async (req, res) => {
    const vendor = context.vendor(req.params.vendor)
    const parameters = readParameters(req, vendor)
    if (ownerIfAny(req) === undefined) await rejoin(req, store, parameters.state)
    const trip = { owner: ownerIfAny(req), vendor: vendor.id, state: parameters.state }
    if (!hasOwner(trip)) throw noCookie()
    const begun = await pending.consume(trip)
    if (!begun) return res.redirect(303, await alreadyUsed(req, trip))
    try {
      const answer = validateCallback(vendor, parameters, trip.state)
      const token = await exchangeCode(http, vendor, answer, uriOf(vendor), begun.codeVerifier)
      await rotateOnce(req, store, trip.state)
      await keep({ owner: trip.owner, vendor, subject: begun.subject }, token)
      res.redirect(303, await goOn(req, res, trip, begun))
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
      return callbackParameters(req.originalUrl)
    } catch (error) {
      throw tripTrouble(error, vendor, { label: 'Start again', href: '/campaigns' }, uriOf(vendor))
    }
  }

  /** A repeated or late callback: if the first copy got access the person just continues. */
  async function alreadyUsed(req: Request, trip: Trip): Promise<string> {
    const trace = await pending.trace(trip)
    await rejoin(req, store, trip.state)
    const intent = trace?.intent === undefined ? undefined : await intents.get(trip.owner, trace.intent)
    if (intent && (intent.approved || intent.state !== 'waiting'))
      return resumePath(intent.campaign, intent.id)
    if (intent && (await hasAccess(trip.owner, intent))) return approved(trip, intent)
    throw staleTrip(
      intent ? { label: 'Continue', href: connectPath(intent) } : { label: 'Continue', href: '/campaigns' },
    )
  }

  /** Another trip brought access to the same campaign meanwhile. */
  async function hasAccess(owner: string, { vendor, campaign }: Intent): Promise<boolean> {
    const place = { owner, vendor: context.vendor(vendor), subject: `campaign:${campaign}` }
    return (await tokens.get(place)) !== undefined
  }

  /** The token goes into the cache; one that cannot be kept is given back, so that nobody holds it. */
  async function keep(place: TokenPlace, token: TokenSet): Promise<void> {
    const account = await fetchAccount(http, place.vendor, token.accessToken)
    try {
      await tokens.put(place, token, account)
    } catch (error) {
      await revokeToken(http, place.vendor, token.accessToken)
      throw error
    }
  }

  /** The waiting intent goes on; without one, back to where access was asked for, which says that it was given. */
  async function goOn(req: Request, res: Response, trip: Trip, begun: Pending): Promise<string> {
    const intent = begun.intent === undefined ? undefined : await intents.get(trip.owner, begun.intent)
    if (intent) return approved(trip, intent)
    const page = ourPage(begun.referrer, config.publicUrl) ?? '/campaigns'
    announceAccess(req, res, page, trip.vendor, begun.subject)
    return page
  }

  async function approved(trip: Trip, intent: Intent): Promise<string> {
    if (intent.state === 'waiting') await intents.save(trip.owner, { ...intent, approved: true })
    return resumePath(intent.campaign, intent.id)
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
    const intent = begun.intent === undefined ? undefined : await intents.get(trip.owner, begun.intent)
    const page = ourPage(begun.referrer, config.publicUrl) ?? '/campaigns'
    if (!(error instanceof CallbackError && error.kind === 'denied')) {
      const again: WayOut = { label: 'Try again', href: intent ? connectPath(intent) : page }
      throw tripTrouble(error, vendor, again, uriOf(vendor))
    }
    req.log.info({ vendor: vendor.id, intent: intent?.id }, 'authorization.denied')
    if (intent?.state === 'waiting') {
      await intents.save(trip.owner, { ...intent, result: { kind: 'denied', at: Date.now() } })
      announce(req, res, page, intent.id)
    }
    res.redirect(303, page)
  }
}

function hasOwner(trip: { owner: string | undefined; vendor: string; state: string }): trip is Trip {
  return trip.owner !== undefined
}

function resumePath(campaign: string, intent: string): string {
  return `/campaigns/${campaign}/sync?intent=${intent}`
}
