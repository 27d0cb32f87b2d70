// The Sync button of a campaign, on whichever page it is.
import { randomUUID } from 'node:crypto'
import type { Campaign } from '../../campaigns/campaign.ts'
import type { Action } from '../../errors.ts'
import { contentHash } from '../../vendors/request.ts'
import type { Vendor } from '../../vendors/vendor.ts'

/**
 * A form with a new click value, by which the same click sent twice is one press, and the version of the campaign
 * that is shown beside it.
 */
export function syncAction(campaign: Campaign, path: string, vendor: Vendor): Action {
  const { id, name } = campaign
  const about = { vendor: vendor.id, shown: contentHash(vendor, campaign) }
  return {
    label: 'Sync',
    name: `Sync ${name}`,
    post: `/campaigns/${id}/sync`,
    fields: { click: randomUUID(), referrer: path, ...about },
    primary: true,
  }
}
