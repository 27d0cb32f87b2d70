// Begins a trip to the vendor: what it needs to be finished is stored before its address is given out.
import { authorizationUrl, createFlow, redirectUri } from '../oauth/authorize.ts'
import type { Pending, PendingAuthorizations } from './authorization-requests.ts'
import type { TokenPlace } from './tokens.ts'

export interface TripParts {
  config: { publicUrl: string }
  pending: PendingAuthorizations
}

/** Gives the vendor's authorize URL. With `otherAccount` the vendor is asked to let the person choose whom to be. */
export async function beginTrip(
  { config, pending }: TripParts,
  { owner, vendor, subject }: TokenPlace,
  { intent, referrer }: Pick<Pending, 'intent' | 'referrer'>,
  options: { otherAccount?: boolean } = {},
): Promise<string> {
  const { state, codeVerifier } = createFlow()
  await pending.put({ owner, vendor: vendor.id, state }, { codeVerifier, subject, intent, referrer })
  const back = redirectUri(config.publicUrl, vendor)
  return authorizationUrl(vendor, { state, codeVerifier }, back, options)
}
