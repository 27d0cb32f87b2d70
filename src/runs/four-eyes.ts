// What an approver says yes to, and whether a run has that yes as it stands now.
import { createHash } from 'node:crypto'
import type { Campaign } from '../campaigns/campaign.ts'
import { contentHash } from '../vendors/request.ts'
import type { Vendor } from '../vendors/vendor.ts'
import type { ApprovalLimits, createApprovals } from './approvals.ts'
import type { Run } from './run.ts'
import type { Runs } from './runs.ts'

export interface FourEyesDeps {
  config: { approveAbove: ApprovalLimits | undefined }
  approvals: Pick<ReturnType<typeof createApprovals>, 'read'>
  runs: Pick<Runs, 'all' | 'get' | 'returned'>
  campaigns: { get(id: string): Campaign | undefined }
  vendor(id: string): Vendor
}

/** What an approver is shown of a run, and a hash of all of it. */
export interface Shown {
  hash: string
  count: number
  budget: number
  names: string[]
}

const NAMED = 20

/** The campaigns as they are now: a change of any makes another hash. */
export async function shownOf(deps: FourEyesDeps, run: Run): Promise<Shown> {
  const vendor = deps.vendor(run.vendor)
  const hash = createHash('sha256').update(`${run.id} ${vendor.id} ${run.title}`)
  const shown = { count: 0, budget: 0, names: [] as string[] }
  for await (const { item } of deps.runs.all(run)) {
    const campaign = deps.campaigns.get(item.campaign)
    hash.update(`\n${item.campaign} ${campaign ? contentHash(vendor, campaign) : 'gone'}`)
    shown.count += 1
    shown.budget += campaign?.budget ?? 0
    if (shown.names.length < NAMED) shown.names.push(item.name)
  }
  return { ...shown, hash: hash.digest('base64url') }
}

/** Whether so much is more than one person may start alone. */
export function isAbove(
  { campaigns = Number.POSITIVE_INFINITY, budget = Number.POSITIVE_INFINITY }: ApprovalLimits,
  much: Pick<Shown, 'count' | 'budget'>,
): boolean {
  return much.count > campaigns || much.budget > budget
}

/** How a run stands that has not begun: whether it needs a yes, waits for it, or whose it has. */
export async function approvalOf(
  deps: FourEyesDeps,
  run: Run,
): Promise<
  { state: 'needed' | 'waiting'; shown: Shown } | { state: 'approved'; by: string } | undefined
> {
  const { approvals, config } = deps
  const limits = config.approveAbove
  if (!limits || run.startedAt !== undefined) return undefined
  const shown = await shownOf(deps, run)
  if (!isAbove(limits, shown)) return undefined
  const known = await approvals.read(run.id)
  if (known?.hash !== shown.hash) return { state: 'needed', shown }
  return known.approvedBy === undefined
    ? { state: 'waiting', shown }
    : { state: 'approved', by: known.approvedBy }
}

/** Access came for a run that waits for it: it goes on, unless it needs a yes that it does not have as it is now. */
export async function goOnWithAccess(
  deps: FourEyesDeps,
  owner: string,
  id: string | undefined,
): Promise<void> {
  const run = id === undefined ? undefined : await deps.runs.get(owner, id)
  const approval = run && (await approvalOf(deps, run))
  if (approval && approval.state !== 'approved') return
  await deps.runs.returned(owner, id, true)
}
