// The vendor as oauth4webapi knows it: authorization server, client, client authentication.
import * as oauth from 'oauth4webapi'
import { signingKey } from '../vendors/private-key.ts'
import { fill } from '../vendors/template.ts'
import { urlFault } from '../vendors/url.ts'
import { missingValues } from '../vendors/values.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { TokenError } from './errors.ts'

/** No vendor can have it, so it never matches an `iss`. */
const NO_ISSUER = 'https://issuer.invalid'

/** Authorization server metadata (RFC 8414) made from the vendor's file. */
export function authorizationServer({ authorize, values }: Vendor): oauth.AuthorizationServer {
  return {
    issuer: authorize.issuer === undefined ? NO_ISSUER : fill(authorize.issuer, values),
    authorization_response_iss_parameter_supported: authorize.issParameter,
  }
}

/** @throws TokenError when the vendor has not sent a value of these templates */
export function requireValues(vendor: Vendor, ...templates: string[]): void {
  const missing = missingValues(vendor, ...templates)
  if (missing.length > 0)
    throw new TokenError('vendor', `the vendor has not said ${missing.join(', ')}`)
}

/** @throws TokenError when a value is missing or makes the URL unsafe */
export function endpoint(vendor: Vendor, template: string): string {
  requireValues(vendor, template)
  const url = fill(template, vendor.values)
  if (urlFault(url) !== undefined)
    throw new TokenError('vendor', 'the vendor named an address that is not safe')
  return url
}

export function client(vendor: Vendor): oauth.Client {
  return { client_id: vendor.client.id }
}

/** A signed assertion (RFC 7523 §3) that is good for a minute. */
function assertionAuth(vendor: Vendor): oauth.ClientAuth {
  const { assertion, privateKey = '', keyId } = vendor.client
  const { audience = vendor.authorize.issuer ?? vendor.token.url, issuer } = assertion
  const key = { key: signingKey(privateKey), ...(keyId !== undefined && { kid: keyId }) }
  return oauth.PrivateKeyJwt(key, {
    [oauth.modifyAssertion]: (_header, payload) => {
      payload.aud = fill(audience, vendor.values)
      if (issuer !== undefined) payload.iss = fill(issuer, vendor.values)
    },
  })
}

/** Client authentication by one method (RFC 6749 §2.3). `raw` Basic is for vendors that do not form-decode. */
export function clientAuth(vendor: Vendor): oauth.ClientAuth {
  const { auth, basicEncoding, id, secret } = vendor.client
  if (auth === 'post') return oauth.ClientSecretPost(secret)
  if (auth === 'private_key_jwt') return assertionAuth(vendor)
  if (auth !== 'basic') return oauth.None()
  if (basicEncoding === 'form') return oauth.ClientSecretBasic(secret)
  return (_server, _client, _body, headers) => {
    headers.set('authorization', `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`)
  }
}
