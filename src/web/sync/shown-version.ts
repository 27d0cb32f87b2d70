// Another instance may have shown a newer version of a campaign than this one has read: waits for it a moment.
import type { Campaign } from '../../campaigns/campaign.ts'
import type { Context } from '../../context.ts'
import { pollUntil } from '../../poll-until.ts'
import { contentHash } from '../../vendors/request.ts'
import type { Vendor } from '../../vendors/vendor.ts'

/** ms; a file is looked at every second, and believed when it is found the same twice. */
const CATCH_UP_MS = 2_200
const POLL_EVERY_MS = 100

/** The campaign as it was shown, or as it is when it does not become that. No wait for the version before this one. */
export async function shownVersion(
  { campaigns }: Pick<Context, 'campaigns'>,
  vendor: Vendor,
  campaign: Campaign,
  shown: string | undefined,
): Promise<Campaign> {
  const isShown = (version: Campaign | undefined) =>
    version !== undefined && contentHash(vendor, version) === shown
  if (shown === undefined || isShown(campaign) || isShown(campaigns.before(campaign.id)))
    return campaign
  const caughtUp = async () => isShown(campaigns.get(campaign.id))
  await pollUntil(caughtUp, { every: POLL_EVERY_MS, deadline: Date.now() + CATCH_UP_MS })
  return campaigns.get(campaign.id) ?? campaign
}
