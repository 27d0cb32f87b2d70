// Which campaigns a list shows and in which order: search, status and sort, joined with how they stand at a vendor.
import type { Campaign } from '../campaigns/campaign.ts'
import { FIELDS, inOrderOf, searchIn } from '../campaigns/orders.ts'
import type { CampaignSource } from '../campaigns/source.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { changedIn } from './links.ts'
import { OUTCOMES, type Outcome, type SyncLog } from './sync-log.ts'

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
  status?: Status | undefined
  /** Without it: those that need attention first, the newest of them first, then the file's order. */
  sort?: { by: (typeof SORTS)[number]; down: boolean } | undefined
}

const ATTENTION: readonly Outcome[] = ['failed', 'unknown', 'partly']

export interface ListDeps {
  campaigns: Pick<CampaignSource, 'all' | 'get'>
  syncLog: Pick<SyncLog, 'having' | 'accepted'>
}

export interface Selection {
  campaigns: readonly Campaign[]
  /** How many of those searched for, in whichever state, need attention at this vendor. */
  attention: number
  /** … and how many were accepted there in another version than the one of now. */
  changed: number
}

/** The campaigns of the file that are wanted. Reads of the index only what the filter and the order need. */
export async function selectCampaigns(
  { campaigns, syncLog }: ListDeps,
  vendor: Vendor,
  { search, status, sort }: ListFilter,
): Promise<Selection> {
  const all = campaigns.all()
  const needed = outcomesFor(status, sort)
  const [attention, accepted, further] = await Promise.all([
    syncLog.having(vendor.id, ATTENTION),
    syncLog.accepted(vendor.id),
    needed && syncLog.having(vendor.id, needed),
  ])
  const known = further ?? attention
  const changed = changedIn(vendor, all, accepted)
  const isChanged = ({ id }: Campaign) => changed.has(id) && !attention.has(id)
  const byKnown = () => {
    const ids = sort?.down === false ? [...known.keys()].reverse() : [...known.keys()]
    return [
      ...ids.flatMap((id) => campaigns.get(id) ?? []),
      ...all.filter(({ id }) => !known.has(id)),
    ]
  }
  const ofStatus = (one: Campaign) => {
    if (status === undefined) return true
    if (status === 'changed') return isChanged(one)
    if (status === 'not-synced') return !known.has(one.id)
    const kind = known.get(one.id)?.kind
    if (status === 'attention') return kind !== undefined
    return status === 'synced' ? kind === 'sent' && !isChanged(one) : kind === status
  }
  const order = sort && sort.by !== 'sync' ? inOrderOf(all, sort.by, sort.down) : byKnown()
  const found = order.filter(searchIn(all, search))
  return {
    campaigns: found.filter(ofStatus),
    attention: found.filter(({ id }) => attention.has(id)).length,
    changed: found.filter(isChanged).length,
  }
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

/** How many campaigns of the file need attention at a vendor; the index also knows some that have left the file. */
export async function attentionAt(
  { campaigns, syncLog }: ListDeps,
  vendor: Vendor,
): Promise<number> {
  const known = await syncLog.having(vendor.id, ATTENTION)
  return [...known.keys()].filter((id) => campaigns.get(id)).length
}
