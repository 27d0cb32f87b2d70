// What of the chosen campaigns goes into a run: what is new, changed or needs attention; and what is left out, and why.
import type { Campaign } from '../campaigns/campaign.ts'
import { changedIn } from '../sync/links.ts'
import type { Standing, SyncLog } from '../sync/sync-log.ts'
import { incompleteness } from '../vendors/needs.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { type Choice, shortName } from './run.ts'

const NAMES_KEPT = 5
/** Reasons that are kept; those with further ones are counted without. */
const REASONS_MOST = 10

interface ChooseDeps {
  syncLog: Pick<SyncLog, 'having' | 'accepted'>
  campaigns: { all(): readonly Campaign[] }
}

interface Chosen {
  campaigns: Campaign[]
  choice: Choice
}

/** `unchanged`: those that the vendor has as they are now go too. What lacks a field for this vendor never goes. */
export async function chooseCampaigns(
  { syncLog, campaigns }: ChooseDeps,
  vendor: Vendor,
  wanted: readonly Campaign[],
  unchanged: boolean,
): Promise<Chosen> {
  const [standings, accepted] = await Promise.all([
    syncLog.having(vendor.id),
    syncLog.accepted(vendor.id),
  ])
  const changed = changedIn(vendor, campaigns.all(), accepted)
  const counts = { new: 0, changed: 0, attention: 0, unchanged: 0, unsure: 0 }
  const leftOut = createReasons()
  const chosen = wanted.filter((campaign) => {
    const { id } = campaign
    const lacks = incompleteness(vendor, campaign)?.message
    if (lacks !== undefined) return leftOut.add(campaign, 'incomplete', lacks)
    const kind = kindOf(standings.get(id), Boolean(accepted[id]), changed.has(id))
    if (kind === 'unchanged' && !unchanged) return leftOut.add(campaign, 'unchanged')
    counts[kind] += 1
    return true
  })
  return { campaigns: chosen, choice: { counts, leftOut: leftOut.all() } }
}

/** `unsure`: it is there, and nobody knows in which version. */
function kindOf(
  standing: Standing | undefined,
  isAccepted: boolean,
  isChanged: boolean,
): keyof Choice['counts'] {
  if (!standing) return 'new'
  if (standing.kind !== 'sent') return 'attention'
  if (!isAccepted) return 'unsure'
  return isChanged ? 'changed' : 'unchanged'
}

/** Counts what is left out by its reason, and keeps the first names of each. */
function createReasons() {
  const reasons = new Map<string, Choice['leftOut'][number]>()
  return {
    /** False, for a filter. */
    add({ id, name }: Campaign, because: 'unchanged' | 'incomplete', message?: string): false {
      const isOneMore = !reasons.has(`${because} ${message}`) && reasons.size >= REASONS_MOST
      const kept = isOneMore ? undefined : message
      const key = `${because} ${kept}`
      const known = reasons.get(key) ?? { because, message: kept, count: 0, campaigns: [] }
      known.count += 1
      if (known.campaigns.length < NAMES_KEPT) known.campaigns.push({ id, name: shortName(name) })
      reasons.set(key, known)
      return false
    },
    all: () => [...reasons.values()],
  }
}
