// Refreshes access without the person, where the vendor gives refresh tokens: once, by one request, for all who wait.
import type { Http } from '../http/client.ts'
import { TokenError } from '../oauth/errors.ts'
import { revokeTokens } from '../oauth/revoke.ts'
import { refreshTokenGrant, type TokenSet } from '../oauth/token.ts'
import type { PushResponse } from '../vendors/push.ts'
import type { RefreshToken } from './refresh-tokens.ts'
import type { TokenKey } from './token-key.ts'
import type { CachedToken, Tokens } from './tokens.ts'

export interface RefreshDeps {
  http: Http
  tokens: Tokens
}

/** Without a token or a failure, a person has to approve. */
type AccessResult = { token: CachedToken } | { token?: undefined; failure?: PushResponse }

export async function getOrRefreshToken(
  deps: RefreshDeps,
  tokenKey: TokenKey,
): Promise<AccessResult> {
  const token = await deps.tokens.get(tokenKey)
  return token ? { token } : refreshToken(deps, tokenKey)
}

/** Of parallel callers, in any process, one sends the request. Only a definite "no" drops the refresh token. */
export async function refreshToken(
  deps: RefreshDeps,
  tokenKey: TokenKey,
  refused?: CachedToken,
): Promise<AccessResult> {
  const { refreshTokens } = deps.tokens
  if (tokenKey.vendor.lifetime.refresh !== 'use' || !(await refreshTokens.get(tokenKey))) return {}
  const access = await refreshTokens.withLock(tokenKey, () =>
    refreshInLock(deps, tokenKey, refused),
  )
  return access ?? { failure: failure('access is being renewed elsewhere') }
}

/** The holder before may have refreshed already. */
async function refreshInLock(
  deps: RefreshDeps,
  tokenKey: TokenKey,
  refused: CachedToken | undefined,
): Promise<AccessResult> {
  const { refreshTokens } = deps.tokens
  const other = await deps.tokens.get(tokenKey)
  if (other && other.sealed !== refused?.sealed) return { token: other }
  const stored = await refreshTokens.get(tokenKey)
  if (!stored) return {}
  try {
    return await storeRefreshed(
      deps,
      tokenKey,
      stored,
      await refreshTokenGrant(deps.http, tokenKey.vendor, stored),
    )
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
    if (!isDead(error, stored)) {
      if (isServerError(error)) await refreshTokens.noteFailure(tokenKey, stored)
      return { failure: failure(wordsOf(error), error.retryAfter) }
    }
    await refreshTokens.drop(tokenKey, stored)
    if (other) await deps.tokens.drop(tokenKey, other)
    else await deps.tokens.unlist(tokenKey)
    return {}
  }
}

/** Any definite "no" counts, and a second 5xx in a row: at worst a person approves once more. */
function isDead(error: TokenError, { failures }: RefreshToken): boolean {
  if (error.kind === 'spent' || error.kind === 'setup') return true
  if (isServerError(error)) return failures > 0
  const { status = 0 } = error
  const isRedirect = status >= 300 && status <= 399
  return status >= 200 && !isRedirect && ![408, 425, 429].includes(status)
}

function isServerError({ status = 0 }: TokenError): boolean {
  return status >= 500
}

/** Nothing is stored after a disconnect, or over what somebody has approved meanwhile. */
async function storeRefreshed(
  { http, tokens }: RefreshDeps,
  tokenKey: TokenKey,
  used: RefreshToken,
  set: TokenSet,
): Promise<AccessResult> {
  const token = await tokens.replace(tokenKey, used, set)
  if (token) return { token }
  await revokeTokens(http, tokenKey.vendor, set)
  const other = await tokens.get(tokenKey)
  return other ? { token: other } : {}
}

function wordsOf({ message, said }: TokenError): string {
  return said === undefined ? message : `${message} (${said})`
}

function failure(message: string, retryAfter?: number): PushResponse {
  return {
    kind: 'unavailable',
    maybeApplied: false,
    message: `Access could not be renewed: ${message}`,
    ...(retryAfter !== undefined && { retryAfter }),
  }
}
