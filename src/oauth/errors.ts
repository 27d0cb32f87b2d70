// The errors of an authorization, by what the person can do about them, and the vendor's own words in them.
import { at } from '../vendors/match.ts'
import type { Values } from '../vendors/values.ts'

/** The callback holds no usable authorization code. */
export class CallbackError extends Error {
  readonly kind: 'malformed' | 'denied' | 'setup' | 'vendor'
  readonly said: string | undefined
  constructor(kind: CallbackError['kind'], message: string, cause?: unknown, said?: string) {
    super(message, { cause })
    this.kind = kind
    this.said = said
  }
}

/**
 * `spent`: the code was used or is too old. `setup`: this app is registered wrongly. `timeout`, `vendor`: the vendor
 * failed. `scope`: too few scopes were granted. `said`: its cleaned words; `status`: of HTTP.
 */
export class TokenError extends Error {
  readonly kind: 'spent' | 'setup' | 'timeout' | 'vendor' | 'scope'
  readonly retryAfter: number | undefined
  readonly said: string | undefined
  readonly status: number | undefined
  /** A token that was issued and cannot be used: nobody keeps it. */
  unused: GrantedTokens | undefined
  constructor(
    kind: TokenError['kind'],
    message: string,
    retryAfter?: number,
    cause?: unknown,
    response: { said?: string | undefined; status?: number | undefined } = {},
  ) {
    super(message, { cause })
    this.kind = kind
    this.retryAfter = retryAfter
    this.said = response.said
    this.status = response.status
  }
}

export interface GrantedTokens {
  accessToken?: string | undefined
  refreshToken?: string | undefined
  values?: Values | undefined
}

const MOST = 200

/** A shorter value is no secret, and could be part of any word. */
const SHORTEST_SECRET = 8

/** Where vendors say why, beside `error` and `error_description` of RFC 6749 §5.2. */
const REASONS = [
  'error_description',
  'error.message',
  'error_message',
  'message',
  'detail',
  'errors.0.message',
  'msg',
]

/** Such as `invalid_request: grant_type is missing`. `secrets` are struck out, because vendors repeat them. */
export function vendorMessage(
  members: Record<string, unknown> | undefined,
  secrets: unknown[] = [],
): string | undefined {
  const code = at(members, ['error', 'error.code', 'error.type', 'code'].filter(isPlainIn(members)))
  const reason = at(members, REASONS.filter(isPlainIn(members)))
  const said = [...new Set([code, reason])].filter((one) => one !== undefined && one !== '')
  return said.length === 0 ? undefined : cleanMessage(said.join(': '), secrets)
}

/** Without control characters and the secrets, at most 200 characters. */
function cleanMessage(text: string, secrets: unknown[] = []): string {
  const struck = secrets
    .filter((secret) => typeof secret === 'string' && secret.length >= SHORTEST_SECRET)
    .reduce<string>((rest, secret) => rest.replaceAll(String(secret), '[secret]'), text)
  return [
    ...struck
      .replaceAll(/\p{C}+/gu, ' ')
      .replaceAll(/\s+/g, ' ')
      .trim(),
  ]
    .slice(0, MOST)
    .join('')
}

function isPlainIn(members: unknown) {
  return (path: string) => ['string', 'number'].includes(typeof at(members, path))
}
