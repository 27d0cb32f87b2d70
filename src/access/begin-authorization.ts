// Begins an authorization request: what it needs to be finished is stored before the vendor's address is given out.
import { authorizationUrl, createStateAndVerifier, redirectUri } from '../oauth/authorize.ts'
import type { AuthorizationRequest, AuthorizationRequests } from './authorization-requests.ts'
import type { TokenKey } from './token-key.ts'

export interface BeginAuthorizationDeps {
  config: { publicUrl: string }
  authorizationRequests: AuthorizationRequests
}

/** Gives the vendor's authorize URL. With `otherAccount` the vendor is asked to let the person choose whom to be. */
export async function beginAuthorization(
  { config, authorizationRequests }: BeginAuthorizationDeps,
  { owner, vendor, subject }: TokenKey,
  {
    intent,
    referrer,
    unconnected,
    handover,
  }: Omit<AuthorizationRequest, 'codeVerifier' | 'subject'>,
  options: { otherAccount?: boolean } = {},
): Promise<string> {
  const { state, codeVerifier } = createStateAndVerifier()
  await authorizationRequests.create(
    { owner, vendor: vendor.id, state },
    { codeVerifier, subject, intent, referrer, unconnected, handover },
  )
  const back = redirectUri(config.publicUrl, vendor)
  return authorizationUrl(vendor, { state, codeVerifier }, back, options)
}
