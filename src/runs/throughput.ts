// How fast runs go at each vendor, so that the next one can say how long it will take.
import type { Store } from '../store/store.ts'

const KEPT_SECONDS = 90 * 24 * 3600
/** Items below which an attempt says little. */
const ENOUGH = 5
/** ms an item is thought to take before any run has been seen. */
const FIRST_GUESS_MS = 250

export type Throughput = ReturnType<typeof createThroughput>

export function createThroughput(store: Store) {
  const keyOf = (vendor: string) => `pace:${vendor}`
  return {
    async record(vendor: string, items: number, ms: number): Promise<void> {
      if (items < ENOUGH) return
      const expiration = { type: 'EX' as const, value: KEPT_SECONDS }
      await store.set(keyOf(vendor), String(Math.ceil(ms / items)), { expiration })
    },

    async estimateMs(vendor: string, items: number): Promise<number> {
      const known = Number(await store.get(keyOf(vendor)))
      return items * (known > 0 ? known : FIRST_GUESS_MS)
    },
  }
}
