// How many pushes of runs are under way at one vendor: all runs of this process share its places, in turn.

/** Of the 64 connections this app has to a vendor (context.ts); the others are for single syncs and approvals. */
const RUNS_CONNECTIONS = 48

/** What is asked of a vendor here. */
interface VendorLimits {
  id: string
  api: { concurrency: number }
}

export type VendorConcurrency = ReturnType<typeof createVendorConcurrency>

/** Whoever asks first has the next place. A run asks anew for each campaign, so that a long one holds up nobody. */
export function createVendorConcurrency() {
  const vendors = new Map<string, { free: number; waiting: (() => void)[] }>()

  function of({ id, api }: VendorLimits) {
    const known = vendors.get(id) ?? {
      free: Math.min(api.concurrency, RUNS_CONNECTIONS),
      waiting: [],
    }
    vendors.set(id, known)
    return known
  }

  return {
    /** Does the work when there is a place at the vendor. */
    async run<T>(vendor: VendorLimits, work: () => Promise<T>): Promise<T> {
      const limit = of(vendor)
      if (limit.free > 0) limit.free -= 1
      else await new Promise<void>((go) => limit.waiting.push(go))
      try {
        return await work()
      } finally {
        const next = limit.waiting.shift()
        if (next) next()
        else limit.free += 1
      }
    },
  }
}
