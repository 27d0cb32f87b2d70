// A run above APPROVE_ABOVE waits for an approver who is not its starter; nothing of it is sent before.
import { createHash } from 'node:crypto'
import type { Request } from 'express'
import type { Context } from '../../context.ts'
import { HttpProblem } from '../../errors.ts'
import type { Run } from '../../runs/run.ts'
import { contentHash } from '../../vendors/request.ts'

/** What an approver is shown of a run, and a hash of all of it. */
export interface Shown {
  hash: string
  count: number
  budget: number
  names: string[]
}

const NAMED = 20

/** The campaigns as they are now: a change of any makes another hash. */
export async function shownOf(context: Context, run: Run): Promise<Shown> {
  const vendor = context.vendor(run.vendor)
  const hash = createHash('sha256').update(`${run.id} ${vendor.id} ${run.title}`)
  const shown = { count: 0, budget: 0, names: [] as string[] }
  for await (const { item } of context.runs.all(run)) {
    const campaign = context.campaigns.get(item.campaign)
    hash.update(`\n${item.campaign} ${campaign ? contentHash(vendor, campaign) : 'gone'}`)
    shown.count += 1
    shown.budget += campaign?.budget ?? 0
    if (shown.names.length < NAMED) shown.names.push(item.name)
  }
  return { ...shown, hash: hash.digest('base64url') }
}

/** How a run stands that has not begun: whether it needs a yes, waits for it, or whose it has. */
export async function approvalOf(
  context: Context,
  run: Run,
): Promise<
  { state: 'needed' | 'waiting'; shown: Shown } | { state: 'approved'; by: string } | undefined
> {
  const { approvals, config } = context
  const limits = config.approveAbove
  if (!limits || run.startedAt !== undefined) return undefined
  const shown = await shownOf(context, run)
  const isAbove =
    shown.count > (limits.campaigns ?? Number.POSITIVE_INFINITY) ||
    shown.budget > (limits.budget ?? Number.POSITIVE_INFINITY)
  if (!isAbove) return undefined
  const known = await approvals.read(run.id)
  if (known?.hash !== shown.hash) return { state: 'needed', shown }
  return known.approvedBy === undefined
    ? { state: 'waiting', shown }
    : { state: 'approved', by: known.approvedBy }
}

/**
 * To be awaited before a run begins: puts one that needs a yes where approvers see it.
 * @throws HttpProblem 409 when it has none
 */
export async function checkApproved(context: Context, req: Request, run: Run): Promise<void> {
  const approval = await approvalOf(context, run)
  if (!approval || approval.state === 'approved') return
  if (approval.state === 'needed') {
    const person = req.identity?.name ?? 'somebody'
    await context.approvals.request(run.id, { hash: approval.shown.hash, owner: run.owner, person })
    await context.notices?.approvalNeeded(run, person)
    req.log.info({ run: run.id, campaigns: approval.shown.count }, 'run.awaits-approval')
  }
  throw awaitsApproval(context, run)
}

function awaitsApproval({ config }: Context, run: Run): HttpProblem {
  return new HttpProblem({
    code: 'E-APPROVAL',
    status: 409,
    heading: 'An approver has to say yes first',
    text: 'This run is above the limit for one person. Nothing was sent. An approver finds it under Approvals; once they have said yes, start it again.',
    actions: [{ label: 'Back to the run', href: `/runs/${run.id}` }],
    members: { run: run.id, url: `${config.publicUrl}/approvals` },
  })
}
