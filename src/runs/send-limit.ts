// What an attempt may send where large runs need a second person: what was left when it began, and changes below the limit.
import type { Campaign } from '../campaigns/campaign.ts'
import { contentHash } from '../vendors/request.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { type ApprovalLimits, type Approvals, isAbove, shownOf } from './approvals.ts'
import type { ItemToSend } from './open-items.ts'
import type { Run } from './run.ts'
import type { RunStore } from './run-store.ts'

export interface SendLimitDeps {
  runStore: RunStore
  campaign(id: string): Campaign | undefined
  approvals: Pick<Approvals, 'read'>
  approveAbove: ApprovalLimits | undefined
}

/** Gives what tells of each item whether it may be sent, or an approver has to say yes first. */
export function createSendLimit(deps: SendLimitDeps, run: Run, vendor: Vendor | undefined) {
  const { approveAbove: limits } = deps
  let standing: ReturnType<typeof standingOf> | undefined

  return async ({ stored, to, campaign }: ItemToSend): Promise<boolean> => {
    if (!limits || !vendor) return true
    standing ??= standingOf(deps, limits, run, vendor)
    const { isAllowed, shown } = await standing
    const content = contentHash(vendor, campaign)
    // An earlier request may have been applied: this one settles it, and is no other version.
    if (to.uncertain && stored.item.content === content) return true
    const known = shown.campaigns.get(campaign.id)
    if (!isAllowed || known?.content === content) return isAllowed
    const { budget = 0 } = campaign
    const sum = shown.budget - (known?.budget ?? 0) + budget
    if (isAbove(limits, { count: shown.count, budget: sum })) return false
    shown.budget = sum
    shown.campaigns.set(campaign.id, { content, budget })
    return true
  }
}

async function standingOf(deps: SendLimitDeps, limits: ApprovalLimits, run: Run, vendor: Vendor) {
  const campaigns = { get: deps.campaign }
  const shown = await shownOf({ runs: deps.runStore, campaigns, vendor: () => vendor }, run)
  if (!isAbove(limits, shown)) return { shown, isAllowed: true }
  const known = await deps.approvals.read(run.id)
  return { shown, isAllowed: known?.hash === shown.hash && known.approvedBy !== undefined }
}
