// One campaign: its facts, how it stands at each vendor, and its sync log.
import { randomUUID } from 'node:crypto'
import type { Request, Response } from 'express'
import { formatSubject } from '../../access/token-key.ts'
import { type Campaign, campaignSchema } from '../../campaigns/campaign.ts'
import type { Context } from '../../context.ts'
import type { LogEntry, Standing } from '../../sync/sync-log.ts'
import { isRepeatable } from '../../vendors/push.ts'
import { fill } from '../../vendors/template.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { listPath, listQuery } from '../http/paths.ts'
import { localeOf, money } from '../page/format.ts'
import { type ConnectionSummaries, coverOf, ofVendor, reauthorizeAction } from '../page/header.ts'
import { commonPage, pathOf, readable } from '../page/page.ts'
import { campaignStatus, detailOf, sentenceOf, syncStatus } from '../page/sync-messages.ts'
import type {
  CampaignPage,
  CampaignVendor,
  HistoryEntry,
  Page,
  SyncStatus,
} from '../page/view-models.ts'
import { syncAction } from '../sync/button.ts'

/** Fields of the file beside those that this app knows; the rest is in the preview. */
const FURTHER_MOST = 40
const LABEL_LENGTH = 60
const VALUE_LENGTH = 500

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
    commonPage(context, req, res, about),
    Promise.all(config.vendors.map((vendor) => readable(syncLog.read(vendor.id, campaign.id)))),
    Promise.all(
      config.vendors.map((vendor) => readable(syncLog.standings(vendor.id, [campaign.id]))),
    ),
  ])
  const vendors = config.vendors.map((vendor, index) => {
    const known = { entries: logs[index], standing: standings[index]?.[0] }
    const path = page.storeDown ? undefined : page.path
    return vendorOf(vendor, campaign, { ...known, connections: page.access }, path)
  })
  const folded = foldedOf(vendors)
  return {
    ...page,
    campaign: shown(campaign, localeOf(req)),
    vendors,
    ...(folded.length > 0 && { folded: { ids: folded, action: otherAction(campaign, page) } }),
    list: listBack(req),
  }
}

/** Vendors with a section each, however little there is to say; of more, those without news are a choice in a form. */
const SECTIONS_MOST = 8

function foldedOf(vendors: CampaignVendor[]): string[] {
  if (vendors.length <= SECTIONS_MOST) return []
  const isQuiet = ({ history, access }: CampaignVendor) => history.length === 0 && !access
  return vendors.filter(isQuiet).map(({ id }) => id)
}

/** The vendor is a field of the form. */
function otherAction({ id }: Campaign, { path, storeDown }: Page & { storeDown: boolean }) {
  if (storeDown) return undefined
  const fields = { click: randomUUID(), referrer: path }
  return { label: 'Sync', post: `/campaigns/${id}/sync`, fields }
}

/** The list that the link to this page was on, as it was. */
function listBack(req: Request): string {
  const { list } = req.query
  const state = new URLSearchParams(typeof list === 'string' ? list : '')
  return listPath(listQuery({ query: Object.fromEntries(state) }))
}

/** `entries` are missing while the store is away. */
interface KnownOfVendor {
  entries: LogEntry[] | undefined
  standing: Standing | undefined
  connections: ConnectionSummaries
}

function vendorOf(
  vendor: Vendor,
  campaign: Campaign,
  { entries, standing, connections }: KnownOfVendor,
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
    isLive: api.live,
    ...(path !== undefined && { action: syncAction(campaign, path, vendor) }),
    ...(status === 'Unknown' && entries && checkOf(vendor, campaign, path !== undefined)),
    ...accessOf(vendor, campaign, connections),
    ...(externalId !== undefined && { externalId }),
    ...(externalId !== undefined &&
      api.campaignUrl && {
        externalUrl: fill(api.campaignUrl, { ...values, externalId }, encodeURIComponent),
      }),
    history: (entries ?? []).map((entry) => lineOf(entry, vendor, campaign)),
  }
}

/** The way to find out what became of it: a look at the vendor where its file can search, else what syncing again means. */
function checkOf(
  vendor: Vendor,
  { id }: Campaign,
  isPossible: boolean,
): Pick<CampaignVendor, 'check' | 'unsearchable'> {
  const { api, name } = vendor
  if (api.find && !isPossible) return {}
  if (api.find)
    return {
      check: {
        label: `Check at ${name}`,
        post: `/campaigns/${id}/preview`,
        fields: { vendor: vendor.id, check: '1' },
      },
    }
  const again = isRepeatable(vendor)
    ? 'Syncing it again is safe: what has arrived is not made twice.'
    : 'Look for it there before you sync it again, or it may be there twice.'
  return { unsearchable: `${name} cannot be searched from here. ${again}` }
}

/** The access of this campaign: its own, or what serves all. */
function accessOf(
  vendor: Vendor,
  { id }: Campaign,
  connections: ConnectionSummaries,
): Pick<CampaignVendor, 'access'> {
  const own = ['session', formatSubject({ kind: 'campaign', id })]
  const live = ofVendor(vendor, connections).filter((one) => own.includes(one.subject))
  const reauthorize = live[0] && reauthorizeAction(vendor, live[0].subject, id)
  return live.length === 0
    ? {}
    : { access: { ...coverOf(live), ...(reauthorize && { reauthorize }) } }
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
    ...(entry.person !== undefined && { person: entry.person }),
    ...(entry.status !== undefined && { detail: detailOf(entry) }),
  }
}

/** Its fields with those of the file that this app does not know, in the file's words. */
function shown(campaign: Campaign, locale: string): CampaignPage['campaign'] {
  const { id, name, type, status, startDate, endDate, owner, description } = campaign
  const budget = money(campaign.budget, campaign.currency, locale)
  const optional = Object.entries({ startDate, endDate, budget, owner, description })
  const given = Object.fromEntries(optional.filter(([, value]) => value))
  const further = Object.entries(campaign)
    .filter(([key, value]) => !Object.hasOwn(campaignSchema.shape, key) && isShowable(value))
    .slice(0, FURTHER_MOST)
    .map(([label, value]) => ({
      label: label.slice(0, LABEL_LENGTH),
      value: (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, VALUE_LENGTH),
    }))
  return { id, name, type, status, ...given, further }
}

function isShowable(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}
