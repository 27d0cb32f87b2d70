// A press of a campaign that alone is more than one person may start (APPROVE_ABOVE): it has to be a run, which waits.
import type { Context } from '../../context.ts'
import { HttpProblem } from '../../errors.ts'
import { resultOf } from '../../sync/intent.ts'
import type { SyncRequest } from '../../sync/sync-request.ts'

/**
 * To be awaited before a press goes on: what one person may not start as a run they may not push by itself either. A
 * press that is done is told again, and nothing is sent. @throws HttpProblem 409
 */
export async function checkPressedAlone(context: Context, request: SyncRequest): Promise<void> {
  const { campaign, decision, choice, owner, intent } = request
  if (!context.isAboveLimit(campaign)) return
  const stored = decision || choice ? undefined : await context.intents.get(owner, intent.id)
  if (stored && resultOf(stored)?.kind === 'sent') return
  throw needsRun(request)
}

function needsRun({ campaign, vendor }: SyncRequest): HttpProblem {
  const fields = { id: campaign.id, vendor: vendor.id }
  return new HttpProblem({
    code: 'E-APPROVAL',
    status: 409,
    heading: 'An approver has to say yes first',
    text: `${campaign.name} is above the limit for one person. Nothing was sent. Make a run of it alone: that waits for an approver.`,
    actions: [{ label: 'Make a run of it', post: '/runs', fields, primary: true }],
  })
}
