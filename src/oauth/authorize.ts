// The authorization request (RFC 6749 §4.1.1) with PKCE (RFC 7636), as the vendor's file shapes it.
import { hash, randomUUID } from 'node:crypto'
import { randomText } from '../random.ts'
import { fill, mergeParams } from '../vendors/template.ts'
import { scopesOf } from '../vendors/values.ts'
import type { Vendor } from '../vendors/vendor.ts'

/** The verifier is sent to the token endpoint only. */
interface StateAndVerifier {
  state: string
  codeVerifier: string
}

/** 256 random bits each, as 43 characters (RFC 7636 §4.1). */
export function createStateAndVerifier(): StateAndVerifier {
  return { state: randomText(), codeVerifier: randomText() }
}

/** Each vendor has its own, so that callbacks of two vendors cannot be mixed up. */
export function redirectUri(publicUrl: string, vendor: Vendor): string {
  return `${publicUrl}/oauth/${vendor.id}/callback`
}

/** The vendor file's parameters over the standard ones; `otherAccount` lets a person choose the account. */
export function authorizationUrl(
  vendor: Vendor,
  secrets: StateAndVerifier,
  redirectUri: string,
  { otherAccount = false } = {},
): string {
  const { authorize, client, values } = vendor
  const codeChallenge = hash('sha256', secrets.codeVerifier, 'base64url') // RFC 7636 §4.2; oauth4webapi's own is asynchronous
  const scope = scopesOf(vendor).join(authorize.scopeSeparator)
  const standard = {
    response_type: 'code',
    client_id: client.id,
    redirect_uri: redirectUri,
    ...(scope !== '' && { scope }),
    state: secrets.state,
    ...(authorize.pkce && { code_challenge: codeChallenge, code_challenge_method: 'S256' }),
  }
  const known = {
    ...values,
    random: randomUUID(),
    'client.id': client.id,
    'flow.redirectUri': redirectUri,
    'flow.scope': scope,
    'flow.state': secrets.state,
    'flow.codeChallenge': codeChallenge,
  }
  const changes = { ...authorize.params, ...(otherAccount && authorize.chooseAccount) }
  const url = new URL(fill(authorize.url, values))
  const params = mergeParams(standard, changes, known)
  if (authorize.paramsIn === 'fragment') {
    const query = new URLSearchParams(params).toString().replaceAll('+', '%20')
    url.hash += `${url.hash.includes('?') ? '&' : '?'}${query}`
    return url.href
  }
  for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value)
  url.search = url.search.replaceAll('+', '%20') // both encode a space; some vendors do not decode "+"
  return url.href
}
