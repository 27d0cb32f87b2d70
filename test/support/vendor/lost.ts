// Answers that never arrive, and a vendor that knows no idempotency keys: what makes the end of a push unknown.
import type { FakeVendor } from './fake-vendor.ts'
import type { FileChange } from './fake-vendor-file.ts'
import type { Step } from './misbehave.ts'

/** The fake vendor's file, with pushes that carry no key. */
export const WITHOUT_KEY: FileChange = { api: { push: { idempotencyHeader: undefined } } }

export const KINDS: [string, FileChange][] = [
  ['with keys', {}],
  ['without keys', WITHOUT_KEY],
]

/** The push is applied, and its answer is cut off. */
export const LOST: Step = { apply: true, reset: true }

/** So are the answers to all attempts of one press. */
export const LOST_FOR_GOOD = [LOST, LOST, LOST]

/** The idempotency keys of C1's pushes after the first. */
export const laterKeys = ({ at }: FakeVendor) =>
  at('api', 'C1')
    .slice(1)
    .map(({ headers }) => headers['idempotency-key'])
