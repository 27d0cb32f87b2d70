// The token requests: authorization code (RFC 6749 §4.1.3) and refresh token (§6). Each is sent once, never repeated.
import { randomUUID } from 'node:crypto'
import * as oauth from 'oauth4webapi'
import type { Http } from '../http/client.ts'
import { matches } from '../vendors/match.ts'
import type { Scope } from '../vendors/template.ts'
import { capture, scopesOf, withValues } from '../vendors/values.ts'
import type { Match, Vendor } from '../vendors/vendor.ts'
import type { GrantedTokens } from './errors.ts'
import { TokenError } from './errors.ts'
import { authorizationServer, client, clientAuth, endpoint } from './server.ts'
import { runSteps } from './steps.ts'
import { type Params, type TokenRequestTrace, tokenError, tokenFetch } from './token-adapter.ts'
import { captured, type TokenSet, tokenSet } from './token-set.ts'

/** Exchanges the code of a validated callback. The code is sent once. @throws TokenError */
export async function exchangeCode(
  http: Http,
  configured: Vendor,
  callback: URLSearchParams,
  redirectUri: string,
  codeVerifier: string,
): Promise<TokenSet> {
  const callbackValues = captured(() =>
    capture(configured, 'callback', Object.fromEntries(callback)),
  )
  const vendor = withValues(configured, callbackValues)
  const scope = {
    ...scopeOf(vendor),
    'flow.redirectUri': redirectUri,
    'flow.state': callback.get('state'),
    'flow.code': callback.get('code'),
    'flow.codeVerifier': codeVerifier,
  }
  const set = await request(http, vendor, vendor.token.url, scope, vendor.token.params, {
    send: (server, options) =>
      oauth.authorizationCodeGrantRequest(
        server,
        client(vendor),
        clientAuth(vendor),
        callback,
        redirectUri,
        vendor.authorize.pkce ? codeVerifier : oauth.nopkce,
        options,
      ),
    read: (server, response) =>
      oauth.processAuthorizationCodeResponse(server, client(vendor), response),
  })
  const granted = { ...set, values: { ...callbackValues, ...set.values } }
  return runSteps(http, vendor, granted).catch(withUnused(granted))
}

/** Makes a `catch` handler: adds the tokens to the error, so that the caller can revoke them. */
function withUnused(unused: GrantedTokens) {
  return (error: unknown): never => {
    if (error instanceof TokenError) error.unused = unused
    throw error
  }
}

/** Gets a new access token. Without a new refresh token in the response the old one stays valid. @throws TokenError */
export async function refreshTokenGrant(
  http: Http,
  configured: Vendor,
  before: Required<Pick<TokenSet, 'refreshToken' | 'values'>>,
) {
  const vendor = withValues(configured, before.values)
  const { refreshToken = '' } = before
  const { token } = vendor
  const scope = { ...scopeOf(vendor), 'flow.refreshToken': refreshToken }
  const params = { ...clientParams(token.params), ...token.refresh.params }
  const set = await request(http, vendor, token.refresh.url ?? token.url, scope, params, {
    ended: token.refresh.ended,
    send: (server, options) =>
      oauth.refreshTokenGrantRequest(
        server,
        client(vendor),
        clientAuth(vendor),
        refreshToken,
        options,
      ),
    read: (server, response) => oauth.processRefreshTokenResponse(server, client(vendor), response),
  })
  const kept = {
    ...set,
    refreshToken: set.refreshToken ?? refreshToken,
    values: { ...before.values, ...set.values },
  }
  return runSteps(http, vendor, kept, { onlyExchanges: true })
}

export type { TokenSet } from './token-set.ts'

interface Grant {
  /** The vendor's own signs that the refresh token is no longer valid. */
  ended?: Match[]
  send(
    server: oauth.AuthorizationServer,
    options: oauth.TokenEndpointRequestOptions,
  ): Promise<Response>
  read(server: oauth.AuthorizationServer, response: Response): Promise<oauth.TokenEndpointResponse>
}

async function request(
  http: Http,
  vendor: Vendor,
  url: string,
  scope: Scope,
  params: Params,
  grant: Grant,
) {
  const server = { ...authorizationServer(vendor), token_endpoint: endpoint(vendor, url) }
  const trace: TokenRequestTrace = {}
  try {
    const response = await grant.send(server, {
      [oauth.allowInsecureRequests]: true, // urlFault has checked the URL
      [oauth.customFetch]: tokenFetch(http, vendor, scope, params, trace),
    })
    const read = await grant.read(server, response)
    try {
      return tokenSet(vendor, read, trace.members)
    } catch (error) {
      return withUnused({ accessToken: read.access_token })(error)
    }
  } catch (error) {
    const seen = { status: trace.status ?? 0, json: trace.members, headers: {}, body: '' }
    if (matches(seen, grant.ended ?? [])) throw new TokenError('spent', 'ended', undefined, error)
    throw tokenError(vendor, error, trace, scope)
  }
}

function scopeOf(vendor: Vendor): Scope {
  const { values, client, authorize } = vendor
  const scope = scopesOf(vendor).join(authorize.scopeSeparator)
  return {
    ...values,
    random: randomUUID(),
    'client.id': client.id,
    'client.secret': client.secret,
    'flow.scope': scope,
  }
}

/** The file's changes to the client's own parameters (renamed, removed) apply to every token request. */
function clientParams(params: Params): Params {
  const about = ([name, value]: [string, Params[string]]) =>
    name === 'client_id' ||
    name === 'client_secret' ||
    /\$\{client\.(id|secret)\}/.test(String(value))
  return Object.fromEntries(Object.entries(params).filter(about))
}
