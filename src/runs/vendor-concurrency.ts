// How many pushes of runs are under way at one vendor: all runs of this process share its permits, in turn.
import { createSemaphore, type Semaphore } from '../http/semaphore.ts'

/** Of the 64 connections this app has to a vendor (context.ts); the others are for single syncs and approvals. */
const RUNS_CONNECTIONS = 48

interface VendorLimits {
  id: string
  api: { concurrency: number }
}

export type VendorConcurrency = ReturnType<typeof createVendorConcurrency>

/** First come, first served. A run asks for a permit for each campaign, so that a long run cannot hold up a short one. */
export function createVendorConcurrency() {
  const semaphores = new Map<string, Semaphore>()

  function semaphoreOf({ id, api }: VendorLimits): Semaphore {
    const known = semaphores.get(id)
    if (known) return known
    const created = createSemaphore(Math.min(api.concurrency, RUNS_CONNECTIONS))
    semaphores.set(id, created)
    return created
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
