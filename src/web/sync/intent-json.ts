// An intent as JSON callers get it: state, the sentence that a person would read, and the result.
import type { Context } from '../../context.ts'
import { type Intent, resultOf } from '../../sync/intent.ts'
import { bannerOf, syncStatus } from '../page/sync-messages.ts'

export function intentJson(context: Context, intent: Intent) {
  const { id, vendor: vendorId, campaign: campaignId, state } = intent
  const vendor = context.vendor(vendorId)
  const campaign = context.campaign(campaignId)
  const result = resultOf(intent)
  const isWaiting = state === 'awaitingAccess' && !result
  const text = isWaiting
    ? `${campaign.name} waits for a person to approve at ${vendor.name}.`
    : bannerOf(intent, vendor, campaign).text
  const status = syncStatus(result)
  return { campaign: campaignId, vendor: vendorId, intent: id, state, status, text, result }
}
