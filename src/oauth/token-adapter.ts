// Adapts oauth4webapi to a vendor's token endpoint: changes its request, and turns the response into a standard one.
import * as oauth from 'oauth4webapi'
import { type Http, NoResponse } from '../http/client.ts'
import { retryAfterSeconds } from '../vendors/retry-after.ts'
import { fill, mergeJsonParams, mergeParams, type Scope } from '../vendors/template.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { TokenError, vendorMessage } from './errors.ts'
import { standardTokenResponse } from './token-response.ts'

export type Params = Vendor['token']['params']

export interface TokenRequestTrace {
  /** Seconds. */
  retryAfter?: number | undefined
  /** The members of the vendor's response, unchanged. */
  members?: Record<string, unknown> | undefined
  status?: number
}

const TIMEOUT_MS = 10_000
const MAX_BYTES = 64 * 1024

/** A fetch for oauth4webapi that sends the vendor's form of the request and returns a standard response. */
export function tokenFetch(
  http: Http,
  vendor: Vendor,
  scope: Scope,
  params: Params,
  trace: TokenRequestTrace,
) {
  return async (
    url: string,
    options: { method: string; headers: Record<string, string>; body?: unknown },
  ): Promise<Response> => {
    const { query, ...request } = tokenRequest(vendor, scope, params, options)
    const response = await http.send({
      ...request,
      url: query === undefined ? url : withQuery(url, query),
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BYTES,
    })
    trace.retryAfter = retryAfterSeconds(response.headers)
    const { status, body, members } = standardTokenResponse(
      response,
      vendor.token.response,
      vendor.lifetime.defaultSeconds,
    )
    trace.members = members
    trace.status = response.status
    return new Response(body, { status, headers: { 'content-type': 'application/json' } })
  }
}

/** Changes oauth4webapi's form and headers as the vendor file says. */
function tokenRequest(
  { token }: Vendor,
  scope: Scope,
  params: Params,
  standard: { headers: Record<string, string>; body?: unknown },
): { method: string; headers: Record<string, string>; body?: string; query?: string } {
  const form = Object.fromEntries(new URLSearchParams(String(standard.body)))
  const members = mergeParams(form, params, scope)
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(standard.headers)) headers[name.toLowerCase()] = value
  headers.accept = 'application/json'
  for (const [name, value] of Object.entries(token.headers))
    headers[name.toLowerCase()] = fill(value, scope)
  const encoded = new URLSearchParams(members).toString()
  if (token.encoding === 'query') {
    delete headers['content-type']
    return { method: 'POST', headers, query: encoded }
  }
  if (token.encoding === 'form') return { method: 'POST', headers, body: encoded }
  headers['content-type'] = 'application/json'
  return { method: 'POST', headers, body: JSON.stringify(mergeJsonParams(form, params, scope)) }
}

export function withQuery(url: string, query: string): string {
  const changed = new URL(url)
  changed.search += `${changed.search === '' ? '?' : '&'}${query}`
  return changed.href
}

/** Converts any failure of a token request into a TokenError, with the vendor's own words. */
export function tokenError(
  vendor: Vendor,
  error: unknown,
  { retryAfter, members, status }: TokenRequestTrace,
  scope: Scope,
): TokenError {
  if (error instanceof TokenError) return error
  if (error instanceof NoResponse)
    return new TokenError(error.timedOut ? 'timeout' : 'vendor', error.message, undefined, error)
  const said = vendorMessage(
    members,
    SECRETS.map((name) => scope[name]),
  )
  const failure = (kind: TokenError['kind'], message: string) =>
    new TokenError(kind, message, retryAfter, error, { said, status })
  if (error instanceof oauth.ResponseBodyError) {
    const kind = kindOf(vendor, error.error)
    return failure(kind, kind === 'vendor' ? 'error answer' : error.error)
  }
  if (error instanceof oauth.WWWAuthenticateChallengeError)
    return failure('setup', 'invalid_client')
  return failure('vendor', 'not a token answer')
}

/** Fields that vendors repeat in error messages and nobody may read. */
const SECRETS = [
  'client.secret',
  'flow.code',
  'flow.codeVerifier',
  'flow.refreshToken',
  'flow.state',
]

/** Error codes of RFC 6749 §5.2; a vendor's own are in its file. */
const SETUP = [
  'invalid_client',
  'invalid_request',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
]

function kindOf({ token }: Vendor, error: string): TokenError['kind'] {
  if (['invalid_grant', ...token.spent].includes(error)) return 'spent'
  return [...SETUP, ...token.unknownClient].includes(error) ? 'setup' : 'vendor'
}
