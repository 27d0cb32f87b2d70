// Reads a standard token response into a token set, strictly.
import type * as oauth from 'oauth4webapi'
import { accountAt, type VendorAccount } from '../vendors/account.ts'
import { capture, scopesOf, ValueRefused, type Values } from '../vendors/values.ts'
import type { TokenResponse, Vendor } from '../vendors/vendor.ts'
import { TokenError } from './errors.ts'

export interface TokenSet {
  accessToken: string
  /** Lifetime in seconds, at least 1. */
  expiresIn: number
  scope: string | undefined
  refreshToken?: string | undefined
  values?: Values | undefined
  /** Who approved, when the token response says so. */
  account?: VendorAccount | undefined
}

/** Servers refuse longer headers (431): a token that can be stored and never used is refused at once. */
const LONGEST_TOKEN = 8192

/** @throws TokenError when a scope is missing or it holds no bearer token */
export function tokenSet(
  vendor: Vendor,
  response: oauth.TokenEndpointResponse,
  members: unknown,
): TokenSet {
  const missing = missingScopes(scopesOf(vendor), response.scope)
  if (missing.length > 0) throw new TokenError('scope', missing.join(' '))
  if (response.token_type !== 'bearer') throw new TokenError('vendor', 'not a bearer token')
  const { account } = vendor.token.response
  const paths = isAccountPaths(account)
    ? account
    : account === undefined
      ? undefined
      : { id: account, name: account }
  return {
    accessToken: asToken(response.access_token),
    expiresIn: response.expires_in ?? vendor.lifetime.defaultSeconds,
    scope: response.scope,
    values: captured(() => capture(vendor, 'token', members)),
    account: paths && accountAt(members, paths),
    refreshToken: vendor.lifetime.refresh === 'use' ? response.refresh_token : undefined,
  }
}

/** Checks that a token can be sent in a header unchanged. @throws TokenError */
export function asToken(value: unknown): string {
  if (typeof value === 'string' && value.length > LONGEST_TOKEN)
    throw new TokenError('vendor', `the token is longer than ${LONGEST_TOKEN} characters`)
  if (typeof value !== 'string' || !/^[A-Za-z0-9\-._~+/=!$&'()*,:;@|#%^{}[\]<>?]+$/.test(value))
    throw new TokenError('vendor', 'not a token')
  return value
}

/** Captures values, with ValueRefused as a TokenError. @throws TokenError */
export function captured(read: () => Values): Values {
  try {
    return read()
  } catch (error) {
    throw error instanceof ValueRefused
      ? new TokenError('vendor', error.message, undefined, error)
      : error
  }
}

/** Scopes for signing in or refresh tokens; vendors often leave them out of the response. */
const NO_PERMISSION = /^(openid|profile|email|offline([._]access)?|refresh_token)$/

/** Scopes requested and not granted; none when the response uses other names for scopes. */
function missingScopes(requested: string[], responded: string | undefined): string[] {
  const wanted = requested
    .flatMap((scope) => scope.split(/[\s,]+/))
    .filter((scope) => !NO_PERMISSION.test(scope))
  const granted =
    responded?.split(/[\s,]+/).filter((scope) => scope !== '' && !NO_PERMISSION.test(scope)) ?? []
  const sameNames = granted.length > 0 && granted.every((scope) => wanted.includes(scope))
  return sameNames ? wanted.filter((scope) => !granted.includes(scope)) : []
}

type AccountPaths = Exclude<NonNullable<TokenResponse['account']>, string | string[]>

function isAccountPaths(account: TokenResponse['account']): account is AccountPaths {
  return typeof account === 'object' && 'id' in account
}
