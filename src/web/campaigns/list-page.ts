// The list of campaigns: one page of what was searched for, how each stands at the vendors shown, and the ways on.
import type { Request, Response } from 'express'
import type { Campaign } from '../../campaigns/campaign.ts'
import type { Context } from '../../context.ts'
import { attentionAt, type Selection, selectCampaigns } from '../../sync/campaign-list.ts'
import type { Standing } from '../../sync/sync-log.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { type ListQuery, listPath, listQuery } from '../http/paths.ts'
import { localeOf, money } from '../page/format.ts'
import { commonPage, type OwnState, readable } from '../page/page.ts'
import { campaignStatus } from '../page/sync-messages.ts'
import type { Page } from '../page/view-models.ts'
import { syncAction } from '../sync/button.ts'
import {
  bulkOf,
  changedOf,
  columnsOf,
  orderOf,
  pagesOf,
  sideBySide,
  titleOf,
} from './list-controls.ts'
import { filterOf, statusLinksOf } from './list-filter.ts'
import type { CampaignRow, CampaignsPage, RunStrip } from './view-models.ts'

const PAGE_SIZE = 50
const STRIPS_MOST = 3

/** What the list is asked for, and the vendors it is about: the first ones, or the one that was chosen. */
export interface ListRequest {
  query: ListQuery
  shown: Vendor[]
}

/** A script gets one vendor's states, as the first vendor is the usual one for it. */
export function listRequest({ config }: Context, req: Request, isScript: boolean): ListRequest {
  const { vendors } = config
  const asked = listQuery(req)
  const chosen = vendors.find(({ id }) => id === asked.vendor)
  const one = chosen ?? (isScript ? vendors[0] : undefined)
  const vendor = vendors.length > 1 ? chosen?.id : undefined
  return { query: { ...asked, vendor }, shown: one ? [one] : sideBySide(vendors) }
}

/** The page, and the campaigns on it as the file has them. */
export async function campaignsPage(
  context: Context,
  req: Request,
  res: Response,
  { query, shown }: ListRequest,
): Promise<{ page: CampaignsPage; campaigns: Campaign[] }> {
  const path = listPath(query)
  const [page, selected, others] = await Promise.all([
    commonPage(context, req, res, { title: '', path, nav: 'campaigns' }),
    selection(context, shown, query),
    elsewhere(context, shown),
  ])
  const found = selected.campaigns.length
  const pages = pagesOf(query, found, PAGE_SIZE)
  const campaigns = selected.campaigns.slice(pages.from - 1, pages.to)
  const onPage = campaigns.map(({ id }) => id)
  const standings = await Promise.all(
    shown.map(({ id }) => readable(context.syncLog.standings(id, onPage))),
  )
  const row = rowMaker(page.storeDown ? undefined : path, shown, query, localeOf(req))
  const [only] = shown
  const offered = shown.length === 1 ? shown : context.config.vendors
  const maySelect = !page.storeDown && found > 0 && page.person?.role !== 'viewer'
  const model: CampaignsPage = {
    ...page,
    title: titleOf(selected.query, pages),
    rows: campaigns.map((campaign, at) =>
      row(
        campaign,
        standings.map((known) => known && { last: known[at] }),
      ),
    ),
    vendorNames: offered.map(({ name }) => name),
    isFirst: !page.storeDown && isFirst(query, selected),
    total: context.campaigns.all().length,
    found,
    statuses: page.storeDown ? [] : statusLinksOf(query, selected, shown.length > 1),
    ...(only &&
      shown.length === 1 &&
      selected.changed > 0 &&
      !page.storeDown && { syncChanged: changedOf(query, only, path, selected.changed) }),
    elsewhere: others,
    strips: stripsOf(page),
    filter: filterOf(selected.query, context.config.vendors, context.campaigns),
    isUnfiltered: selected.query.status !== query.status,
    columns: columnsOf(query, shown),
    order: orderOf(query),
    pages,
    ...(maySelect && { bulk: bulkOf(query, offered, path, { found, onPage }) }),
    ...bannerAt(page, onPage),
  }
  return { page: model, campaigns }
}

/** All campaigns are listed, and none of them was ever sent. */
function isFirst(query: ListQuery, { campaigns, nowhere }: Selection): boolean {
  return (
    listPath({ ...query, selected: undefined }) === '/campaigns' &&
    campaigns.length > 0 &&
    nowhere === campaigns.length
  )
}

/** `query` is what was searched for: while the store is away the file alone is searched, and no status is known. */
export async function selection(
  { campaigns, syncLog }: Pick<Context, 'campaigns' | 'syncLog'>,
  shown: Vendor[],
  query: ListQuery,
): Promise<Selection & { query: ListQuery }> {
  const known = await readable(selectCampaigns({ campaigns, syncLog }, shown, query))
  if (known) return { ...known, query }
  const nothing = { having: async () => new Map<string, Standing>(), accepted: async () => ({}) }
  const anyStatus = { ...query, status: undefined }
  const all = await selectCampaigns({ campaigns, syncLog: nothing }, shown, anyStatus)
  return { ...all, query: anyStatus }
}

/** The vendors that are not shown at which campaigns need attention: a list about one must not hide them. */
async function elsewhere({ campaigns, config, syncLog }: Context, shown: Vendor[]) {
  const others = config.vendors.filter((vendor) => !shown.includes(vendor))
  const counts = await Promise.all(
    others.map((vendor) => readable(attentionAt({ campaigns, syncLog }, vendor))),
  )
  return others.flatMap(({ id, name }, at) => {
    const count = counts[at] ?? 0
    return count > 0 ? [{ name, count, href: listPath({ vendor: id, status: 'attention' }) }] : []
  })
}

/** The runs that go on or wait, the newest first. */
function stripsOf({ currentRuns }: OwnState): RunStrip[] {
  return currentRuns.slice(0, STRIPS_MOST).map(({ id, title, total, left, standing }) => ({
    title,
    href: `/runs/${id}`,
    done: total - left,
    total,
    waits: standing === 'waits',
  }))
}

/** The campaign of the banner, when its row is on this page: the banner then stands at that row. */
function bannerAt({ banner }: Page, onPage: string[]): Pick<CampaignsPage, 'bannerAt'> {
  const id = banner?.campaign
  return id !== undefined && onPage.includes(id) ? { bannerAt: id } : {}
}

function rowMaker(
  path: string | undefined,
  shown: Vendor[],
  { selected = [], ...query }: ListQuery,
  locale: string,
) {
  const state = listPath(query).split('?')[1]
  const back = state === undefined ? '' : `?list=${encodeURIComponent(state)}`
  return (
    campaign: Campaign,
    known: ({ last: Standing | undefined } | undefined)[],
  ): CampaignRow => {
    const { id, name, type, startDate } = campaign
    const budget = money(campaign.budget, campaign.currency, locale)
    return {
      id,
      name,
      href: `/campaigns/${id}${back}`,
      type,
      ...(startDate && { startDate }),
      ...(budget && { budget }),
      isSelected: selected.includes(id),
      cells: shown.map((vendor, at) => {
        const action = path === undefined ? undefined : syncAction(campaign, path, vendor)
        const { last } = known[at] ?? {}
        return {
          vendorName: vendor.name,
          ...(known[at] && { sync: campaignStatus(vendor, campaign, last) }),
          ...(last && { syncedAt: new Date(last.at).toISOString() }),
          ...(action && { action }),
        }
      }),
    }
  }
}
