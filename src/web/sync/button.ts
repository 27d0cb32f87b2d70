// The Sync button of a campaign, on whichever page it is.
import { randomUUID } from 'node:crypto'
import type { Campaign } from '../../campaigns/campaign.ts'
import type { Action } from '../../errors.ts'
import type { Vendor } from '../../vendors/vendor.ts'

/** A form with a new click value, by which the same click sent twice is one press. Without a vendor: the first one. */
export function syncAction({ id, name }: Campaign, path: string, vendor?: Vendor): Action {
  return {
    label: 'Sync',
    name: `Sync ${name}`,
    post: `/campaigns/${id}/sync`,
    fields: { click: randomUUID(), referrer: path, ...(vendor && { vendor: vendor.id }) },
    primary: true,
  }
}
