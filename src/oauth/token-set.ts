// What a token answer holds, read strictly once it is in the standard's words.
import type * as oauth from 'oauth4webapi'
import { accountAt, type VendorAccount } from '../vendors/account.ts'
import { capture, scopesOf, ValueRefused, type Values } from '../vendors/values.ts'
import type { TokenResponse, Vendor } from '../vendors/vendor.ts'
import { TokenError } from './errors.ts'

export interface TokenSet {
  accessToken: string
  /** Seconds the vendor says it lives, or the vendor file's default; at least 1. */
  expiresIn: number
  scope: string | undefined
  /** Only where the vendor's file uses them. */
  refreshToken?: string | undefined
  /** What the vendor said on the way, for the `vars` of its file. */
  values?: Values | undefined
  /** Who approved, when the token answer says so. */
  account?: VendorAccount | undefined
}

/** What a standard answer holds, strictly. @throws TokenError */
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

/** A token goes into a header as it is: what would not survive there is none. @throws TokenError */
export function asToken(value: unknown): string {
  if (typeof value !== 'string' || !/^[A-Za-z0-9\-._~+/=!$&'()*,:;@|#%^{}[\]<>?]+$/.test(value))
    throw new TokenError('vendor', 'not a token')
  return value
}

/** Runs a capture; a value the file does not allow is the vendor's fault. @throws TokenError */
export function captured(read: () => Values): Values {
  try {
    return read()
  } catch (error) {
    throw error instanceof ValueRefused
      ? new TokenError('vendor', error.message, undefined, error)
      : error
  }
}

/** Scopes that are about signing in or about refresh tokens; vendors often leave them out of their answer. */
const NO_PERMISSION = /^(openid|profile|email|offline([._]access)?|refresh_token)$/

/** Scopes asked for and not granted; none where the vendor names its scopes otherwise in its answer. */
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
