// A run as JSON, for scripts.
import type { Context } from '../../context.ts'
import { isInterrupted, type Run } from '../../runs/run.ts'
import { type Query, tableOf } from './table.ts'
import { nameOf } from './titles.ts'

/** The run's head: states and counts as they lie in the store, times in ISO. */
export function runJson(run: Run, { publicUrl, vendors }: Context['config']) {
  const { id, vendor, title, state, reason, total, left, sent, failed, skipped, unknown, choice } =
    run
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
    name: nameOf(run, vendors.find((one) => one.id === vendor) ?? { name: vendor }),
    state,
    reason,
    interrupted: isInterrupted(run),
    ...counts,
    leftOut: choice?.leftOut ?? [],
    ...times,
  }
}

/** One page of what became of its campaigns: those that need attention first. `query` as that of its page. */
export async function resultsJson({ runs, vendor }: Context, run: Run, query: Query) {
  const { rows, pages } = await tableOf(runs, run, vendor(run.vendor), query)
  const results = rows.map(({ retry: _, ...row }) => row)
  const { now: page, last, attention } = pages
  return { run: run.id, results, page, pages: last, attention }
}

function iso(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString()
}
