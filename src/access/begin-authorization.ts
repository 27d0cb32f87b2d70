// Begins an authorization request: what it needs to be finished is stored before the vendor's address is given out.
import { authorizationUrl, createStateAndVerifier, redirectUri } from '../oauth/authorize.ts'
import { awaitSessionCheck } from '../session/session.ts'
import { withValues } from '../vendors/values.ts'
import type { AuthorizationRequest, AuthorizationRequests } from './authorization-requests.ts'
import { originsOf, type TokenKey } from './token-key.ts'

interface BeginAuthorizationDeps {
  config: { publicUrl: string }
  authorizationRequests: AuthorizationRequests
}

interface BeginAuthorizationOptions {
  /** Asks the vendor to offer the choice of an account. */
  otherAccount?: boolean
  /** Checked while the request is stored: when it is false the request is withdrawn. */
  sessionCheck?: Promise<boolean>
}

/** Gives the vendor's authorize URL. @throws SessionReplaced */
export async function beginAuthorization(
  { config, authorizationRequests }: BeginAuthorizationDeps,
  { owner, vendor, subject }: TokenKey,
  {
    intent,
    referrer,
    unconnected,
    handover,
    values,
  }: Omit<AuthorizationRequest, 'codeVerifier' | 'subject' | 'origins'>,
  { sessionCheck, ...options }: BeginAuthorizationOptions = {},
): Promise<string> {
  const { state, codeVerifier } = createStateAndVerifier()
  const requestId = { owner, vendor: vendor.id, state }
  const about = { subject, intent, referrer, unconnected, handover, values }
  const request = { codeVerifier, ...about, origins: originsOf(vendor) }
  const created = authorizationRequests.create(requestId, request)
  const [, proved] = await Promise.allSettled([created, awaitSessionCheck(sessionCheck)])
  if (proved.status === 'rejected') {
    await authorizationRequests.withdraw(requestId).catch(() => {}) // it ends by itself
    throw proved.reason
  }
  await created
  const back = redirectUri(config.publicUrl, vendor)
  return authorizationUrl(withValues(vendor, values), { state, codeVerifier }, back, options)
}
