// Token revocation (RFC 7009): best effort, so that a token nobody keeps is worth nothing.
import * as oauth from 'oauth4webapi'
import type { Http } from '../http.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { authorizationServer, client, clientAuth } from './server.ts'

const TIMEOUT_MS = 2_000

/** Asks the vendor to forget the token, within 2 s. True when it said yes; false when it cannot or did not. */
export async function revokeToken(http: Http, vendor: Vendor, token: string): Promise<boolean> {
  if (!vendor.revoke) return false
  try {
    const response = await oauth.revocationRequest(
      authorizationServer(vendor),
      client(vendor),
      clientAuth(vendor),
      token,
      {
        [oauth.allowInsecureRequests]: true, // load.ts has judged the URL: http goes to this machine only
        [oauth.customFetch]: async (url, { method, headers, body }) => {
          const answer = await http.send({
            method,
            url,
            headers,
            body: String(body),
            timeoutMs: TIMEOUT_MS,
            maxBytes: 65_536,
          })
          return new Response(null, { status: answer.status })
        },
      },
    )
    await oauth.processRevocationResponse(response)
    return true
  } catch {
    return false
  }
}
