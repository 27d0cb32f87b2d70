// How a trip to the vendor ends: with access, with a "no", with trouble, or a second time.
import type { Request, Response } from 'express'
import type {
  AuthorizationRequest,
  AuthorizationRequestId,
} from '../../access/authorization-requests.ts'
import type { Context } from '../../context.ts'
import type { Action } from '../../errors.ts'
import { redirectUri } from '../../oauth/authorize.ts'
import { CallbackError, TokenError } from '../../oauth/errors.ts'
import { recoverRegeneratedSession } from '../../session/regenerate.ts'
import type { Intent } from '../../sync/intents.ts'
import { campaignTokenKey } from '../../sync/sync-request.ts'
import { setFlash } from '../http/flash.ts'
import { connectPath } from '../http/paths.ts'
import { ourPage, runOfPage } from '../http/return-to.ts'
import { connectionMessage } from '../page/connection-messages.ts'
import { resume, resumePath } from '../sync/resume.ts'
import { authorizationProblem, staleAuthorization } from './authorization-problems.ts'
import { unlessSignedOut } from './sign-out.ts'

interface Ended {
  trip: AuthorizationRequestId
  begun: AuthorizationRequest
}

/** Access is there, or `held` until the person has said whose they want: gives the path to go on at. */
export async function granted(
  context: Context,
  req: Request,
  res: Response,
  { trip, begun, held }: Ended & { held: string | undefined },
): Promise<string> {
  context.metrics?.authorizationEnded(trip.vendor, held === undefined ? 'granted' : 'held')
  const [page] = await Promise.all([
    held === undefined
      ? resume(context, trip.owner, begun)
      : `/connect/${trip.vendor}/account/${held}`,
    unlessSignedOut(context, req, trip.owner),
  ])
  if (held !== undefined) return page
  if (begun.intent === undefined)
    setFlash(req, res, page, connectionMessage('renewed', trip.vendor))
  return page
}

/** "No" is a choice: gives the page it came from, the intent kept. Everything else is thrown as a page that says what to do. */
export async function notGranted(
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
    const again: Action = { label: 'Try again', href: intent ? connectPath(intent) : page }
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

/** A repeated or late callback: if there is access by now the person just continues. @throws Trouble that says how to go on */
export async function alreadyUsed(
  context: Context,
  req: Request,
  trip: AuthorizationRequestId,
): Promise<string> {
  const { intents, authorizationRequests: pending, store } = context
  const trace = await pending.summary(trip)
  await recoverRegeneratedSession(req, store, trip.state)
  const intent =
    trace?.intent === undefined ? undefined : await intents.get(trip.owner, trace.intent)
  if (intent && (intent.approved || intent.state !== 'waiting'))
    return resumePath(intent.campaign, intent.id)
  if (trace?.referrer !== undefined && runOfPage(trace.referrer)) return trace.referrer
  if (intent && (await hasAccess(context, trip.owner, intent)))
    return resume(context, trip.owner, { intent: intent.id, referrer: intent.referrer })
  throw staleAuthorization({ label: 'Continue', href: intent ? connectPath(intent) : '/campaigns' })
}

/** Another trip brought access to the same campaign meanwhile. */
async function hasAccess(
  context: Context,
  owner: string,
  { vendor: id, campaign }: Intent,
): Promise<boolean> {
  const place = campaignTokenKey(owner, context.vendor(id), { id: campaign })
  return (await context.tokens.get(place)) !== undefined
}

function resultOf(error: unknown): string {
  return error instanceof CallbackError || error instanceof TokenError ? error.kind : 'ours'
}
