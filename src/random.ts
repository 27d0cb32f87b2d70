// Random values for secrets and initialization vectors, fetched from the system many at once.
import { randomFillSync } from 'node:crypto'

/** Bytes a fetch brings: one for each value would cost more than the rest of making it. */
const FETCHED = 4_096
const fetched = Buffer.alloc(FETCHED)
let used = FETCHED

/** So many random bytes, 4,096 at most, in a buffer of their own. */
export function randomBytes(count: number): Buffer {
  if (used + count > FETCHED) {
    randomFillSync(fetched)
    used = 0
  }
  const bytes = Buffer.from(fetched.subarray(used, used + count))
  fetched.fill(0, used, used + count) // given out once
  used += count
  return bytes
}

/** Random bytes as base64url: 32 of them, 256 bits, unless asked for another number. */
export function randomText(bytes = 32): string {
  return randomBytes(bytes).toString('base64url')
}
