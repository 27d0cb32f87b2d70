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
  /** A new intent, or one read from the store. */
  intent: Intent
  /** The stored text it was read from; absent for a new one. */
  text?: string
  /** A GET after approval: sends nothing once the intent has ended or is gone. */
  resumes?: true
  /** The owner is new with this press, so nothing is stored for them. */
  isNew?: boolean
  /** Resolves to false when the session of the press has ended. */
  sessionCheck?: Promise<boolean>
  /** What the person decided about an uncertain push, by its key: to try it again, or to send a new one in its stead. */
  resend?: { send: 'again' | 'new'; key?: string | undefined }
  /** What the person chose where the vendor has, or may have, an object of this campaign. */
  objectChoice?: OperationRequest['objectChoice']
}

interface EarlierRequest {
  uncertain: boolean
  content?: string
  sent?: Record<string, unknown>
}

/** The campaign to send: as sent before while that is uncertain, else as it is now. Undefined when nothing may be sent. */
export function versionToSend(
  { vendor, campaign }: Pick<SyncRequest, 'vendor' | 'campaign'>,
  { uncertain, content, sent }: EarlierRequest,
): Campaign | undefined {
  if (!uncertain) return campaign
  if (!isRepeatable(vendor)) return vendor.api.create ? campaign : undefined // looks for what was sent first
  if (content === undefined || content === contentHash(vendor, campaign)) return campaign
  const version = campaignSchema.safeParse(sent).data
  return version && contentHash(vendor, version) === content ? version : undefined
}

/** The campaign as it was sent by a request whose end is not known, where that is another version than this. */
export function versionToFind(
  { vendor, campaign }: Pick<SyncRequest, 'vendor' | 'campaign'>,
  { uncertain, sent }: EarlierRequest,
): Campaign | undefined {
  const version = uncertain ? campaignSchema.safeParse(sent).data : undefined
  const isOther = version && contentHash(vendor, version) !== contentHash(vendor, campaign)
  return isOther ? version : undefined
}

/** None when the campaign has changed since: then the press is one of its own, and finishes the earlier push first. */
export function intentToRetry(
  intent: Intent,
  { vendor, campaign, resend }: Pick<SyncRequest, 'vendor' | 'campaign' | 'resend'>,
): Intent | undefined {
  if (intent.campaign !== campaign.id || intent.vendor !== vendor.id) return undefined
  const isAsNew = resend && (resend.send === 'new' || !maySettle(vendor))
  if (isAsNew || isFinal(intent) || isWaiting(intent)) return intent
  const isSame = intent.content === undefined || intent.content === contentHash(vendor, campaign)
  return isSame ? intent : undefined
}

/** It waits for access, and no earlier request of it can have been applied. */
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
