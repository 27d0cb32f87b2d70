// A run as JSON callers get it.
import { isInterrupted, type Run } from '../../runs/run.ts'

/** The run's head: states and counts as they lie in the store, times in ISO. */
export function runJson(run: Run, publicUrl: string) {
  const { id, vendor, title, state, reason, total, left, sent, failed, skipped, unknown } = run
  const times = {
    createdAt: iso(run.createdAt),
    startedAt: iso(run.startedAt),
    endedAt: iso(run.endedAt),
  }
  const counts = { total, sent, failed, skipped, unknown, left }
  return {
    id,
    url: `${publicUrl}/runs/${id}`,
    vendor,
    title,
    state,
    reason,
    interrupted: isInterrupted(run),
    ...counts,
    ...times,
  }
}

function iso(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString()
}
