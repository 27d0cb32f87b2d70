// Puts items of a run that ended badly back among those that are left.
import { type Retry, reopenItem } from './item-states.ts'
import type { Run, StoredItem } from './run.ts'
import type { RunStore } from './run-store.ts'

/** Puts the failed back among the left, with their earlier results; `unknown` ones too, as the person said. */
export async function reopenRun(
  runStore: RunStore,
  run: Run,
  unknown: Retry | undefined,
): Promise<void> {
  if (run.state !== 'done' && run.state !== 'stopped' && run.state !== 'paused') return
  const again = ({ item }: StoredItem) =>
    item.state === 'failed' || (unknown !== undefined && item.state === 'unknown')
  for await (const chunk of runStore.chunks(run)) {
    const changes = chunk.filter(again).map((stored) => ({
      stored,
      to: reopenItem(stored, run.id, unknown ?? 'again'),
    }))
    const expect = { leg: run.leg, fence: run.fence }
    if (changes.length > 0)
      await runStore.change(run.id, expect, changes, { state: 'stopped', reason: 'retry' })
  }
}
