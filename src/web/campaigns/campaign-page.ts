// One campaign: its facts, how it stands at each vendor, and its sync log.

import type { Request, Response } from 'express'
import type { Campaign } from '../../campaigns/campaign.ts'
import type { Context } from '../../context.ts'
import type { LogEntry, Standing } from '../../sync/sync-log.ts'
import { fill } from '../../vendors/template.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { localeOf, money } from '../page/format.ts'
import { commonPage, pathOf, readable } from '../page/page.ts'
import { campaignStatus, detailOf, sentenceOf, syncStatus } from '../page/sync-messages.ts'
import type { CampaignPage, CampaignVendor, HistoryEntry, SyncStatus } from '../page/view-models.ts'
import { syncAction } from '../sync/button.ts'

export async function campaignPage(
  context: Context,
  req: Request,
  res: Response,
  campaign: Campaign,
): Promise<CampaignPage> {
  const { config, syncLog } = context
  const path = pathOf(req, config.publicUrl, `/campaigns/${campaign.id}`)
  const about = { title: campaign.name, path, nav: 'campaigns' as const }
  const [page, logs, standings] = await Promise.all([
    commonPage(context, req, res, about, campaign.id),
    Promise.all(config.vendors.map((vendor) => readable(syncLog.read(vendor.id, campaign.id)))),
    Promise.all(
      config.vendors.map((vendor) => readable(syncLog.standings(vendor.id, [campaign.id]))),
    ),
  ])
  const vendors = config.vendors.map((vendor, index) =>
    vendorOf(
      vendor,
      campaign,
      { entries: logs[index], standing: standings[index]?.[0] },
      page.storeDown ? undefined : path,
    ),
  )
  return { ...page, campaign: shown(campaign, localeOf(req)), vendors }
}

function vendorOf(
  vendor: Vendor,
  campaign: Campaign,
  { entries, standing }: { entries: LogEntry[] | undefined; standing: Standing | undefined },
  path: string | undefined,
): CampaignVendor {
  const status = campaignStatus(vendor, campaign, standing)
  const { api, id, name, values } = vendor
  const externalId = entries?.find((entry) => entry.externalId !== undefined)?.externalId
  return {
    id,
    name,
    ...(entries && { status }),
    text: textOf(vendor, campaign, entries, status),
    ...(path !== undefined && { action: syncAction(campaign, path, vendor) }),
    ...(externalId !== undefined && { externalId }),
    ...(externalId !== undefined &&
      api.campaignUrl && {
        externalUrl: fill(api.campaignUrl, { ...values, externalId }, encodeURIComponent),
      }),
    history: (entries ?? []).map((entry) => lineOf(entry, vendor, campaign)),
  }
}

function textOf(
  vendor: Vendor,
  campaign: Campaign,
  entries: LogEntry[] | undefined,
  status: SyncStatus,
): string {
  if (!entries) return 'Its syncs cannot be read right now.'
  const [last] = entries
  if (last?.kind === 'sent' && status === 'Changed')
    return `Changed since the last sync: ${vendor.name} has an earlier version.`
  return last
    ? sentenceOf(last, vendor, campaign.name)
    : `The first sync creates it at ${vendor.name}.`
}

function lineOf(entry: LogEntry, vendor: Vendor, campaign: Campaign): HistoryEntry {
  return {
    at: new Date(entry.at).toISOString(),
    result: syncStatus(entry),
    text: sentenceOf(entry, vendor, campaign.name),
    intent: entry.intent,
    ...(entry.tookMs !== undefined && { tookMs: entry.tookMs }),
    ...(entry.by !== undefined && { by: entry.by }),
    ...(entry.status !== undefined && { detail: detailOf(entry) }),
  }
}

function shown(campaign: Campaign, locale: string): CampaignPage['campaign'] {
  const { id, name, type, status, startDate, endDate, owner, description } = campaign
  const budget = money(campaign.budget, campaign.currency, locale)
  const optional = Object.entries({ startDate, endDate, budget, owner, description })
  return { id, name, type, status, ...Object.fromEntries(optional.filter(([, value]) => value)) }
}
