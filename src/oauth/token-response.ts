// Turns a vendor's token response into the standard one of RFC 6749 §5.1.
import { z } from 'zod'
import type { OutboundResponse } from '../http/client.ts'
import { at } from '../vendors/match.ts'
import type { TokenResponse } from '../vendors/vendor.ts'

const objectSchema = z.record(z.string(), z.unknown())

/** 400 days. */
const MOST_SECONDS = 34_560_000

interface StandardTokenResponse {
  status: number
  body: string
  /** The vendor's own members, from which the file's `vars` are read. */
  members: Record<string, unknown> | undefined
}

/**
 * Reads it by the paths of the vendor file: `token_type` is bearer when absent, `scope` never null, `expires_in`
 * positive. A 200 with an error becomes a 400; a 401 without one, `invalid_client`.
 */
export function standardTokenResponse(
  response: OutboundResponse,
  paths: TokenResponse,
  defaultSeconds: number,
): StandardTokenResponse {
  const members = readMembers(response)
  const isGood = response.status === 200 || response.status === 201
  const reply = (status: number, body: object): StandardTokenResponse => ({
    status,
    body: JSON.stringify(body),
    members,
  })
  if (!isGood && typeof members?.error !== 'string' && response.status === 401)
    return reply(401, { error: 'invalid_client' })
  const isOtherGood = !isGood && response.status >= 200 && response.status <= 299
  if (!members || isOtherGood) return reply(isGood || isOtherGood ? 502 : response.status, {})
  if (!isGood) return reply(response.status, members)
  const { error } = members
  if (error) return reply(400, { error: typeof error === 'string' ? error : 'server_error' })
  const [scope, refreshToken] = [at(members, paths.scope), at(members, paths.refreshToken)]
  return reply(200, {
    access_token: at(members, paths.accessToken),
    token_type: tokenType(members, paths),
    expires_in: secondsLeft(members, paths, defaultSeconds),
    ...(typeof scope === 'string' && { scope }),
    ...(Array.isArray(scope) && { scope: scope.join(' ') }),
    ...(typeof refreshToken === 'string' && refreshToken !== '' && { refresh_token: refreshToken }),
  })
}

/** The members of a JSON body, or of a form (vendors older than the standard); undefined for anything else. */
function readMembers({ body, headers }: OutboundResponse): Record<string, unknown> | undefined {
  const type = String(headers['content-type'] ?? '')
  if (/^application\/x-www-form-urlencoded/i.test(type) || /^access_token=/.test(body))
    return Object.fromEntries(new URLSearchParams(body))
  try {
    return objectSchema.safeParse(JSON.parse(body)).data
  } catch {
    return undefined
  }
}

/** A token at a path of the vendor's own is a bearer token: `token_type` beside it may mean something else. */
function tokenType(
  members: Record<string, unknown>,
  { accessToken, tokenType }: TokenResponse,
): unknown {
  const found =
    tokenType === null || accessToken !== 'access_token' ? undefined : at(members, tokenType)
  return found ?? 'bearer'
}

/** The constant of the vendor file, else `expires_in`, else the expiry date, else the default. */
function secondsLeft(
  members: Record<string, unknown>,
  paths: TokenResponse,
  defaultSeconds: number,
): number {
  if (paths.lifetime !== undefined) return paths.lifetime
  const end = paths.expiresAt === undefined ? undefined : moment(at(members, paths.expiresAt))
  const otherwise =
    end === undefined ? defaultSeconds : Math.max(1, Math.floor((end - Date.now()) / 1000))
  const divisor = paths.expiresInUnit === 'milliseconds' ? 1000 : 1
  return lifetime(at(members, paths.expiresIn), otherwise, divisor)
}

/** 1 second to 400 days; 0 and non-numbers give the default, a negative one 1. `divisor`: 1000 for ms. */
export function lifetime(value: unknown, defaultSeconds: number, divisor = 1): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number !== 'number' || Number.isNaN(number) || number === 0) return defaultSeconds
  const seconds = number / divisor
  return seconds < 1 ? 1 : Math.min(MOST_SECONDS, Math.floor(seconds))
}

/** A date, or seconds or ms since 1970; returns ms. */
function moment(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value
  if (typeof number === 'number' && Number.isFinite(number) && number > 0)
    return number > 100_000_000_000 ? number : number * 1000
  const date = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(date) ? undefined : date
}
