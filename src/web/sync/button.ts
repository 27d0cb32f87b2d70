// The Sync button of a campaign, on whichever page it is, and the page that asks for it.
import { randomUUID } from 'node:crypto'
import type { Request, Response } from 'express'
import type { Campaign } from '../../campaigns/campaign.ts'
import type { Context } from '../../context.ts'
import type { Action } from '../../errors.ts'
import { contentHash } from '../../vendors/request.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { outsidePage } from '../http/return-to.ts'
import { commonPage } from '../page/page.ts'
import type { SyncPage } from '../page/view-models.ts'

/**
 * A form with a new click value, by which the same click sent twice is one press, and the version of the campaign
 * that is shown beside it.
 */
export function syncAction(campaign: Campaign, path: string, vendor: Vendor): Action {
  const { id, name } = campaign
  const about = { vendor: vendor.id, shown: contentHash(vendor, campaign) }
  return {
    label: 'Sync',
    name: `Sync ${name}`,
    post: `/campaigns/${id}/sync`,
    fields: { click: randomUUID(), referrer: path, ...about },
    primary: true,
  }
}

/** For an address that names no intent of this person. */
export async function showSyncPage(
  context: Context,
  req: Request,
  res: Response,
  campaign: Campaign,
): Promise<void> {
  const path = `/campaigns/${campaign.id}`
  const outside = outsidePage(req.query.return, context.config.returnTo)
  const about = { title: `Sync ${campaign.name}`, path, nav: 'campaigns' as const }
  const page = await commonPage(context, req, res, about)
  const vendors = context.config.vendors.map((vendor) => ({
    name: vendor.name,
    action: syncAction(campaign, outside ?? path, vendor),
  }))
  const returnsTo = outside && new URL(outside).host
  const model: SyncPage = { ...page, campaign, vendors: page.storeDown ? [] : vendors, returnsTo }
  res.render('sync', model)
}
