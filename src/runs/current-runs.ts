// The runs of a person that have not come to their end, as other pages tell of them.
import { isInterrupted, isUnderWay, type Run } from './run.ts'
import type { RunStore } from './run-store.ts'

/** How many of the newest runs are read for it. */
const READ_MOST = 10

/** A run that goes on, or waits for its person. */
export interface CurrentRun {
  id: string
  vendor: string
  title: string
  total: number
  left: number
  /** `waits`: it is paused, or the process that did the work has ended. */
  standing: 'goes on' | 'waits'
  /** ms since 1970, as far as the last attempt knew. */
  accessEndsAt?: number | undefined
}

/** The newest first; drafts and what a person has stopped are left out. */
export async function currentRuns(runStore: RunStore, owner: string): Promise<CurrentRun[]> {
  const runs = await runStore.list(owner, READ_MOST)
  return runs.flatMap((run) => {
    const standing = standingOf(run)
    if (standing === undefined) return []
    const { id, vendor, title, total, left, accessEndsAt } = run
    return [{ id, vendor, title, total, left, standing, accessEndsAt }]
  })
}

function standingOf(run: Run): CurrentRun['standing'] | undefined {
  if (run.state === 'paused' || isInterrupted(run)) return 'waits'
  return isUnderWay(run) ? 'goes on' : undefined
}
