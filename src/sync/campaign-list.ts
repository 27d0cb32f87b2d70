// Which campaigns a list shows and in which order: search, status and sort, joined with how they stand at a vendor.
import type { Campaign } from '../campaigns/campaign.ts'
import { FIELDS, inOrderOf, searchIn } from '../campaigns/orders.ts'
import type { CampaignSource } from '../campaigns/source.ts'
import { OUTCOMES, type Outcome, type Standing, type SyncLog } from './sync-log.ts'

export const STATUSES = ['attention', 'failed', 'unknown', 'synced', 'not-synced'] as const
export const SORTS = [...FIELDS, 'sync'] as const

/** What a person asked to see. */
export interface ListFilter {
  search: string
  status?: (typeof STATUSES)[number] | undefined
  /** Without it: those that need attention first, the newest of them first, then the file's order. */
  sort?: { by: (typeof SORTS)[number]; down: boolean } | undefined
}

const ATTENTION: readonly Outcome[] = ['failed', 'unknown']
const OUTCOMES_OF = {
  attention: ATTENTION,
  failed: ['failed'],
  unknown: ['unknown'],
  synced: ['sent'],
} as const

interface ListDeps {
  campaigns: CampaignSource
  syncLog: Pick<SyncLog, 'having'>
}

/** What is shown of what there is. */
export interface Selection {
  /** All that are wanted, in order. */
  campaigns: readonly Campaign[]
  /** How many of the whole file need attention at this vendor. */
  attention: number
}

/** The campaigns of the file that are wanted. Reads of the index only what the filter and the order need. */
export async function selectCampaigns(
  { campaigns, syncLog }: ListDeps,
  vendor: string,
  { search, status, sort }: ListFilter,
): Promise<Selection> {
  const all = campaigns.all()
  const attention = await syncLog.having(vendor, ATTENTION)
  const needed = outcomesFor(status, sort)
  const known = needed === ATTENTION ? attention : await syncLog.having(vendor, needed)
  const byKnown = () => {
    const ids = sort?.down === false ? [...known.keys()].reverse() : [...known.keys()]
    return [
      ...ids.flatMap((id) => campaigns.get(id) ?? []),
      ...all.filter(({ id }) => !known.has(id)),
    ]
  }
  const order = sort && sort.by !== 'sync' ? inOrderOf(all, sort.by, sort.down) : byKnown()
  const ofStatus = ({ id }: Campaign) =>
    status === undefined || known.has(id) === (status !== 'not-synced')
  const found = searchIn(all, search)
  return {
    campaigns: order.filter((campaign) => ofStatus(campaign) && found(campaign)),
    attention: countIn(campaigns, attention),
  }
}

function outcomesFor(status: ListFilter['status'], sort: ListFilter['sort']): readonly Outcome[] {
  if (status === 'not-synced') return OUTCOMES
  if (status !== undefined) return OUTCOMES_OF[status]
  if (sort === undefined) return ATTENTION
  return sort.by === 'sync' ? OUTCOMES : []
}

/** How many campaigns of the file are among those; the index also knows campaigns that have left the file. */
function countIn(campaigns: CampaignSource, known: Map<string, Standing>): number {
  return [...known.keys()].filter((id) => campaigns.get(id)).length
}

/** How many campaigns need attention at a vendor. */
export async function attentionAt(
  { campaigns, syncLog }: ListDeps,
  vendor: string,
): Promise<number> {
  return countIn(campaigns, await syncLog.having(vendor, ATTENTION))
}
