// A click: who wants which campaign at which vendor, and where the token for it lies.
import { formatSubject } from '../access/subject.ts'
import type { TokenKey } from '../access/token-key.ts'
import type { Campaign } from '../campaigns/campaign.ts'
import type { Vendor } from '../vendors/vendor.ts'
import type { Intent } from './intents.ts'

/** One click: who, what, where to, and what has become of it so far. */
export interface SyncRequest {
  owner: string
  vendor: Vendor
  campaign: Campaign
  intent: Intent
  /** The person has been told that an earlier push may have been applied, and wants it sent again. */
  sendAgain?: boolean
}

/** The token of a click: one per campaign. */
export function campaignTokenKey(
  owner: string,
  vendor: Vendor,
  campaign: Pick<Campaign, 'id'>,
): TokenKey {
  return { owner, vendor, subject: formatSubject({ kind: 'campaign', id: campaign.id }) }
}
