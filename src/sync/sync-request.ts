// A press of Sync: who wants which campaign at which vendor, and which version of it they saw.
import type { TokenKey } from '../access/token-key.ts'
import { formatSubject } from '../access/token-key.ts'
import { type Campaign, campaignSchema } from '../campaigns/campaign.ts'
import type { OperationRequest } from '../vendors/operations.ts'
import { isRepeatable, maySettle } from '../vendors/push.ts'
import { contentHash } from '../vendors/request.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { type Intent, isFinal } from './intent.ts'

export interface SyncRequest {
  owner: string
  vendor: Vendor
  campaign: Campaign
  /** As it was newly made, or as it was read from the store. */
  intent: Intent
  /** The text it was read as; absent for a new one. */
  text?: string
  /** A GET that goes on with what was approved: nothing is sent once that has ended, or is no more. */
  resumes?: true
  /** The owner was made for this very press, so nothing is stored for them. */
  isNew?: boolean
  /** Whether the session the press came with still stands, where that is found out meanwhile. */
  proof?: Promise<boolean>
  /** What the person decided about an uncertain push, by its key: to try it again, or to send a new one in its stead. */
  decision?: { send: 'again' | 'new'; key?: string | undefined }
  /** What the person chose where the vendor has, or may have, an object of this campaign. */
  choice?: OperationRequest['choice']
}

interface EarlierRequest {
  uncertain: boolean
  content?: string
  sent?: Record<string, unknown>
}

/** As it is now, or was sent while that is uncertain; undefined when it must not be sent again, or nobody knows it. */
export function versionToSend(
  { vendor, campaign }: Pick<SyncRequest, 'vendor' | 'campaign'>,
  { uncertain, content, sent }: EarlierRequest,
): Campaign | undefined {
  if (!uncertain) return campaign
  if (!isRepeatable(vendor)) return vendor.api.create ? campaign : undefined
  if (content === undefined || content === contentHash(vendor, campaign)) return campaign
  const version = campaignSchema.safeParse(sent).data
  return version && contentHash(vendor, version) === content ? version : undefined
}

/** None when the campaign has changed since: then the press is one of its own, and finishes the earlier push first. */
export function intentToRetry(
  intent: Intent,
  { vendor, campaign, decision }: Pick<SyncRequest, 'vendor' | 'campaign' | 'decision'>,
): Intent | undefined {
  if (intent.campaign !== campaign.id || intent.vendor !== vendor.id) return undefined
  const isAsNew = decision && (decision.send === 'new' || !maySettle(vendor))
  if (isAsNew || isFinal(intent) || isWaiting(intent)) return intent
  const isSame = intent.content === undefined || intent.content === contentHash(vendor, campaign)
  return isSame ? intent : undefined
}

/** For access, and nothing sent under it can have been applied. */
function isWaiting(intent: Intent): boolean {
  return intent.state === 'awaitingAccess' && !intent.uncertain
}

export function campaignTokenKey(
  owner: string,
  vendor: Vendor,
  campaign: Pick<Campaign, 'id'>,
): TokenKey {
  return { owner, vendor, subject: formatSubject({ kind: 'campaign', id: campaign.id }) }
}
