// The token request (RFC 6749 §4.1.3) and its answer: lenient at the edge, strict inside. Sent once, never repeated.
import * as oauth from 'oauth4webapi'
import { type Http, NoAnswer, type OutboundAnswer } from '../http.ts'
import { retryAfterSeconds } from '../vendors/retry-after.ts'
import { fill } from '../vendors/template.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { TokenError } from './errors.ts'
import { authorizationServer, client, clientAuth } from './server.ts'
import { standardTokenAnswer } from './token-answer.ts'

export interface TokenSet {
  accessToken: string
  /** Seconds the vendor says it lives, or the vendor file's default; at least 1. */
  expiresIn: number
  scope: string | undefined
}

const TIMEOUT_MS = 10_000
const MAX_BYTES = 64 * 1024

/** Exchanges the code of a validated callback. @throws TokenError, and never sends the code twice */
export async function exchangeCode(
  http: Http,
  vendor: Vendor,
  callback: URLSearchParams,
  redirectUri: string,
  codeVerifier: string,
): Promise<TokenSet> {
  const server = authorizationServer(vendor)
  const seen: { retryAfter?: number | undefined } = {}
  try {
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client(vendor),
      clientAuth(vendor),
      callback,
      redirectUri,
      vendor.authorize.pkce ? codeVerifier : oauth.nopkce,
      {
        [oauth.allowInsecureRequests]: true, // load.ts has judged the URL: http goes to this machine only
        [oauth.customFetch]: tokenFetch(http, vendor, callback, redirectUri, codeVerifier, seen),
      },
    )
    return tokenSet(vendor, await oauth.processAuthorizationCodeResponse(server, client(vendor), response))
  } catch (error) {
    throw tokenError(error, seen.retryAfter)
  }
}

/** Sends oauth4webapi's request our way and turns the vendor's answer into a standard one. */
function tokenFetch(
  http: Http,
  vendor: Vendor,
  callback: URLSearchParams,
  redirectUri: string,
  codeVerifier: string,
  seen: { retryAfter?: number | undefined },
) {
  return async (
    url: string,
    options: { method: string; headers: Record<string, string>; body?: unknown },
  ) => {
    const form = new URLSearchParams(String(options.body))
    const known = {
      ...vendor.values,
      'client.id': vendor.client.id,
      'flow.redirectUri': redirectUri,
      'flow.code': callback.get('code'),
      'flow.codeVerifier': codeVerifier,
    }
    for (const [name, value] of Object.entries(vendor.token.params))
      if (value === null) form.delete(name)
      else form.set(name, fill(value, known))
    const headers = { ...options.headers, accept: 'application/json' }
    for (const [name, value] of Object.entries(vendor.token.headers))
      Object.assign(headers, { [name.toLowerCase()]: fill(value, known) })
    const request = {
      method: 'POST',
      url,
      headers,
      body: form.toString(),
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BYTES,
    }
    const answer = await http.send(request)
    seen.retryAfter = retryAfterSeconds(answer.headers)
    return asResponse(answer, vendor.lifetime.defaultSeconds)
  }
}

function asResponse(answer: OutboundAnswer, defaultSeconds: number): Response {
  const { status, body } = standardTokenAnswer(answer, defaultSeconds)
  return new Response(body, { status, headers: { 'content-type': 'application/json' } })
}

function tokenSet(vendor: Vendor, answer: oauth.TokenEndpointResponse): TokenSet {
  if (!/^[A-Za-z0-9\-._~+/=!$&'()*,:;@|]+$/.test(answer.access_token))
    throw new TokenError('vendor', 'not a token')
  const missing = missingScopes(vendor.authorize.scopes, answer.scope)
  if (missing.length > 0) throw new TokenError('scope', missing.join(' '))
  const expiresIn = answer.expires_in ?? vendor.lifetime.defaultSeconds
  return { accessToken: answer.access_token, expiresIn, scope: answer.scope }
}

/** Scopes asked for and not granted; none where the vendor names its scopes otherwise in its answer. */
function missingScopes(asked: string[], answered: string | undefined): string[] {
  const granted = answered?.split(/[\s,]+/).filter(Boolean) ?? []
  const sameNames = granted.length > 0 && granted.every((scope) => asked.includes(scope))
  return sameNames ? asked.filter((scope) => !granted.includes(scope)) : []
}

function tokenError(error: unknown, retryAfter: number | undefined): TokenError {
  if (error instanceof TokenError) return error
  if (error instanceof NoAnswer)
    return new TokenError(error.timedOut ? 'timeout' : 'vendor', error.message, undefined, error)
  if (error instanceof oauth.ResponseBodyError) {
    const kind = kindOf(error.error)
    return new TokenError(kind, kind === 'vendor' ? 'error answer' : error.error, retryAfter, error)
  }
  if (error instanceof oauth.WWWAuthenticateChallengeError)
    return new TokenError('setup', 'invalid_client', retryAfter, error)
  return new TokenError('vendor', 'not a token answer', retryAfter, error)
}

function kindOf(error: string): TokenError['kind'] {
  if (error === 'invalid_grant') return 'spent'
  const setup = [
    'invalid_client',
    'unauthorized_client',
    'unsupported_grant_type',
    'invalid_scope',
    'redirect_uri_mismatch',
  ]
  return setup.includes(error) ? 'setup' : 'vendor'
}
