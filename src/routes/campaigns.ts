// The campaigns: the list, and one with its sync log.
import { randomUUID } from 'node:crypto'
import { Router } from 'express'
import type { Campaign } from '../campaigns/campaign.ts'
import type { Context } from '../context.ts'
import { StoreError } from '../store/open.ts'
import type { LogEntry } from '../sync/history.ts'
import { fill } from '../vendors/template.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { wantsJson } from './failures.ts'
import { commonPage, pathOf } from './page.ts'
import type { Action, CampaignPage, CampaignRow, CampaignsPage, CampaignVendor } from './page-models.ts'
import { detailOf, sentenceOf, statusOf } from './words.ts'

export function campaignRoutes(context: Context): Router {
  const { config, campaigns, history } = context
  const router = Router({ caseSensitive: true, strict: true })
  const [firstVendor] = config.vendors

  router.get('/', (_req, res) => res.redirect(302, '/campaigns'))

  router.get('/campaigns', async (req, res) => {
    const path = pathOf(req, config.publicUrl, '/campaigns')
    const page = await commonPage(context, req, res, { title: 'Campaigns', path, nav: 'campaigns' })
    const all = campaigns.all()
    if (wantsJson(req)) return void res.json({ campaigns: all })
    const results = await Promise.all(all.map(({ id }) => lastOf(firstVendor, id)))
    const rows = all.map((campaign, index) =>
      rowOf(campaign, results[index], page.storeDown ? undefined : path),
    )
    const attention = rows.filter(({ sync }) => sync === 'Failed' || sync === 'Unknown').length
    res.render('campaigns', { ...page, rows, total: all.length, attention } satisfies CampaignsPage)
  })

  router.get('/campaigns/:id', async (req, res) => {
    const campaign = context.campaign(req.params.id)
    const path = pathOf(req, config.publicUrl, `/campaigns/${campaign.id}`)
    const page = await commonPage(
      context,
      req,
      res,
      { title: campaign.name, path, nav: 'campaigns' },
      campaign.id,
    )
    const vendors = await Promise.all(
      config.vendors.map((vendor) => vendorOf(vendor, campaign, page.storeDown ? undefined : path)),
    )
    if (wantsJson(req))
      return void res.json({ campaign, vendors: vendors.map(({ action: _, ...rest }) => rest) })
    res.render('campaign', { ...page, campaign: shown(campaign), vendors } satisfies CampaignPage)
  })

  return router

  async function lastOf(vendor: Vendor | undefined, id: string): Promise<LogEntry | undefined> {
    return vendor && (await readable(history.read(vendor.id, id, 1)))[0]
  }

  async function vendorOf(
    vendor: Vendor,
    campaign: Campaign,
    path: string | undefined,
  ): Promise<CampaignVendor> {
    const entries = await readable(history.read(vendor.id, campaign.id))
    const [last] = entries
    const externalId = entries.find((entry) => entry.externalId !== undefined)?.externalId
    const link = vendor.api.campaignUrl
    return {
      id: vendor.id,
      name: vendor.name,
      status: statusOf(last),
      text: last ? sentenceOf(last, vendor, campaign.name) : `The first sync creates it at ${vendor.name}.`,
      ...(path !== undefined && { action: syncAction(campaign, path, vendor) }),
      ...(externalId !== undefined && { externalId }),
      ...(externalId !== undefined &&
        link && { externalUrl: fill(link, { ...vendor.values, externalId }, encodeURIComponent) }),
      history: entries.map((entry) => ({
        at: new Date(entry.at).toISOString(),
        result: statusOf(entry),
        text: sentenceOf(entry, vendor, campaign.name),
        intent: entry.intent,
        ...(entry.tookMs !== undefined && { tookMs: entry.tookMs }),
        ...(entry.by !== undefined && { by: entry.by }),
        ...(entry.status !== undefined && { detail: detailOf(entry) }),
      })),
    }
  }
}

/** The Sync button: a plain form, with a value of its own so that one click sent twice stays one. */
export function syncAction({ id, name }: Campaign, path: string, vendor?: Vendor): Action {
  return {
    label: 'Sync',
    name: `Sync ${name}`,
    post: `/campaigns/${id}/sync`,
    fields: { click: randomUUID(), referrer: path, ...(vendor && { vendor: vendor.id }) },
    primary: true,
  }
}

/** While the store is away pages show what the file holds, and no results. */
async function readable(entries: Promise<LogEntry[]>): Promise<LogEntry[]> {
  try {
    return await entries
  } catch (error) {
    if (error instanceof StoreError) return []
    throw error
  }
}

function rowOf(campaign: Campaign, last: LogEntry | undefined, path: string | undefined): CampaignRow {
  const { id, name, type, status, startDate } = campaign
  const budget = money(campaign)
  return {
    id,
    name,
    type,
    status,
    ...(startDate && { startDate }),
    ...(budget && { budget }),
    sync: statusOf(last),
    ...(last && { syncedAt: new Date(last.at).toISOString() }),
    ...(path !== undefined && { action: syncAction(campaign, path) }),
  }
}

function shown(campaign: Campaign): CampaignPage['campaign'] {
  const { id, name, type, status, startDate, endDate, owner, description } = campaign
  const budget = money(campaign)
  const optional = Object.entries({ startDate, endDate, budget, owner, description }).filter(
    ([, value]) => value,
  )
  return { id, name, type, status, ...Object.fromEntries(optional) }
}

const formats = new Map<string, Intl.NumberFormat>()

/** `€12,000` */
function money({ budget, currency }: Campaign): string | undefined {
  if (budget === undefined) return undefined
  let format = formats.get(currency)
  if (!format) {
    format = new Intl.NumberFormat('en-GB', {
      style: 'currency',
      currency,
      maximumFractionDigits: 2,
      trailingZeroDisplay: 'stripIfInteger',
    })
    formats.set(currency, format)
  }
  return format.format(budget)
}
