// Renews access without the person, where the vendor gives refresh tokens: once, by one request, for all who wait.

import type { Http } from '../http/client.ts'
import { TokenError } from '../oauth/errors.ts'
import { revokeGiven } from '../oauth/revoke.ts'
import { refreshAccess, type TokenSet } from '../oauth/token.ts'
import type { PushAnswer } from '../vendors/push.ts'
import type { Renewal } from './refresh-tokens.ts'
import type { CachedToken, TokenPlace, Tokens } from './tokens.ts'

export interface RenewParts {
  http: Http
  tokens: Tokens
}

/** A token; or none, and then why it cannot be had right now. None without trouble: a person has to approve. */
export type Access = { token: CachedToken } | { token?: undefined; trouble?: PushAnswer }

/** The token of a place as it is cached, else renewed. */
export async function accessTo(parts: RenewParts, place: TokenPlace): Promise<Access> {
  const token = await parts.tokens.get(place)
  return token ? { token } : renew(parts, place)
}

/**
 * A new token for one that has ended or that the vendor has `refused`. Of parallel callers, in any process, one asks
 * the vendor. `invalid_grant` and `invalid_client` end it: the refresh token is dropped. A network fault does not.
 */
export async function renew(parts: RenewParts, place: TokenPlace, refused?: CachedToken): Promise<Access> {
  const { renewals } = parts.tokens
  if (place.vendor.lifetime.refresh !== 'use' || !(await renewals.get(place))) return {}
  const access = await renewals.alone(place, () => refresh(parts, place, refused))
  return access ?? { trouble: trouble('access is being renewed elsewhere') }
}

/** Inside the lock: whoever had it before may have renewed already. */
async function refresh(
  parts: RenewParts,
  place: TokenPlace,
  refused: CachedToken | undefined,
): Promise<Access> {
  const { renewals } = parts.tokens
  const other = await parts.tokens.get(place)
  if (other && other.sealed !== refused?.sealed) return { token: other }
  const renewal = await renewals.get(place)
  if (!renewal) return {}
  try {
    return await keep(parts, place, renewal, await refreshAccess(parts.http, place.vendor, renewal))
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
    if (error.kind !== 'spent' && error.kind !== 'setup')
      return { trouble: trouble(error.message, error.retryAfter) }
    await renewals.drop(place, renewal)
    if (other) await parts.tokens.drop(place, other)
    else await parts.tokens.unlist(place)
    return {}
  }
}

/** The refresh token first: it may be new, and the old one worth nothing. What was forgotten meanwhile stays so. */
async function keep(parts: RenewParts, place: TokenPlace, used: Renewal, set: TokenSet): Promise<Access> {
  const { tokens } = parts
  if (!(await tokens.renewals.replace(place, used, set))) {
    await revokeGiven(parts.http, place.vendor, set)
    const other = await tokens.get(place)
    return other ? { token: other } : {}
  }
  const { refreshToken: _, ...access } = set
  const token = await tokens.put(place, access, used.account)
  if (await tokens.renewals.get(place)) return { token }
  await tokens.forget(place)
  await revokeGiven(parts.http, place.vendor, set)
  return {}
}

function trouble(message: string, retryAfter?: number): PushAnswer {
  return {
    kind: 'unavailable',
    maybeApplied: false,
    message: `Access could not be renewed: ${message}`,
    ...(retryAfter !== undefined && { retryAfter }),
  }
}
