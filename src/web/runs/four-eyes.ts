// A run above APPROVE_ABOVE waits for an approver who is not its starter; nothing of it is sent before.
import type { Request } from 'express'
import type { Context } from '../../context.ts'
import { HttpProblem } from '../../errors.ts'
import { approvalOf } from '../../runs/four-eyes.ts'
import type { Run } from '../../runs/run.ts'

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
