// Refresh tokens: sealed beside the access token, replaced atomically, used by one request at a time.
import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import type { TokenSet } from '../oauth/token.ts'
import { SESSION_SECONDS } from '../session/session.ts'
import type { Sealer } from '../store/seal.ts'
import type { Store } from '../store/store.ts'
import type { Account } from './accounts.ts'
import { fieldOf, type TokenPlace } from './token-key.ts'

const renewalSchema = z.object({
  refreshToken: z.string().min(1),
  values: z.record(z.string(), z.string()).default({}),
  account: z.object({ id: z.string(), name: z.string() }).optional(),
})

/** A refresh token as it lies in the store; `sealed` is what compare-and-set compares. */
export interface Renewal extends z.infer<typeof renewalSchema> {
  sealed: string
}

/** ms after which a dead process's lock is gone; longer than a refresh takes with all its steps. */
const LOCK_MS = 60_000
const WAIT_MS = 12_000

export function createRenewals(store: Store, sealer: Sealer) {
  const keyOf = (place: TokenPlace) => `ref:{${place.owner}}:${fieldOf(place)}`

  async function get(place: TokenPlace): Promise<Renewal | undefined> {
    const key = keyOf(place)
    const sealed = await store.get(key)
    const { data } = renewalSchema.safeParse(await sealer.open(key, sealed))
    return sealed !== null && data ? { ...data, sealed } : undefined
  }

  return {
    keyOf,
    get,

    /** After an approval. Without a new refresh token the old one stays, unless it is another account's. True when there is one. */
    async put(
      place: TokenPlace,
      { refreshToken, values }: TokenSet,
      account: Account | undefined,
    ): Promise<boolean> {
      if (place.vendor.lifetime.refresh !== 'use') return false
      const key = keyOf(place)
      if (refreshToken !== undefined) {
        const sealed = await sealer.seal(key, { refreshToken, values, account })
        await store.set(key, sealed, { expiration: { type: 'EX', value: SESSION_SECONDS } })
        return true
      }
      const before = await get(place)
      if (!before || before.account?.id === account?.id) return before !== undefined
      await store.del(key)
      return false
    },

    /** After a refresh: the new one in place of the one that was used. False when that is there no more. */
    async replace(place: TokenPlace, used: Renewal, set: TokenSet): Promise<boolean> {
      const key = keyOf(place)
      const { refreshToken = used.refreshToken, values } = set
      const sealed = await sealer.seal(key, { refreshToken, values, account: used.account })
      return (await store.compareAndSet(key, used.sealed, sealed, SESSION_SECONDS * 1000)) === 1
    },

    /** It is worth nothing any more: dropped, if it is still the one there. */
    async drop(place: TokenPlace, { sealed }: Renewal): Promise<void> {
      await store.compareAndDelete(keyOf(place), sealed)
    },

    /** Does `work` while nobody else does any for this place, in any process. Undefined when they do not end in 12 s. */
    async alone<T>(place: TokenPlace, work: () => Promise<T>): Promise<T | undefined> {
      const key = `lock:${keyOf(place)}`
      const ours = randomUUID()
      const take = () => store.set(key, ours, { condition: 'NX', expiration: { type: 'PX', value: LOCK_MS } })
      for (const end = Date.now() + WAIT_MS; (await take()) === null; await wait(50))
        if (Date.now() > end) return undefined
      try {
        return await work()
      } finally {
        await store.compareAndDelete(key, ours).catch(() => {}) // it ends by itself
      }
    },
  }
}
