// Token revocation (RFC 7009), as a best effort: tokens that are no longer stored should stop working.
import * as oauth from 'oauth4webapi'
import type { Http } from '../http/client.ts'
import { mergeParams } from '../vendors/template.ts'
import { withValues } from '../vendors/values.ts'
import type { Vendor } from '../vendors/vendor.ts'
import type { GrantedTokens } from './errors.ts'
import { authorizationServer, client, clientAuth, endpoint } from './server.ts'

const TIMEOUT_MS = 2_000

/** Revokes both within 2 s: not every vendor ends the access token with the refresh token. Undefined without an endpoint. */
export async function revokeTokens(
  http: Http,
  vendor: Vendor,
  tokens: GrantedTokens,
): Promise<boolean | undefined> {
  const { refreshToken, accessToken } = tokens
  if ((refreshToken ?? accessToken) === undefined || !vendor.revoke) return undefined
  const knowing = withValues(vendor, tokens.values)
  const done = await Promise.all([
    refreshToken === undefined || revokeToken(http, knowing, refreshToken, 'refresh_token'),
    accessToken === undefined || revokeToken(http, knowing, accessToken, 'access_token'),
  ])
  return done.every(Boolean)
}

/** Revokes one token, within 2 s; `hint` is RFC 7009 §2.1. False when the vendor refused or did not respond. */
async function revokeToken(
  http: Http,
  vendor: Vendor,
  token: string,
  hint: 'access_token' | 'refresh_token',
): Promise<boolean> {
  const { revoke, values } = vendor
  if (!revoke) return false
  const scope = {
    ...values,
    'client.id': vendor.client.id,
    'client.secret': vendor.client.secret,
    token,
  }
  try {
    const server = {
      ...authorizationServer(vendor),
      revocation_endpoint: endpoint(vendor, revoke.url),
    }
    const response = await oauth.revocationRequest(
      server,
      client(vendor),
      clientAuth(vendor),
      token,
      {
        [oauth.allowInsecureRequests]: true, // urlFault has checked the URL
        [oauth.customFetch]: async (url, { method, headers, body }) => {
          const form = mergeParams(
            { ...Object.fromEntries(new URLSearchParams(String(body))), token_type_hint: hint },
            revoke.params,
            scope,
          )
          const sent = { method, url, headers, body: new URLSearchParams(form).toString() }
          const response = await http.send({ ...sent, timeoutMs: TIMEOUT_MS, maxBytes: 65_536 })
          return new Response(null, { status: response.status })
        },
      },
    )
    await oauth.processRevocationResponse(response)
    return true
  } catch {
    return false
  }
}
