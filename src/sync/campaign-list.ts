// Which campaigns a list shows and in which order: what is asked for, joined with how they stand at vendors.
import type { Campaign } from '../campaigns/campaign.ts'
import { FIELDS, inOrderOf, searchIn } from '../campaigns/orders.ts'
import type { CampaignSource } from '../campaigns/source.ts'
import { BoundedMap } from '../store/bounded-map.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { changedIn } from './links.ts'
import { OUTCOMES, type Outcome, type Standing, type SyncLog } from './sync-log.ts'

export const STATUSES = [
  'attention',
  'changed',
  'failed',
  'partly',
  'unknown',
  'synced',
  'not-synced',
] as const
type Status = (typeof STATUSES)[number]
export const SORTS = [...FIELDS, 'sync'] as const

export interface ListFilter {
  search: string
  /** At one of the vendors; `synced` at all of them. */
  status?: Status | undefined
  type?: string | undefined
  owner?: string | undefined
  /** YYYY-MM-DD: campaigns that run on one of these days. */
  from?: string | undefined
  to?: string | undefined
  /** Without it: those that need attention first, the newest of them first, then the file's order. */
  sort?: { by: (typeof SORTS)[number]; down: boolean } | undefined
}

const ATTENTION: readonly Outcome[] = ['failed', 'unknown', 'partly']

interface ListDeps {
  campaigns: Pick<CampaignSource, 'all' | 'get'>
  syncLog: Pick<SyncLog, 'having' | 'accepted'>
}

/** How many of those searched for, in whichever state. */
interface StatusCounts {
  /** Failed, partly synced or unknown at one of the vendors. */
  attention: number
  /** Accepted at one of them in another version than the one of now. */
  changed: number
  /** Accepted at all of them as they are now. */
  synced: number
  /** Never accepted at one of them … */
  never: number
  /** … and at none of them. */
  nowhere: number
}

export interface Selection extends StatusCounts {
  campaigns: readonly Campaign[]
}

type ById = ReadonlyMap<string, Standing>

interface AtVendor {
  /** Of the vendor's file, and of what it has accepted. */
  version: string
  attention: ById
  known: ById
  isChanged(id: string): boolean
  isAccepted(id: string): boolean
}

/** Selections that are remembered of each version of the file, and how many of it may need attention for that. */
const SELECTIONS_MOST = 20
const ATTENTION_MOST = 500
const selections = new WeakMap<readonly Campaign[], Map<string, Selection>>()

/**
 * The campaigns of the file that are wanted. Reads of the index only what the filter and the order need. Worked out once
 * for each version of the file, of the vendors, and of what is known of the campaigns there.
 */
export async function selectCampaigns(
  { campaigns, syncLog }: ListDeps,
  vendors: readonly Vendor[],
  filter: ListFilter,
): Promise<Selection> {
  const all = campaigns.all()
  const at = await Promise.all(
    vendors.map((vendor) => standingsAt({ campaigns, syncLog }, vendor, filter)),
  )
  const key = keyOf(filter, at)
  if (key === undefined) return select(campaigns, at, filter)
  const known = selections.get(all) ?? new BoundedMap<string, Selection>(SELECTIONS_MOST)
  selections.set(all, known)
  const selection = known.get(key) ?? select(campaigns, at, filter)
  known.set(key, selection)
  return selection
}

/** What a selection follows from, beside the file; undefined where that is long itself. */
function keyOf(filter: ListFilter, at: AtVendor[]): string | undefined {
  const isLong = at.some(
    ({ attention, known }) => known !== attention || known.size > ATTENTION_MOST,
  )
  if (isLong) return undefined
  const { search, status, type, owner, from, to, sort } = filter
  const about = at.map(({ version, attention }) => [version, [...attention]])
  return JSON.stringify([search, status, type, owner, from, to, sort, about])
}

function select(campaigns: ListDeps['campaigns'], at: AtVendor[], filter: ListFilter): Selection {
  const { sort } = filter
  const all = campaigns.all()
  const order =
    sort && sort.by !== 'sync'
      ? inOrderOf(all, sort.by, sort.down)
      : byStanding(campaigns, at, sort?.down === false)
  const found = order.filter(searchIn(all, filter.search)).filter(inFields(filter))
  return { campaigns: found.filter(ofStatus(filter.status, at)), ...countsOf(found, at) }
}

async function standingsAt(
  { campaigns, syncLog }: ListDeps,
  vendor: Vendor,
  { status, sort }: ListFilter,
): Promise<AtVendor> {
  const needed = outcomesFor(status, sort)
  const [attention, accepted, further] = await Promise.all([
    syncLog.having(vendor.id, ATTENTION),
    syncLog.accepted(vendor.id),
    needed && syncLog.having(vendor.id, needed),
  ])
  const changed = changedIn(vendor, campaigns.all(), accepted)
  return {
    version: `${versionOf(vendor)} ${versionOf(accepted)}`,
    attention,
    known: further ?? attention,
    isChanged: (id) => changed.has(id) && !attention.has(id),
    isAccepted: (id) => accepted[id] !== undefined,
  }
}

const versions = new WeakMap<object, number>()
let lastVersion = 0

/** A number for an object that is never changed in place. */
function versionOf(object: object): number {
  const version = versions.get(object) ?? ++lastVersion
  versions.set(object, version)
  return version
}

function outcomesFor(
  status: ListFilter['status'],
  sort: ListFilter['sort'],
): readonly Outcome[] | undefined {
  if (status === 'not-synced') return OUTCOMES
  if (status === 'synced') return ['sent']
  const isAny = status === undefined || status === 'changed'
  return isAny && sort?.by === 'sync' ? OUTCOMES : undefined
}

/** Those with a known standing first, by its time; then the file's order. */
function byStanding(
  campaigns: ListDeps['campaigns'],
  at: AtVendor[],
  oldestFirst: boolean,
): Campaign[] {
  const times = at.flatMap(({ known }) => [...known])
  if (at.length > 1) times.sort(([, a], [, b]) => b.at - a.at)
  if (oldestFirst) times.reverse()
  const ids = new Set(times.map(([id]) => id))
  return [
    ...[...ids].flatMap((id) => campaigns.get(id) ?? []),
    ...campaigns.all().filter(({ id }) => !ids.has(id)),
  ]
}

function inFields({ type, owner, from, to }: ListFilter): (campaign: Campaign) => boolean {
  return (one) => {
    if (type !== undefined && one.type !== type) return false
    if (owner !== undefined && one.owner !== owner) return false
    if (from === undefined && to === undefined) return true
    const first = one.startDate ?? one.endDate
    const last = one.endDate ?? one.startDate
    if (first === undefined || last === undefined) return false
    return (from === undefined || last >= from) && (to === undefined || first <= to)
  }
}

function ofStatus(status: Status | undefined, at: AtVendor[]): (campaign: Campaign) => boolean {
  switch (status) {
    case undefined:
      return () => true
    case 'attention':
      return ({ id }) => at.some(({ attention }) => attention.has(id))
    case 'changed':
      return ({ id }) => at.some(({ isChanged }) => isChanged(id))
    case 'not-synced':
      return ({ id }) => at.some(({ known }) => !known.has(id))
    case 'synced':
      return ({ id }) =>
        at.every(({ known, isChanged }) => known.get(id)?.kind === 'sent' && !isChanged(id))
    default:
      return ({ id }) => at.some(({ attention }) => attention.get(id)?.kind === status)
  }
}

function countsOf(found: readonly Campaign[], at: AtVendor[]): StatusCounts {
  const count = (matches: (id: string) => boolean) => found.filter(({ id }) => matches(id)).length
  return {
    attention: count((id) => at.some(({ attention }) => attention.has(id))),
    changed: count((id) => at.some(({ isChanged }) => isChanged(id))),
    synced: count((id) =>
      at.every((one) => one.isAccepted(id) && !one.isChanged(id) && !one.attention.has(id)),
    ),
    never: count((id) => at.some((one) => !one.isAccepted(id) && !one.attention.has(id))),
    nowhere: count((id) => at.every((one) => !one.isAccepted(id) && !one.attention.has(id))),
  }
}

/** How many campaigns of the file need attention at a vendor; the index also knows some that have left the file. */
export async function attentionAt(
  { campaigns, syncLog }: ListDeps,
  vendor: Vendor,
): Promise<number> {
  const known = await syncLog.having(vendor.id, ATTENTION)
  return [...known.keys()].filter((id) => campaigns.get(id)).length
}
