// The intent a request names: only this person's own, and only for the vendor and campaign the request is about.
import type { Campaign } from '../../campaigns/campaign.ts'
import type { Context } from '../../context.ts'
import type { Intent } from '../../sync/intents.ts'
import type { Vendor } from '../../vendors/vendor.ts'

/** Undefined for whatever is not such an id: access alone is then what is asked for. */
export async function intentOf(
  { intents }: Context,
  owner: string,
  { vendor, campaign }: { vendor: Vendor; campaign: Campaign },
  id: unknown,
): Promise<Intent | undefined> {
  if (typeof id !== 'string' || !/^[\w-]{16,64}$/.test(id)) return undefined
  const intent = await intents.get(owner, id)
  return intent?.vendor === vendor.id && intent.campaign === campaign.id ? intent : undefined
}
