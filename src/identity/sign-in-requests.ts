// Sign-ins under way: what a browser has to bring back from the company's sign-in, used once, gone after ten minutes.
import { z } from 'zod'
import type { Sealer } from '../store/seal.ts'
import type { Store } from '../store/store.ts'
import { fingerprint } from '../store/stored-text.ts'

export const SIGN_IN_SECONDS = 600

const requestSchema = z.object({
  nonce: z.string(),
  verifier: z.string(),
  /** The page of ours to come back to: path and query. */
  page: z.string(),
})

export type StoredSignInRequest = z.infer<typeof requestSchema>
/** Filed under the browser that began it (a cookie of its own) and its state: nobody else can finish it. */
export function createSignInRequests(store: Store, sealer: Sealer) {
  const keyOf = (browser: string, state: string) =>
    `signin:${fingerprint(browser)}:${fingerprint(state)}`

  return {
    async create(browser: string, state: string, request: StoredSignInRequest): Promise<void> {
      const key = keyOf(browser, state)
      const expiration = { type: 'EX' as const, value: SIGN_IN_SECONDS }
      await store.set(key, await sealer.seal(key, request), { expiration })
    },

    /** Undefined for one that this browser did not begin, that was used already, or that is too old. */
    async consume(browser: string, state: string): Promise<StoredSignInRequest | undefined> {
      const key = keyOf(browser, state)
      return requestSchema.safeParse(await sealer.open(key, await store.getDel(key))).data
    },
  }
}
