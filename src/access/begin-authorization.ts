// Begins a trip to the vendor: what it needs to be finished is stored before its address is given out.
import { authorizationUrl, createStateAndVerifier, redirectUri } from '../oauth/authorize.ts'
import type { AuthorizationRequest, AuthorizationRequests } from './authorization-requests.ts'
import type { TokenPlace } from './tokens.ts'

export interface BeginAuthorizationDeps {
  config: { publicUrl: string }
  authorizationRequests: AuthorizationRequests
}

/** Gives the vendor's authorize URL. With `otherAccount` the vendor is asked to let the person choose whom to be. */
export async function beginAuthorization(
  { config, authorizationRequests: pending }: BeginAuthorizationDeps,
  { owner, vendor, subject }: TokenPlace,
  { intent, referrer, unconnected }: Omit<AuthorizationRequest, 'codeVerifier' | 'subject'>,
  options: { otherAccount?: boolean } = {},
): Promise<string> {
  const { state, codeVerifier } = createStateAndVerifier()
  await pending.create(
    { owner, vendor: vendor.id, state },
    { codeVerifier, subject, intent, referrer, unconnected },
  )
  const back = redirectUri(config.publicUrl, vendor)
  return authorizationUrl(vendor, { state, codeVerifier }, back, options)
}
