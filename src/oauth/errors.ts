// What can go wrong on a trip to the vendor, told apart by what the person can do about it.

/** The callback did not give a code that may be used. */
export class CallbackError extends Error {
  readonly kind: 'malformed' | 'denied' | 'setup' | 'vendor'
  constructor(kind: CallbackError['kind'], message: string, cause?: unknown) {
    super(message, { cause })
    this.kind = kind
  }
}

/**
 * The token endpoint gave no token. `spent`: the code was used or too old, a new trip helps. `setup`: this app is
 * registered wrongly. `timeout`, `vendor`: at the vendor's end. `scope`: less was granted than is needed.
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
