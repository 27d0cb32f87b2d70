// The list of campaigns: one page of what was searched for, how each stands at one vendor, and the ways on.

import type { Request, Response } from 'express'
import type { Campaign } from '../../campaigns/campaign.ts'
import type { Context } from '../../context.ts'
import { attentionAt, type Selection, selectCampaigns } from '../../sync/campaign-list.ts'
import type { Standing } from '../../sync/sync-log.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { type ListQuery, listPath, listQuery } from '../http/paths.ts'
import { localeOf, money } from '../page/format.ts'
import { commonPage, readable } from '../page/page.ts'
import { campaignStatus } from '../page/sync-messages.ts'
import { syncAction } from '../sync/button.ts'
import { bulkOf, changedOf, columnsOf, filterOf, pagesOf, titleOf } from './list-controls.ts'
import type { CampaignRow, CampaignsPage } from './view-models.ts'

const PAGE_SIZE = 50

/** The page, and the campaigns on it as the file has them. With several vendors it is about one of them at a time. */
export async function campaignsPage(
  context: Context,
  req: Request,
  res: Response,
): Promise<{ page: CampaignsPage; campaigns: Campaign[] }> {
  const asked = listQuery(req)
  const { vendors } = context.config
  const vendor = vendors.find(({ id }) => id === asked.vendor) ?? vendors[0]
  const query = { ...asked, vendor: vendor === vendors[0] ? undefined : vendor?.id }
  const path = listPath(query)
  const [page, selected, others] = await Promise.all([
    commonPage(context, req, res, { title: '', path, nav: 'campaigns' }),
    vendor ? selection(context, vendor, query) : NOTHING_SELECTED,
    elsewhere(context, vendor),
  ])
  const found = selected.campaigns.length
  const pages = pagesOf(query, found, PAGE_SIZE)
  const campaigns = selected.campaigns.slice(pages.from - 1, pages.to)
  const standings = await readable(
    context.syncLog.standings(
      vendor?.id ?? '',
      campaigns.map(({ id }) => id),
    ),
  )
  const row = rowMaker(page.storeDown ? undefined : path, vendor, localeOf(req))
  const model: CampaignsPage = {
    ...page,
    title: titleOf(query, pages),
    rows: campaigns.map((campaign, index) =>
      row(campaign, standings && { last: standings[index] }),
    ),
    total: context.campaigns.all().length,
    found,
    attention: {
      count: selected.attention,
      href: listPath({ ...query, status: 'attention', page: 1 }),
    },
    changed: {
      count: selected.changed,
      href: listPath({ ...query, status: 'changed', page: 1 }),
      ...(vendor && { sync: changedOf(query, vendor, path, selected.changed) }),
    },
    elsewhere: others,
    filter: filterOf(query, vendor, vendors),
    columns: columnsOf(query),
    pages,
    ...(!page.storeDown && vendor && found > 0 && { bulk: bulkOf(query, vendor, path, found) }),
  }
  return { page: model, campaigns }
}

const NOTHING_SELECTED: Selection = { campaigns: [], attention: 0, changed: 0 }

/** While the store is away the file alone is searched, and no status is known. */
async function selection(context: Context, vendor: Vendor, query: ListQuery): Promise<Selection> {
  const known = await readable(selectCampaigns(context, vendor, query))
  if (known) return known
  const syncLog = { having: async () => new Map<string, Standing>(), accepted: async () => ({}) }
  return selectCampaigns({ campaigns: context.campaigns, syncLog }, vendor, {
    ...query,
    status: undefined,
  })
}

/** The other vendors at which campaigns need attention: a list about one must not hide them. */
async function elsewhere({ campaigns, config, syncLog }: Context, shown: Vendor | undefined) {
  const others = config.vendors.filter((vendor) => vendor !== shown)
  const counts = await Promise.all(
    others.map((vendor) => readable(attentionAt({ campaigns, syncLog }, vendor))),
  )
  return others.flatMap(({ id, name }, index) => {
    const count = counts[index] ?? 0
    const vendor = id === config.vendors[0]?.id ? undefined : id
    return count > 0 ? [{ name, count, href: listPath({ vendor, status: 'attention' }) }] : []
  })
}

function rowMaker(path: string | undefined, vendor: Vendor | undefined, locale: string) {
  return (campaign: Campaign, known: { last: Standing | undefined } | undefined): CampaignRow => {
    const { id, name, type, startDate } = campaign
    const budget = money(campaign.budget, campaign.currency, locale)
    return {
      id,
      name,
      type,
      ...(startDate && { startDate }),
      ...(budget && { budget }),
      ...(known && vendor && { sync: campaignStatus(vendor, campaign, known.last) }),
      ...(known?.last && { syncedAt: new Date(known.last.at).toISOString() }),
      ...(path !== undefined && vendor && { action: syncAction(campaign, path, vendor) }),
    }
  }
}
