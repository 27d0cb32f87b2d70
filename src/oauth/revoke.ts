// Token revocation (RFC 7009): best effort, so that a token nobody keeps is worth nothing.
import * as oauth from 'oauth4webapi'
import type { Http } from '../http/client.ts'
import { mergeParams } from '../vendors/template.ts'
import { type Values, withValues } from '../vendors/values.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { authorizationServer, client, clientAuth, endpoint } from './server.ts'

const TIMEOUT_MS = 2_000

/** What an approval gave, as far as it is still there. */
export interface GrantedTokens {
  accessToken?: string | undefined
  refreshToken?: string | undefined
  values?: Values | undefined
}

/**
 * Asks the vendor to forget all that an approval gave, within 2 s. A refresh token takes its access tokens with it at
 * most vendors, not at all. True when it said yes to each; undefined where there is nothing to say, or no way to.
 */
export async function revokeTokens(
  http: Http,
  vendor: Vendor,
  tokens: GrantedTokens,
): Promise<boolean | undefined> {
  const secrets = [tokens.refreshToken, tokens.accessToken].filter((secret) => secret !== undefined)
  if (secrets.length === 0 || !vendor.revoke) return undefined
  const knowing = withValues(vendor, tokens.values)
  const done = await Promise.all(secrets.map((secret) => revokeToken(http, knowing, secret)))
  return done.every(Boolean)
}

/** Asks the vendor to forget one token, within 2 s. True when it said yes; false when it cannot or did not. */
async function revokeToken(http: Http, vendor: Vendor, token: string): Promise<boolean> {
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
        [oauth.allowInsecureRequests]: true, // urlFault has judged the URL: http goes to this machine only
        [oauth.customFetch]: async (url, { method, headers, body }) => {
          const form = mergeParams(
            Object.fromEntries(new URLSearchParams(String(body))),
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
