// Finishes an intent that was approved and that nobody is at, for whoever looks how it stands.
import type { Request } from 'express'
import type { Context } from '../../context.ts'
import type { Intent } from '../../sync/intent.ts'
import { performSync } from './perform-sync.ts'

/** The intent as it then is; undefined when there is none. An approval is used once, however many look. */
export async function resumeApproved(
  context: Context,
  req: Request,
  owner: string,
  id: string,
): Promise<Intent | undefined> {
  const stored = await context.intents.load(owner, id)
  if (stored?.intent.state !== 'approved') return stored?.intent
  const { intent } = stored
  const campaign = context.campaigns.get(intent.campaign)
  const vendor = context.config.vendors.find((one) => one.id === intent.vendor)
  if (!campaign || !vendor) return intent
  const request = { owner, vendor, campaign, ...stored, resumes: true as const }
  return (await performSync(context, req, request))?.intent
}
