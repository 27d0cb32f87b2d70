// Compare-and-set and compare-and-delete as guarded steps: 1 when it was done.
import type { Store } from '../../../src/store/store.ts'

export async function compareAndDelete(store: Store, key: string, is: string): Promise<number> {
  return Number((await store.stepIf([{ key, is }], [{ del: key }])).done)
}

export async function compareAndSet(
  store: Store,
  key: string,
  is: string,
  value: string,
  ms: number,
): Promise<number> {
  return Number((await store.stepIf([{ key, is }], [{ set: key, value, ms }])).done)
}
