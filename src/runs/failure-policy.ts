// What a response means for the whole run: go on, slow down, or stop. Pure but for the clock.
import type { CachedToken } from '../access/tokens.ts'
import type { PushResponse } from '../vendors/push.ts'
import type { Halt } from './attempt.ts'

/** A run stops early after so many identical failures in a row. */
const ALIKE = 3
const SLOWEST_MS = 60_000
/** A token this new that nothing was ever sent with is "refused", not "ended". */
const FRESH_MS = 60_000

export type FailurePolicy = ReturnType<typeof createFailurePolicy>

export function createFailurePolicy(token: CachedToken) {
  let accepted = 0
  let limited = 0
  let limitedUntil = 0
  let alike = { cause: '', count: 0 }

  return {
    /** What the run does after this response: `halt`, or how many ms nothing is begun. */
    after(response: PushResponse): { halt?: Halt; pauseMs: number } {
      const { kind, status, message, retryAfter = 0 } = response
      if (kind === 'expired')
        return {
          halt: accepted === 0 && Date.now() - token.obtainedAt < FRESH_MS ? 'refused' : 'access',
          pauseMs: 0,
        }
      if (kind === 'limited') {
        // What was under way when the vendor first said so says it again: that is one time.
        if (Date.now() >= limitedUntil) limited += 1
        const pauseMs = Math.max(retryAfter * 1000, Math.min(SLOWEST_MS, 250 * 2 ** limited))
        limitedUntil = Math.max(limitedUntil, Date.now() + pauseMs)
        return { pauseMs }
      }
      if (kind === 'ok') {
        accepted += 1
        limited = 0
        alike = { cause: '', count: 0 }
        return { pauseMs: 0 }
      }
      const cause = `${kind} ${status} ${message}`
      alike = { cause, count: cause === alike.cause ? alike.count + 1 : 1 }
      if (alike.count >= ALIKE) return { halt: 'failures', pauseMs: 0 }
      const theirs = kind === 'unavailable' || kind === 'unreachable' || kind === 'unknown'
      return { pauseMs: theirs ? Math.max(retryAfter * 1000, 500 * 2 ** (alike.count - 1)) : 0 }
    },
  }
}
