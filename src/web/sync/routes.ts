// A click on Sync, and its way on after the vendor. A GET pushes only what was asked for by a POST and then approved.
import { type Request, type Response, Router } from 'express'
import type { Context } from '../../context.ts'
import { notFound, storeDown } from '../../errors.ts'
import { ownerIfAny, ownerOf, ownerOfPress, sessionStands } from '../../session/session.ts'
import {
  hasEnded,
  type Intent,
  intentId,
  isUncertain,
  newIntent,
  resultOf,
} from '../../sync/intent.ts'
import { intentToRetry, type SyncRequest } from '../../sync/sync-request.ts'
import { formField } from '../http/bodies.ts'
import { needs } from '../http/needs.ts'
import { intentConnectPath, resumePath } from '../http/paths.ts'
import { limited } from '../http/rate-limit.ts'
import { ourPage, outsidePage, redirect, referrerOf, setFlash } from '../http/return-to.ts'
import { authorizationNeeded, wantsJson } from '../http/script-callers.ts'
import { showSyncPage } from './button.ts'
import { intentJson } from './intent-status.ts'
import { performSync } from './perform-sync.ts'
import { objectChoiceOf, readPress, shownVersion } from './press.ts'
import { intentIdSchema, intentOf } from './resume.ts'

export function syncRoutes(context: Context): Router {
  const router = Router({ caseSensitive: true, strict: true })
  const limit = limited(context, 'sync')

  router.post('/campaigns/:id/sync', needs('sender'), limit, (req, res) =>
    pressSync(context, req, res),
  )
  router.post('/campaigns/:id/sync/drop', needs('sender'), limit, (req, res) =>
    dropIntent(context, req, res),
  )
  router.get('/campaigns/:id/sync', needs('sender'), (req, res) => resumeSync(context, req, res))

  return router
}

async function pressSync(context: Context, req: Request, res: Response): Promise<void> {
  const { campaigns, config, intents, store } = context
  const found = campaigns.get(String(req.params.id))
  if (!found) return goBackFromRemoved(context, req, res, pressIdOf(context, req))
  const press = readPress(req)
  const vendor = context.vendorOrFirst(press.vendor, req)
  const { owner, saved, sessionCheck } = ownerOfPress(req, store, press.rendered)
  const campaign = await shownVersion(context, vendor, found, press.shown)
  const referrer =
    outsidePage(formField(req, 'referrer'), config.returnTo) ??
    referrerOf(req, config.publicUrl, `/campaigns/${campaign.id}`)
  const earlier = press.intent === undefined ? undefined : await intents.load(owner, press.intent)
  const resend = press.send && { send: press.send, key: press.key }
  const person = req.identity?.name
  const asked = { vendor: vendor.id, campaign: campaign.id, referrer, shown: press.shown, person }
  const named = earlier && intentToRetry(earlier.intent, { vendor, campaign, resend })
  const intent = named
    ? { ...named, referrer, shown: press.shown ?? named.shown }
    : newIntent(owner, asked, press.click ?? press.intent)
  const text = named && earlier?.text
  const offering =
    press.use === undefined
      ? undefined
      : await intentOf(context, owner, { vendor, campaign }, pressIdOf(context, req))
  const objectChoice = objectChoiceOf(press, offering)
  const about = { owner, vendor, campaign, sessionCheck }
  const request = { ...about, intent, text, resend, objectChoice, isNew: saved !== undefined }
  if (await finish(context, req, res, request, saved)) return
  // With a session it is sent again, which is then read first; without one it was a double click, and is the other's.
  if (saved) await pressSync(context, req, res)
  else redirect(res, 307, `/campaigns/${campaign.id}/sync`)
}

/** Forgets an intent, unless a push under it may have been applied. */
async function dropIntent(context: Context, req: Request, res: Response): Promise<void> {
  const { config, intents } = context
  const campaign = context.campaign(req.params.id)
  const owner = await ownerOf(req)
  const { intent: id } = readPress(req)
  const stored = id === undefined ? undefined : await intents.load(owner, id)
  if (stored && !isUncertain(stored.intent)) await intents.remove(owner, stored)
  redirect(res, 303, referrerOf(req, config.publicUrl, `/campaigns/${campaign.id}`))
}

/** Finishes an approved intent; without one of this person it shows a page with the Sync button. */
async function resumeSync(context: Context, req: Request, res: Response): Promise<void> {
  if (!req.session) throw storeDown('no session')
  const campaign = context.campaigns.get(String(req.params.id))
  const owner = ownerIfAny(req)
  const { data: id } = intentIdSchema.safeParse(req.query.intent)
  if (!campaign) return goBackFromRemoved(context, req, res, id)
  const remembered = owner && id ? context.intents.takeRemembered(owner, id) : undefined
  const { sessionCheck } = req.session
  const isReady =
    remembered?.intent.state === 'approved' && remembered.intent.campaign === campaign.id
  // What this process has just stored spares a wait; whether the session stands is then found out meanwhile.
  const [stored, stands] = isReady
    ? [remembered, true]
    : await Promise.all([
        owner === undefined || id === undefined ? undefined : context.intents.load(owner, id),
        sessionStands(req),
      ])
  if (!stands) return redirect(res, 303, resumePath(campaign.id, id ?? ''))
  if (!owner || stored?.intent.campaign !== campaign.id)
    return showSyncPage(context, req, res, campaign)
  const { intent } = stored
  if (intent.state === 'awaitingAccess') return redirect(res, 303, intentConnectPath(intent))
  if (hasEnded(intent)) return goBack(context, req, res, intent)
  const vendor = context.vendor(intent.vendor, req)
  const request = { owner, vendor, campaign, ...stored, resumes: true as const, sessionCheck }
  if (!(await finish(context, req, res, request)))
    redirect(res, 303, resumePath(campaign.id, intent.id)) // once more: its session is then read first
}

/**
 * Pushes, or sends the person for access first. False when the session of the press stands no more.
 * @throws HttpProblem 409 for a caller that is not a browser window
 */
async function finish(
  context: Context,
  req: Request,
  res: Response,
  request: SyncRequest,
  sessionSaved?: Promise<void>,
): Promise<boolean> {
  const [outcome] = await Promise.all([performSync(context, req, request), sessionSaved])
  if (!outcome) return false
  const { next, intent } = outcome
  const { id, campaign } = intent
  if (next === 'settled') goBack(context, req, res, intent)
  else if (!wantsJson(req)) redirect(res, 303, intentConnectPath(intent))
  else {
    const waiting = { campaign, intent: id }
    throw await authorizationNeeded(context, req, request.owner, request.vendor, waiting)
  }
  return true
}

/**
 * Back to the page the click came from, which shows the result; JSON callers get the result itself. A page of another
 * system cannot show it: only a sync that is done leads there.
 */
function goBack(context: Context, req: Request, res: Response, intent: Intent): void {
  if (wantsJson(req)) return void res.json(intentJson(context, intent))
  const { returnTo, publicUrl } = context.config
  const { id, campaign, referrer } = intent
  const isDone = resultOf(intent)?.kind === 'sent'
  const outside = isDone ? outsidePage(referrer, returnTo) : undefined
  const own = `/campaigns/${campaign}`
  const from = ourPage(referrer, publicUrl) ?? own
  const isRemoved = !context.campaigns.get(campaign) && from.split('?')[0] === own
  const page = outside ?? (isRemoved ? '/campaigns' : from)
  if (outside === undefined) setFlash(req, res, page, id)
  redirect(res, 303, page)
}

/** Its campaign has left the file: nothing is sent, and what became of the press is told. @throws HttpProblem 404 */
async function goBackFromRemoved(
  context: Context,
  req: Request,
  res: Response,
  id: string | undefined,
): Promise<void> {
  const owner = (await sessionStands(req)) ? ownerIfAny(req) : undefined
  const intent = owner && id ? await context.intents.get(owner, id) : undefined
  if (!intent || intent.campaign !== req.params.id) throw notFound('This campaign')
  goBack(context, req, res, intent)
}

/** The intent that a press names, or is. */
function pressIdOf({ config }: Context, req: Request): string | undefined {
  const { intent, click, vendor = config.vendors[0]?.id ?? '' } = readPress(req)
  const owner = ownerIfAny(req)
  if (intent !== undefined || click === undefined || owner === undefined) return intent
  return intentId(owner, { vendor, campaign: String(req.params.id) }, click)
}
