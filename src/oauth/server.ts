// The vendor as oauth4webapi knows it: authorization server, client, client authentication.
import * as oauth from 'oauth4webapi'
import { fill } from '../vendors/template.ts'
import type { Vendor } from '../vendors/vendor.ts'

/** An issuer no vendor has: stands in where the file names none, so that it can never match by chance. */
const NO_ISSUER = 'https://issuer.invalid'

/** Authorization server metadata (RFC 8414) made from the vendor's file. */
export function authorizationServer(vendor: Vendor): oauth.AuthorizationServer {
  const { authorize, token, revoke, values } = vendor
  return {
    issuer: authorize.issuer === undefined ? NO_ISSUER : fill(authorize.issuer, values),
    authorization_endpoint: fill(authorize.url, values),
    token_endpoint: fill(token.url, values),
    ...(revoke && { revocation_endpoint: fill(revoke.url, values) }),
    authorization_response_iss_parameter_supported: authorize.issParameter,
  }
}

/** The client as registered at the vendor. */
export function client(vendor: Vendor): oauth.Client {
  return { client_id: vendor.client.id }
}

/** Client authentication by exactly one method (RFC 6749 §2.3); `raw` Basic for vendors that do not form-decode. */
export function clientAuth(vendor: Vendor): oauth.ClientAuth {
  const { auth, basicEncoding, id, secret } = vendor.client
  if (auth === 'none') return oauth.None()
  if (auth === 'post') return oauth.ClientSecretPost(secret)
  if (basicEncoding === 'form') return oauth.ClientSecretBasic(secret)
  return (_server, _client, _body, headers) => {
    headers.set('authorization', `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`)
  }
}
