// Finishes an intent that was approved and that nobody is at, for whoever looks how it stands.
import type { Context } from '../../context.ts'
import type { Intent } from '../../sync/intent.ts'
import { sync } from '../../sync/sync.ts'

/** The intent as it then is; undefined when there is none. An approval is used once, however many look. */
export async function resumeApproved(
  context: Context,
  owner: string,
  id: string,
): Promise<Intent | undefined> {
  const stored = await context.intents.load(owner, id)
  if (stored?.intent.state !== 'approved') return stored?.intent
  const { intent } = stored
  const campaign = context.campaigns.get(intent.campaign)
  const vendor = context.config.vendors.find((one) => one.id === intent.vendor)
  if (!campaign || !vendor) return intent
  const outcome = await sync(context, { owner, vendor, campaign, ...stored, resumes: true })
  return outcome.intent
}
