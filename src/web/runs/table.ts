// The table of a run: one page of its campaigns, in the words of the run.
import { isUnderWay, type Run, type StoredItem } from '../../runs/run.ts'
import type { Runs } from '../../runs/runs.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { sentenceOf } from '../page/sync-messages.ts'
import type { SyncStatus } from '../page/view-models.ts'
import type { RunPage, RunRow } from './view-models.ts'

const ROWS = 50

/** `page` counts from 1; `show=attention` leaves out what needs none. */
export type Query = Record<string, unknown>

/** One page of the run's campaigns: of all, by their place, or of those that need attention. */
export async function tableOf(
  runs: Runs,
  run: Run,
  vendor: Vendor,
  query: Query,
): Promise<Pick<RunPage, 'rows' | 'pages'>> {
  const only = query.show === 'attention'
  const attention = run.failed + run.unknown
  const last = Math.max(1, Math.ceil((only ? attention : run.total) / ROWS))
  const now = Math.min(
    last,
    /^\d{1,4}$/.test(String(query.page)) ? Math.max(1, Number(query.page)) : 1,
  )
  const from = (now - 1) * ROWS
  const filed = only
    ? await needy(runs, run, from)
    : await runs.items(run.id, from, Math.min(from + ROWS, run.total))
  return {
    rows: filed.map((one) => rowOf(one, run, vendor)),
    pages: { now, last, only, attention },
  }
}

async function needy(runs: Runs, run: Run, from: number): Promise<StoredItem[]> {
  const found: StoredItem[] = []
  for await (const filed of runs.all(run)) {
    if (filed.item.state === 'failed' || filed.item.state === 'unknown') found.push(filed)
    if (found.length >= from + ROWS) break
  }
  return found.slice(from)
}

/** An item in the words of its run. */
export function rowOf({ item }: StoredItem, run: Run, vendor: Vendor): RunRow {
  const last = item.results.at(-1)
  const about = { campaign: item.campaign, name: item.name, attempts: item.results.length }
  const settled = {
    ...(last?.tookMs !== undefined && { tookMs: last.tookMs }),
    ...(last && { at: new Date(last.at).toISOString() }),
  }
  const earlier = last ? sentenceOf(last, vendor, item.name) : ''
  if (item.state === 'left' || item.state === 'sending') {
    const isBeingSent = isUnderWay(run) && item.state === 'sending'
    const status: SyncStatus = isBeingSent ? 'Syncing' : 'Not synced'
    return { ...about, status, text: last ? `Before: ${earlier}` : '' }
  }
  if (item.state === 'skipped')
    return {
      ...about,
      status: 'Not synced',
      text: 'Skipped: it is no longer in the campaign file.',
    }
  const status = ({ sent: 'Synced', failed: 'Failed', unknown: 'Unknown' } as const)[item.state]
  return { ...about, ...settled, status, text: earlier }
}
