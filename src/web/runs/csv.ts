// The results of a run as CSV (RFC 4180), written a chunk at a time.
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Router } from 'express'
import type { Context } from '../../context.ts'
import type { Run } from '../../runs/run.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { csvLine } from '../http/csv.ts'
import { needs } from '../http/needs.ts'
import { runOf } from './run-of-request.ts'
import { rowOf } from './table.ts'

const COLUMNS = [
  'id',
  'name',
  'result',
  'text',
  'http_status',
  'vendor_id',
  'attempts',
  'at',
  'took_ms',
]

export function runCsvRoutes(context: Context): Router {
  const router = Router({ caseSensitive: true, strict: true })

  router.get('/runs/:id/results.csv', needs('viewer'), async (req, res) => {
    const run = await runOf(context, req)
    const vendor = context.vendor(run.vendor, req)
    res.type('text/csv').attachment(`run-${run.id.slice(0, 8)}.csv`)
    await pipeline(Readable.from(lines(context, run, vendor)), res).catch(unlessClosed)
  })

  return router
}

async function* lines({ runs }: Context, run: Run, vendor: Vendor): AsyncGenerator<string> {
  yield csvLine(COLUMNS)
  for await (const stored of runs.all(run)) {
    const { campaign, name, text, attempts, at, tookMs } = rowOf(stored, run, vendor)
    const { status, externalId } = stored.item.results.at(-1) ?? {}
    const result = stored.item.state === 'sending' ? 'left' : stored.item.state
    yield csvLine([campaign, name, result, text, status, externalId, attempts, at, tookMs])
  }
}

/** For the `catch` of a download: that the person broke it off is no error. */
function unlessClosed(error: unknown): void {
  const isClosed =
    error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE'
  if (!isClosed) throw error
}
