// Another instance may have shown a newer version of a campaign than this one has read: waits for it a moment.
import { setTimeout as wait } from 'node:timers/promises'
import type { Campaign } from '../../campaigns/campaign.ts'
import type { Context } from '../../context.ts'
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
  for (const end = Date.now() + CATCH_UP_MS; Date.now() < end; await wait(POLL_EVERY_MS)) {
    const version = campaigns.get(campaign.id)
    if (version && isShown(version)) return version
  }
  return campaigns.get(campaign.id) ?? campaign
}
