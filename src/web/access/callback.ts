// The vendor sends the person back: consume the trip, check who answers, exchange the code, keep the token, go on.
import { type Request, type Response, Router } from 'express'
import type {
  AuthorizationRequest,
  AuthorizationRequestId,
} from '../../access/authorization-requests.ts'
import { revokeOnFailure, storeGrantedToken } from '../../access/store-grant.ts'
import { grantId } from '../../access/token-key.ts'
import type { Context } from '../../context.ts'
import type { Action } from '../../errors.ts'
import { redirectUri } from '../../oauth/authorize.ts'
import { callbackParameters, validateCallback } from '../../oauth/callback.ts'
import { CallbackError, TokenError } from '../../oauth/errors.ts'
import { exchangeCode } from '../../oauth/token.ts'
import {
  previousSessionOwner,
  recoverRegeneratedSession,
  regenerateOnce,
} from '../../session/regenerate.ts'
import { ownerIfAny } from '../../session/session.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { setFlash } from '../http/flash.ts'
import { connectPath, intentConnectPath } from '../http/paths.ts'
import { limited } from '../http/rate-limit.ts'
import { ourPage, redirect, runOfPage } from '../http/return-to.ts'
import { connectionMessage } from '../page/connection-messages.ts'
import { resume } from '../sync/resume.ts'
import { authorizationProblem, noCookie } from './authorization-problems.ts'
import { alreadyUsed } from './repeated-callback.ts'
import { unlessSignedOut } from './sign-out.ts'

interface Ended {
  trip: AuthorizationRequestId
  begun: AuthorizationRequest
}

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

/** Access is there, or `held` until the person has said whose they want: gives the path to go on at. */
async function granted(
  context: Context,
  req: Request,
  res: Response,
  { trip, begun, held }: Ended & { held: string | undefined },
): Promise<string> {
  context.metrics?.authorizationEnded(trip.vendor, held === undefined ? 'granted' : 'held')
  const [page] = await Promise.all([
    held === undefined
      ? resume(context, trip.owner, begun)
      : connectPath(trip.vendor, { choice: held }),
    unlessSignedOut(context, req, trip.owner),
  ])
  if (held !== undefined) return page
  if (begun.intent === undefined)
    setFlash(req, res, page, connectionMessage('renewed', trip.vendor))
  return page
}

/** "No" is a choice: gives the page it came from, the intent kept. Everything else is thrown as a page that says what to do. */
async function notGranted(
  context: Context,
  req: Request,
  res: Response,
  { trip, begun, error }: Ended & { error: unknown },
): Promise<string> {
  const { config, intents, metrics, runs } = context
  metrics?.authorizationEnded(trip.vendor, resultOf(error))
  const intent =
    begun.intent === undefined ? undefined : await intents.get(trip.owner, begun.intent)
  const page = ourPage(begun.referrer, config.publicUrl) ?? '/campaigns'
  if (!(error instanceof CallbackError && error.kind === 'denied')) {
    const vendor = context.vendor(trip.vendor)
    const again: Action = { label: 'Try again', href: intent ? intentConnectPath(intent) : page }
    throw authorizationProblem(error, vendor, again, redirectUri(config.publicUrl, vendor))
  }
  req.log.info({ vendor: trip.vendor, intent: intent?.id }, 'authorization.denied')
  await runs.returned(trip.owner, runOfPage(page), false)
  if (intent?.state === 'waiting') {
    await intents.save(trip.owner, { ...intent, result: { kind: 'denied', at: Date.now() } })
    setFlash(req, res, page, intent.id)
  }
  return page
}

function resultOf(error: unknown): string {
  return error instanceof CallbackError || error instanceof TokenError ? error.kind : 'ours'
}
