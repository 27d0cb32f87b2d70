// The table of a run: one page of its campaigns, in the words of the run.
import { type Item, isUnderWay, type Run, type StoredItem } from '../../runs/run.ts'
import type { Runs } from '../../runs/runs.ts'
import { maySettle } from '../../vendors/push.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { sentenceOf } from '../page/sync-messages.ts'
import type { SyncStatus } from '../page/view-models.ts'
import type { RunPage, RunRow } from './view-models.ts'

/** Of one page of the table. */
export const ROWS = 50

/** `page` counts from 1; `show=attention` leaves out what needs none. */
export type Query = Record<string, unknown>

/** One page of the run's campaigns: those that need attention first, then the others in the order of the run. */
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
  const first = await needy(runs, run, attention)
  const shown = first.slice(from, from + ROWS)
  const others = only ? [] : await otherItems(runs, run, first, from, ROWS - shown.length)
  return {
    rows: [...shown, ...others].map((one) => rowOf(one, run, vendor)),
    pages: { now, last, only, attention },
  }
}

/** Reads no further than it has to: nothing of a run in which nothing needs attention. */
async function needy(runs: Runs, run: Run, count: number): Promise<StoredItem[]> {
  const found: StoredItem[] = []
  if (count === 0) return found
  for await (const stored of runs.all(run)) {
    if (stored.item.state === 'failed' || stored.item.state === 'unknown') found.push(stored)
    if (found.length >= count) break
  }
  return found
}

/** `most` items beside `first`, which stand before them: from row `from` of the whole table. */
async function otherItems(
  runs: Runs,
  run: Run,
  first: StoredItem[],
  from: number,
  most: number,
): Promise<StoredItem[]> {
  const before = new Set(first.map(({ index }) => index))
  const all = Array.from({ length: run.total }, (_, index) => index)
  const skipped = Math.max(0, from - first.length)
  const indexes = all.filter((index) => !before.has(index)).slice(skipped, skipped + most)
  const ranges: [number, number][] = []
  for (const index of indexes) {
    const range = ranges.at(-1)
    if (range?.[1] === index) range[1] += 1
    else ranges.push([index, index + 1])
  }
  return (await Promise.all(ranges.map(([start, end]) => runs.items(run.id, start, end)))).flat()
}

/** An item in the words of its run. */
export function rowOf({ index, item }: StoredItem, run: Run, vendor: Vendor): RunRow {
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
  const retry = run.state === 'done' ? retryAction(index, item, run, vendor) : undefined
  return { ...about, ...settled, status, text: earlier, ...(retry && { retry }) }
}

/** Offered when the run is over: while others are left, a retry would send those too. */
function retryAction(index: number, { state, name }: Item, run: Run, vendor: Vendor) {
  if (state !== 'failed' && state !== 'unknown') return undefined
  const isRepeat = state === 'failed' || maySettle(vendor)
  const label = isRepeat ? 'Retry' : 'Check and sync again'
  const fields = { item: String(index), ...(!isRepeat && { unknown: '1' }) }
  return { label, name: `${label} ${name}`, post: `/runs/${run.id}/retry`, fields }
}
