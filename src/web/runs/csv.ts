// The results of a run as CSV (RFC 4180), written a chunk at a time.
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Router } from 'express'
import type { Context } from '../../context.ts'
import type { Run } from '../../runs/run.ts'
import type { Vendor } from '../../vendors/vendor.ts'
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

  router.get('/runs/:id/results.csv', async (req, res) => {
    const run = await runOf(context, req)
    const vendor = context.vendor(run.vendor)
    res.type('text/csv').attachment(`run-${run.id.slice(0, 8)}.csv`)
    await pipeline(Readable.from(lines(run, vendor)), res).catch(unlessLeft)
  })

  return router

  async function* lines(run: Run, vendor: Vendor): AsyncGenerator<string> {
    yield line(COLUMNS)
    for await (const filed of context.runs.all(run)) {
      const { campaign, name, text, attempts, at, tookMs } = rowOf(filed, run, vendor)
      const last = filed.item.results.at(-1)
      const result = filed.item.state === 'sending' ? 'left' : filed.item.state
      yield line([
        campaign,
        name,
        result,
        text,
        last?.status,
        last?.externalId,
        attempts,
        at,
        tookMs,
      ])
    }
  }
}

/** The person left before the end: nobody is there to be told. */
function unlessLeft(error: unknown): void {
  const left =
    error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE'
  if (!left) throw error
}

function line(cells: (string | number | undefined)[]): string {
  return `${cells.map(cell).join(',')}\r\n`
}

/**
 * A spreadsheet takes a text that begins so for a formula. Some split a line at `;` or tab as well, and begin a row at
 * any line break: what stands behind those begins a text, too.
 */
const FORMULA = /(?<=(?:^|[;\t\r\n])[\s\p{C}]*)(?=[=+\-@＝＋－＠])/gu

function cell(value: string | number | undefined): string {
  const text = String(value ?? '')
  const safe = typeof value === 'string' ? text.replaceAll(FORMULA, "'") : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
