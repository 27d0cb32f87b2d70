// Token revocation (RFC 7009): best effort, so that a token nobody keeps is worth nothing.
import * as oauth from 'oauth4webapi'
import type { Http } from '../http.ts'
import { mergeParams } from '../vendors/template.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { authorizationServer, client, clientAuth, endpoint } from './server.ts'

const TIMEOUT_MS = 2_000

/** Asks the vendor to forget the token, within 2 s. True when it said yes; false when it cannot or did not. */
export async function revokeToken(http: Http, vendor: Vendor, token: string): Promise<boolean> {
  const { revoke, values } = vendor
  if (!revoke) return false
  const scope = { ...values, 'client.id': vendor.client.id, 'client.secret': vendor.client.secret, token }
  try {
    const server = { ...authorizationServer(vendor), revocation_endpoint: endpoint(vendor, revoke.url) }
    const response = await oauth.revocationRequest(server, client(vendor), clientAuth(vendor), token, {
      [oauth.allowInsecureRequests]: true, // urlFault has judged the URL: http goes to this machine only
      [oauth.customFetch]: async (url, { method, headers, body }) => {
        const form = mergeParams(Object.fromEntries(new URLSearchParams(String(body))), revoke.params, scope)
        const sent = { method, url, headers, body: new URLSearchParams(form).toString() }
        const answer = await http.send({ ...sent, timeoutMs: TIMEOUT_MS, maxBytes: 65_536 })
        return new Response(null, { status: answer.status })
      },
    })
    await oauth.processRevocationResponse(response)
    return true
  } catch {
    return false
  }
}
