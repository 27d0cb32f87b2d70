// The connect route: stores one trip to the vendor, then sends the person there.
import { type Request, type Response, Router } from 'express'
import type { Campaign } from '../campaigns/campaign.ts'
import type { Context } from '../context.ts'
import { subjectOf } from '../runs/runner.ts'
import type { Intent } from '../session/intents.ts'
import { ownerOf } from '../session/session.ts'
import { beginTrip } from '../sync/trip.ts'
import type { Vendor } from '../vendors/vendor.ts'
import type { ConnectPage } from './connection-models.ts'
import { wantsJson } from './failures.ts'
import { askForKey } from './key.ts'
import { limited } from './limits.ts'
import { commonPage } from './page.ts'
import { redirect } from './redirect.ts'
import { ourPage, referrerOf } from './referrer.ts'
import { runOf } from './runs-owned.ts'
import { needsPerson } from './trip-troubles.ts'
import { connectPath } from './words.ts'

/** What access is asked for. */
interface Asked {
  subject: string
  intent?: Intent | undefined
  /** What will be synced as soon as there is access. */
  name?: string | undefined
  /** The page to come back to. */
  referrer: string
  /** The path of this very route. */
  path: string
}

export function connectRoutes(context: Context): Router {
  const { config } = context
  const router = Router({ caseSensitive: true, strict: true })

  router.get('/connect/:vendor/:id', limited(context, 'connect'), async (req, res) => {
    const vendor = context.vendor(req.params.vendor)
    const campaign = context.campaign(req.params.id)
    const owner = await ownerOf(req)
    const intent = await intentOf(req, owner, vendor, campaign)
    const refused = intent?.result?.kind === 'refused'
    const asked = {
      subject: `campaign:${campaign.id}`,
      intent,
      name: intent && campaign.name,
      referrer: intent?.referrer ?? referrerOf(req, config.publicUrl, `/campaigns/${campaign.id}`),
      path: `/connect/${vendor.id}/${campaign.id}`,
    }
    if (vendor.client.auth === 'key' && !wantsJson(req))
      return askForKey(context, req, res, { vendor, campaign, intent, refused })
    await setOut(req, res, owner, vendor, asked)
  })

  router.get('/connect/:vendor/run/:id', limited(context, 'connect'), async (req, res) => {
    const run = await runOf(context, req)
    const vendor = context.vendor(run.vendor)
    const referrer = `/runs/${run.id}`
    const path = `/connect/${vendor.id}/run/${run.id}`
    if (vendor.client.auth === 'key' && !wantsJson(req)) {
      const [first] = await context.runs.items(run.id, 0, 1)
      const campaign = context.campaign(first?.item.campaign)
      return askForKey(context, req, res, {
        vendor,
        campaign,
        intent: { id: run.id, referrer },
        refused: false,
      })
    }
    await setOut(req, res, run.owner, vendor, { subject: subjectOf(run.id), name: run.title, referrer, path })
  })

  return router

  /** The intent in the query if it is this person's, for this vendor and campaign; else access alone is renewed. */
  async function intentOf(
    req: Request,
    owner: string,
    vendor: Vendor,
    campaign: Campaign,
  ): Promise<Intent | undefined> {
    const { intent: id } = req.query
    if (typeof id !== 'string' || !/^[\w-]{16,64}$/.test(id)) return undefined
    const intent = await context.intents.get(owner, id)
    return intent?.vendor === vendor.id && intent.campaign === campaign.id ? intent : undefined
  }

  /** The trip is stored before the person leaves. */
  async function setOut(req: Request, res: Response, owner: string, vendor: Vendor, asked: Asked) {
    const { subject, referrer, intent, path } = asked
    if (wantsJson(req)) throw needsPerson(vendor, config.publicUrl + (intent ? connectPath(intent) : path))
    if (needsWords(req, intent)) return explain(req, res, vendor, asked)
    const url = await beginTrip(context, { owner, vendor, subject }, { intent: intent?.id, referrer })
    req.log.info({ vendor: vendor.id, subject, intent: intent?.id }, 'authorization.started')
    redirect(res, 302, url)
  }

  async function explain(req: Request, res: Response, vendor: Vendor, asked: Asked) {
    const path = ourPage(asked.referrer, config.publicUrl) ?? '/campaigns'
    const page = await commonPage(context, req, res, { title: `Connect to ${vendor.name}`, path })
    const query = new URLSearchParams({ ...(asked.intent && { intent: asked.intent.id }), continue: '1' })
    const model: ConnectPage = {
      ...page,
      vendorName: vendor.name,
      ...(asked.name !== undefined && { campaignName: asked.name }),
      permissions: vendor.authorize.permissions,
      minutes: Math.floor(vendor.lifetime.defaultSeconds / 60),
      proceed: { label: `Continue to ${vendor.name}`, href: `${asked.path}?${query}`, primary: true },
      cancel: { label: 'Not now', href: path },
    }
    res.render('connect', model)
  }
}

/**
 * A person's first trip is explained before it begins, and so is one that another site sent them on. Only browsers
 * say that a document is being opened (Sec-Fetch-Dest); whoever else follows the redirects is not held up.
 */
function needsWords(req: Request, intent: Intent | undefined): boolean {
  if (req.get('sec-fetch-dest') !== 'document') return false
  const fromElsewhere = req.get('sec-fetch-site') === 'cross-site' && !intent
  return fromElsewhere || (!req.session.connected && req.query.continue !== '1')
}
