// How runs share each vendor: how many pushes are under way there at once, and how long one takes, for the next estimate.
import { createSemaphore, type Semaphore } from '../http/call-limits.ts'
import type { Store } from '../store/store.ts'

const KEPT_SECONDS = 90 * 24 * 3600
/** Items below which an attempt says little. */
const ENOUGH = 5
/** ms an item is thought to take before any run has been seen: enough to ask about short access, not to be told. */
const FIRST_GUESS_MS = 250
/** Of the 64 connections this app has to a vendor (context.ts); the others are for single syncs and approvals. */
const RUNS_CONNECTIONS = 48

/** How long so many items are likely to take; without a measurement it is not to be told. */
export interface Estimate {
  ms: number
  isMeasured: boolean
}

export type Throughput = ReturnType<typeof createThroughput>

export function createThroughput(store: Store) {
  const keyOf = (vendor: string) => `pace:${vendor}`
  return {
    async record(vendor: string, items: number, ms: number): Promise<void> {
      if (items < ENOUGH) return
      const expiration = { type: 'EX' as const, value: KEPT_SECONDS }
      await store.set(keyOf(vendor), String(Math.ceil(ms / items)), { expiration })
    },

    async estimate(vendor: string, items: number): Promise<Estimate> {
      const known = Number(await store.get(keyOf(vendor)))
      const isMeasured = known > 0
      return { ms: items * (isMeasured ? known : FIRST_GUESS_MS), isMeasured }
    },
  }
}

interface VendorLimits {
  id: string
  api: { concurrency: number }
}

export type VendorConcurrency = ReturnType<typeof createVendorConcurrency>

/**
 * First come, first served. A run asks for a permit for each campaign, so that a long run cannot hold up a short one.
 * A run keeps the vendor file it began with: when the number in it changes, those that began before share the old number
 * until they end, and those that begin share the new one; meanwhile as many pushes as both together may be under way.
 */
export function createVendorConcurrency() {
  const semaphores = new Map<string, Semaphore>()

  function semaphoreOf({ id, api }: VendorLimits): Semaphore {
    const permits = Math.min(api.concurrency, RUNS_CONNECTIONS)
    const key = `${id} ${permits}`
    const semaphore = semaphores.get(key) ?? createSemaphore(permits)
    semaphores.set(key, semaphore)
    return semaphore
  }

  return {
    async run<T>(vendor: VendorLimits, work: () => Promise<T>): Promise<T> {
      const semaphore = semaphoreOf(vendor)
      if (!semaphore.tryAcquire()) await semaphore.waitForPermit()
      try {
        return await work()
      } finally {
        semaphore.release()
      }
    },
  }
}
