// The page that asks for a press of Sync: for an address that names no intent of this person.
import type { Request, Response } from 'express'
import type { Campaign } from '../../campaigns/campaign.ts'
import type { Context } from '../../context.ts'
import { commonPage } from '../page/page.ts'
import type { SyncPage } from '../page/view-models.ts'
import { syncAction } from './button.ts'

export async function showSyncPage(
  context: Context,
  req: Request,
  res: Response,
  campaign: Campaign,
): Promise<void> {
  const path = `/campaigns/${campaign.id}`
  const about = { title: `Sync ${campaign.name}`, path, nav: 'campaigns' as const }
  const page = await commonPage(context, req, res, about, campaign.id)
  const vendors = context.config.vendors.map((vendor) => ({
    name: vendor.name,
    action: syncAction(campaign, path, vendor),
  }))
  const model: SyncPage = { ...page, campaign, vendors: page.storeDown ? [] : vendors }
  res.render('sync', model)
}
