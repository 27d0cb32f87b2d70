// The errors of an authorization, distinguished by what the person can do about them.

/** The callback holds no usable authorization code. */
export class CallbackError extends Error {
  readonly kind: 'malformed' | 'denied' | 'setup' | 'vendor'
  constructor(kind: CallbackError['kind'], message: string, cause?: unknown) {
    super(message, { cause })
    this.kind = kind
  }
}

/**
 * The token endpoint issued no token. `spent`: the code was used or too old; authorize again. `setup`: this app is
 * registered wrongly. `timeout`, `vendor`: the vendor failed. `scope`: fewer scopes were granted than needed.
 */
export class TokenError extends Error {
  readonly kind: 'spent' | 'setup' | 'timeout' | 'vendor' | 'scope'
  readonly retryAfter: number | undefined
  constructor(kind: TokenError['kind'], message: string, retryAfter?: number, cause?: unknown) {
    super(message, { cause })
    this.kind = kind
    this.retryAfter = retryAfter
  }
}
