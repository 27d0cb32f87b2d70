// The items of a run that are still to be sent, in the run's order, with those that were put back.
import { counterOf, type Run, type StoredItem } from './run.ts'
import type { RunStore } from './run-store.ts'

export function createOpenItems(runStore: RunStore, run: Run) {
  const unread = openItems(runStore, run)
  const returned: StoredItem[] = []
  let isRead = false

  return {
    async next(): Promise<StoredItem | undefined> {
      const stored = returned.shift() ?? (await unread.next()).value
      isRead ||= stored === undefined
      return stored
    },
    /** False when all have been read and none was put back. */
    mayHaveMore: () => returned.length > 0 || !isRead,
    putFirst: (stored: StoredItem) => returned.unshift(stored),
    putLast: (stored: StoredItem) => returned.push(stored),
  }
}

/** Items that are left or were in flight, in the run's order. */
export async function* openItems(
  runStore: RunStore,
  run: Run,
): AsyncGenerator<StoredItem, undefined> {
  for await (const stored of runStore.all(run))
    if (counterOf(stored.item.state) === 'left') yield stored
  return undefined
}
