// A click on Sync, and its way on after the vendor. A GET pushes only what was asked for by a POST and then approved.
import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import type { Context } from '../../context.ts'
import { badRequest, unrecorded } from '../../errors.ts'
import { ownerIfAny, ownerOf, ownerOfPress, sessionStands } from '../../session/session.ts'
import { hasEnded, type Intent, isUncertain, newIntent, resultOf } from '../../sync/intent.ts'
import { Unrecorded } from '../../sync/settle-turn.ts'
import { SessionReplaced, type SyncOutcome, sync } from '../../sync/sync.ts'
import { intentToRetry, type SyncRequest } from '../../sync/sync-request.ts'
import { authorizationNeeded } from '../http/authorization-needed.ts'
import { setFlash } from '../http/flash.ts'
import { intentConnectPath, resumePath } from '../http/paths.ts'
import { limited } from '../http/rate-limit.ts'
import { ourPage, redirect, referrerOf } from '../http/return-to.ts'
import { wantsJson } from '../http/wants-json.ts'
import { bannerOf, syncStatus } from '../page/sync-messages.ts'
import { intentIdSchema } from './resume.ts'
import { shownVersion } from './shown-version.ts'
import { showSyncPage } from './sync-page.ts'

/** Visible ASCII, as an Idempotency-Key. */
const PRESS = /^[\x21-\x7e]{1,255}$/
const pressSchema = z.object({
  vendor: z.string().optional(),
  /** The value of one rendered button, or a caller's own: the same one sent twice is one press. */
  click: z.string().regex(PRESS).optional(),
  /** The intent to try again. */
  intent: intentIdSchema.optional(),
  /** What the person decided about a push whose end is uncertain. */
  send: z.enum(['again', 'new']).optional(),
  /** The key of that push: a decision about it is not one about the push after it. */
  key: z.string().max(64).optional(),
  /** Where the vendor has, or may have, an object of this campaign: make a new one, or use the one of this id. */
  choice: z.literal('create').optional(),
  use: z.string().min(1).max(200).optional(),
  /** The version of the campaign that was shown beside the button. */
  shown: z.string().max(64).optional(),
})
/** The click value of a button that this app rendered. */
const renderedClickSchema = z.uuidv4()

export function syncRoutes(context: Context): Router {
  const router = Router({ caseSensitive: true, strict: true })
  const limit = limited(context, 'sync')

  router.post('/campaigns/:id/sync', limit, (req, res) => pressSync(context, req, res))
  router.post('/campaigns/:id/sync/drop', limit, (req, res) => dropIntent(context, req, res))
  router.get('/campaigns/:id/sync', (req, res) => resumeSync(context, req, res))

  return router
}

async function pressSync(context: Context, req: Request, res: Response): Promise<void> {
  const { config, intents, store } = context
  const found = context.campaign(req.params.id)
  const press = readPress(req)
  const vendor = context.vendor(press.vendor ?? config.vendors[0]?.id)
  const { owner, saved } = await ownerOfPress(req, { store, click: press.rendered })
  const campaign = await shownVersion(context, vendor, found, press.shown)
  const referrer = referrerOf(req, config.publicUrl, `/campaigns/${campaign.id}`)
  const earlier = press.intent === undefined ? undefined : await intents.load(owner, press.intent)
  const decision = press.send && { send: press.send, key: press.key }
  const asked = { vendor: vendor.id, campaign: campaign.id, referrer, shown: press.shown }
  const named = earlier && intentToRetry(earlier.intent, { vendor, campaign, decision })
  const intent = named
    ? { ...named, referrer, shown: press.shown ?? named.shown }
    : newIntent(owner, asked, press.click ?? press.intent)
  const text = named && earlier?.text
  const choice = choiceOf(press)
  const { proof } = req.session
  const about = { owner, vendor, campaign, proof }
  const request = { ...about, intent, text, decision, choice }
  await finish(context, req, res, request, saved)
}

function choiceOf({ choice, use }: { choice?: 'create'; use?: string }): SyncRequest['choice'] {
  if (use !== undefined) return { use }
  return choice === undefined ? undefined : { create: true }
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
  const campaign = context.campaign(req.params.id)
  const owner = ownerIfAny(req)
  const { data: id } = intentIdSchema.safeParse(req.query.intent)
  const recalled = owner && id ? context.intents.recall(owner, id) : undefined
  const { proof } = req.session
  const isReady = recalled?.intent.state === 'approved' && recalled.intent.campaign === campaign.id
  // What this process has just stored spares a wait; whether the session stands is then found out meanwhile.
  const [stored, stands] = isReady
    ? [recalled, true]
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
  const vendor = context.vendor(intent.vendor)
  await finish(context, req, res, { owner, vendor, campaign, ...stored, resumes: true, proof })
}

/**
 * Reads the form, or a JSON caller's body and Idempotency-Key.
 * @throws HttpProblem 400
 */
function readPress(req: Request) {
  const header = req.get('idempotency-key')
  if (header !== undefined && !PRESS.test(header))
    throw badRequest('Idempotency-Key must be 1 to 255 characters without spaces.')
  const { data } = pressSchema.safeParse(typeof req.body === 'object' ? (req.body ?? {}) : {})
  if (!data)
    throw badRequest('The form’s fields were not understood. Open the campaign and press Sync.')
  if (header !== undefined) return { ...data, click: header, rendered: undefined }
  return { ...data, rendered: renderedClickSchema.safeParse(data.click).data }
}

/** Pushes, or sends the person for access first. @throws HttpProblem 409 for a caller that is not a browser window */
async function finish(
  context: Context,
  req: Request,
  res: Response,
  request: SyncRequest,
  sessionSaved?: Promise<void>,
): Promise<void> {
  const [outcome] = await Promise.all([syncOrSay(context, request), sessionSaved])
  if (!outcome) return onceMore(req, res, request)
  const { next, intent } = outcome
  const { id, vendor, campaign } = intent
  const result = resultOf(intent)
  context.metrics?.syncEnded(vendor, result?.kind ?? next, result?.tookMs)
  req.log.info({ intent: id, vendor, campaign, next, result: result?.kind }, 'sync.ended')
  if (next === 'settled') return goBack(context, req, res, intent)
  const path = intentConnectPath(intent)
  if (wantsJson(req))
    throw authorizationNeeded(request.vendor, context.config.publicUrl + path, { intent: id })
  redirect(res, 303, path)
}

/** The same request once more: its session is then read first. */
function onceMore(req: Request, res: Response, { campaign, intent }: SyncRequest): void {
  if (req.method === 'GET') redirect(res, 303, resumePath(campaign.id, intent.id))
  else redirect(res, 307, `/campaigns/${campaign.id}/sync`)
}

/**
 * Undefined when the session of the press stands no more.
 * @throws HttpProblem 503 that leads to the end of this very push, when it could not be stored
 */
async function syncOrSay(context: Context, request: SyncRequest): Promise<SyncOutcome | undefined> {
  try {
    return await sync(context, request)
  } catch (error) {
    if (error instanceof SessionReplaced) return undefined
    if (!(error instanceof Unrecorded)) throw error
    const { campaign, id } = error.intent
    throw unrecorded(error.cause, resumePath(campaign, id))
  }
}

/** Back to the page the click came from, which shows the result; JSON callers get the result itself. */
function goBack(context: Context, req: Request, res: Response, intent: Intent): void {
  const { id, vendor, campaign } = intent
  const result = resultOf(intent)
  if (!wantsJson(req)) {
    const page = ourPage(intent.referrer, context.config.publicUrl) ?? `/campaigns/${campaign}`
    setFlash(req, res, page, id)
    redirect(res, 303, page)
    return
  }
  const { text } = bannerOf(intent, context.vendor(vendor), context.campaign(campaign))
  res.json({ campaign, vendor, intent: id, status: syncStatus(result), text, result })
}
