// The run a request is about, which is its owner's and nobody else learns of; and that run as JSON.
import type { Request } from 'express'
import type { Context } from '../../context.ts'
import { notFound, storeDown } from '../../errors.ts'
import { isInterrupted, type Run } from '../../runs/run.ts'
import { ownerIfAny } from '../../session/session.ts'
import { type Query, tableOf } from './table.ts'
import { nameOf } from './text.ts'

/** @throws HttpProblem 404, or 503 when the store cannot say whose request this is */
export async function runOf({ runs }: Context, req: Request): Promise<Run> {
  if (!req.session) throw storeDown('no session')
  const { id } = req.params
  const run = typeof id === 'string' ? await runs.get(ownerIfAny(req), id) : undefined
  if (!run) throw notFound('This run')
  return run
}

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
