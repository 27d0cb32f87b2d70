// A click on Sync, and its way on after the vendor. A GET pushes only what was asked for by a POST and then approved.
import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import type { Context } from '../../context.ts'
import { badRequest } from '../../errors.ts'
import { ownerIfAny, ownerOf } from '../../session/session.ts'
import { type Intent, newIntent } from '../../sync/intents.ts'
import { sync } from '../../sync/sync.ts'
import type { SyncRequest } from '../../sync/sync-request.ts'
import { authorizationNeeded } from '../access/authorization-problems.ts'
import { setFlash } from '../http/flash.ts'
import { intentConnectPath } from '../http/paths.ts'
import { limited } from '../http/rate-limit.ts'
import { ourPage, redirect, referrerOf } from '../http/return-to.ts'
import { wantsJson } from '../http/wants-json.ts'
import { commonPage } from '../page/page.ts'
import { bannerOf, syncStatus } from '../page/sync-messages.ts'
import type { SyncPage } from '../page/view-models.ts'
import { syncAction } from './button.ts'
import { intentIdSchema } from './resume.ts'

/** What a button we rendered carries. */
const uuid = z.uuidv4()
const clickSchema = z.object({
  vendor: z.string().optional(),
  /** One value for one rendered button. */
  click: intentIdSchema.optional().catch(undefined),
  /** An intent to go on with: Try again. */
  intent: intentIdSchema.optional().catch(undefined),
  send: z.literal('again').optional().catch(undefined),
})

export function syncRoutes(context: Context): Router {
  const { config, intents } = context
  const router = Router({ caseSensitive: true, strict: true })

  router.post('/campaigns/:id/sync', limited(context, 'sync'), async (req, res) => {
    const campaign = context.campaign(req.params.id)
    const asked = readClick(req)
    const vendor = context.vendor(asked.vendor ?? config.vendors[0]?.id)
    const owner = await ownerOf(req, { store: context.store, click: asked.rendered })
    const referrer = referrerOf(req, config.publicUrl, `/campaigns/${campaign.id}`)
    const earlier = asked.intent === undefined ? undefined : await intents.get(owner, asked.intent)
    const goesOn = earlier?.campaign === campaign.id && earlier.vendor === vendor.id
    const about = { vendor: vendor.id, campaign: campaign.id, referrer }
    const intent = goesOn ? { ...earlier, approved: false } : newIntent(owner, about, asked.click)
    await finish(req, res, { owner, vendor, campaign, intent, sendAgain: asked.send === 'again' })
  })

  router.post('/campaigns/:id/sync/drop', limited(context, 'sync'), async (req, res) => {
    const campaign = context.campaign(req.params.id)
    const owner = await ownerOf(req)
    const { intent: id } = readClick(req)
    const intent = id === undefined ? undefined : await intents.get(owner, id)
    if (intent && !intent.maybeSent) await intents.remove(owner, intent.id)
    redirect(res, 303, referrerOf(req, config.publicUrl, `/campaigns/${campaign.id}`))
  })

  router.get('/campaigns/:id/sync', async (req, res) => {
    const campaign = context.campaign(req.params.id)
    const owner = ownerIfAny(req)
    const { data: wanted } = intentIdSchema.safeParse(req.query.intent)
    const intent =
      owner === undefined || wanted === undefined ? undefined : await intents.get(owner, wanted)
    if (!owner || !intent || intent.campaign !== campaign.id) return ask(req, res, campaign)
    if (intent.state === 'waiting' && !intent.approved)
      return redirect(res, 303, intentConnectPath(intent))
    if (intent.state === 'settled') return goBack(req, res, intent)
    await finish(req, res, { owner, vendor: context.vendor(intent.vendor), campaign, intent })
  })

  return router

  async function finish(req: Request, res: Response, click: SyncRequest): Promise<void> {
    const { next, intent } = await sync(context, click)
    const result = intent.result?.kind
    context.metrics?.syncEnded(intent.vendor, result ?? next, intent.result?.tookMs)
    req.log.info(
      { intent: intent.id, vendor: intent.vendor, campaign: intent.campaign, next, result },
      'sync.ended',
    )
    if (next === 'settled') return goBack(req, res, intent)
    if (!wantsJson(req)) return redirect(res, 303, intentConnectPath(intent))
    const url = config.publicUrl + intentConnectPath(intent)
    throw authorizationNeeded(click.vendor, url, { intent: intent.id })
  }

  /** To the page the click came from, which tells how it ended; JSON callers are told right here. */
  function goBack(req: Request, res: Response, intent: Intent): void {
    const page = ourPage(intent.referrer, config.publicUrl) ?? `/campaigns/${intent.campaign}`
    if (!wantsJson(req)) {
      setFlash(req, res, page, intent.id)
      redirect(res, 303, page)
      return
    }
    const { text } = bannerOf(
      intent,
      context.vendor(intent.vendor),
      context.campaign(intent.campaign),
    )
    const status = syncStatus(intent.result)
    res.json({
      campaign: intent.campaign,
      vendor: intent.vendor,
      intent: intent.id,
      status,
      text,
      result: intent.result,
    })
  }

  /** No intent of this person: a page with the button. */
  async function ask(
    req: Request,
    res: Response,
    campaign: ReturnType<Context['campaign']>,
  ): Promise<void> {
    const path = `/campaigns/${campaign.id}`
    const page = await commonPage(
      context,
      req,
      res,
      { title: `Sync ${campaign.name}`, path, nav: 'campaigns' },
      campaign.id,
    )
    const vendors = config.vendors.map((vendor) => ({
      name: vendor.name,
      action: syncAction(campaign, path, vendor),
    }))
    res.render('sync', {
      ...page,
      campaign,
      vendors: page.storeDown ? [] : vendors,
    } satisfies SyncPage)
  }
}

/** The form, or a JSON caller's body and Idempotency-Key. @throws Trouble 400 */
function readClick(req: Request) {
  const header = req.get('idempotency-key')
  if (header !== undefined && !/^[\x21-\x7e]{1,255}$/.test(header))
    throw badRequest('Idempotency-Key must be 1 to 255 characters without spaces.')
  const { data } = clickSchema.safeParse(typeof req.body === 'object' ? (req.body ?? {}) : {})
  if (!data)
    throw badRequest('The form’s fields were not understood. Open the campaign and press Sync.')
  const rendered = uuid.safeParse(data.click).data
  return header === undefined
    ? { ...data, rendered }
    : { ...data, click: header, rendered: undefined }
}
