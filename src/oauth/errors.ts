// The errors of an authorization, distinguished by what the person can do about them.
import type { GrantedTokens } from './granted-tokens.ts'

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
