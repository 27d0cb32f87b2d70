// The connect route: stores one trip to the vendor, then sends the person there.
import { type Request, type Response, Router } from 'express'
import type { Campaign } from '../campaigns/campaign.ts'
import type { Context } from '../context.ts'
import type { Intent } from '../session/intents.ts'
import { ownerOf } from '../session/session.ts'
import { beginTrip } from '../sync/trip.ts'
import type { Vendor } from '../vendors/vendor.ts'
import type { ConnectPage } from './connection-models.ts'
import { wantsJson } from './failures.ts'
import { askForKey } from './key.ts'
import { limited } from './limits.ts'
import { commonPage } from './page.ts'
import { ourPage, referrerOf } from './referrer.ts'
import { needsPerson } from './trip-troubles.ts'
import { connectPath } from './words.ts'

export function connectRoutes(context: Context): Router {
  const { config } = context
  const router = Router({ caseSensitive: true, strict: true })

  router.get('/connect/:vendor/:id', limited(context, 'connect'), async (req, res) => {
    const vendor = context.vendor(req.params.vendor)
    const campaign = context.campaign(req.params.id)
    const owner = await ownerOf(req)
    const intent = await intentOf(req, owner, vendor, campaign)
    if (wantsJson(req)) throw needsPerson(vendor, config.publicUrl + pathTo(vendor, campaign, intent))
    if (vendor.client.auth === 'key')
      return askForKey(context, req, res, {
        vendor,
        campaign,
        intent,
        refused: intent?.result?.kind === 'refused',
      })
    if (needsWords(req, intent)) return explain(req, res, vendor, campaign, intent)
    const place = { owner, vendor, subject: `campaign:${campaign.id}` }
    const referrer = intent?.referrer ?? referrerOf(req, config.publicUrl, `/campaigns/${campaign.id}`)
    const url = await beginTrip(context, place, { intent: intent?.id, referrer })
    req.log.info({ vendor: vendor.id, campaign: campaign.id, intent: intent?.id }, 'authorization.started')
    res.redirect(302, url)
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

  async function explain(
    req: Request,
    res: Response,
    vendor: Vendor,
    campaign: Campaign,
    intent: Intent | undefined,
  ) {
    const path = ourPage(intent?.referrer, config.publicUrl) ?? `/campaigns/${campaign.id}`
    const page = await commonPage(context, req, res, { title: `Connect to ${vendor.name}`, path })
    const query = new URLSearchParams({ ...(intent && { intent: intent.id }), continue: '1' })
    const model: ConnectPage = {
      ...page,
      vendorName: vendor.name,
      ...(intent && { campaignName: campaign.name }),
      permissions: vendor.authorize.permissions,
      minutes: Math.floor(vendor.lifetime.defaultSeconds / 60),
      proceed: {
        label: `Continue to ${vendor.name}`,
        href: `/connect/${vendor.id}/${campaign.id}?${query}`,
        primary: true,
      },
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

function pathTo(vendor: Vendor, campaign: Campaign, intent: Intent | undefined): string {
  return intent ? connectPath(intent) : `/connect/${vendor.id}/${campaign.id}`
}
