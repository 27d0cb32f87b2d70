// The parts of the list around its rows: filter, columns, pages and the buttons for many. Each is a link or a form.
import type { Action } from '../../errors.ts'
import type { ListFilter } from '../../sync/campaign-list.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { type ListQuery, listPath, sortName } from '../http/paths.ts'
import type { CampaignsPage } from './view-models.ts'

type Sort = NonNullable<ListFilter['sort']>

const STATUS_LABELS: Record<NonNullable<ListFilter['status']> | '', string> = {
  '': 'All',
  attention: 'Needs attention',
  changed: 'Changed',
  failed: 'Failed',
  partly: 'Partly synced',
  unknown: 'Unknown',
  synced: 'Synced',
  'not-synced': 'Not synced',
}

/** In the order of the table; `down` is the direction of a first click. */
const COLUMNS: (Sort & { label: string })[] = [
  { by: 'name', label: 'Name', down: false },
  { by: 'type', label: 'Type', down: false },
  { by: 'starts', label: 'Starts', down: false },
  { by: 'budget', label: 'Budget', down: true },
  { by: 'sync', label: 'Last sync', down: true },
]

const SORT_LABELS: Record<Sort['by'], [up: string, down: string]> = {
  name: ['Name, A to Z', 'Name, Z to A'],
  type: ['Type, A to Z', 'Type, Z to A'],
  starts: ['Starts first', 'Starts last'],
  budget: ['Smallest budget', 'Largest budget'],
  sync: ['Synced longest ago', 'Synced last'],
}

export function titleOf(query: ListQuery, { current, last }: CampaignsPage['pages']): string {
  const searched = query.search ? `“${query.search}” in campaigns` : 'Campaigns'
  return last > 1 ? `${searched}, page ${current} of ${last}` : searched
}

export function filterOf(
  query: ListQuery,
  vendor: Vendor | undefined,
  vendors: Vendor[],
): CampaignsPage['filter'] {
  const sort = query.sort ? sortName(query.sort) : ''
  return {
    search: query.search,
    status: options(STATUS_LABELS, query.status ?? ''),
    sort: options(sortLabels(), sort),
    ...(vendors.length > 1 && {
      vendor: options(
        Object.fromEntries(vendors.map(({ id, name }) => [id, name])),
        vendor?.id ?? '',
      ),
    }),
    ...((query.search || query.status) && {
      clear: listPath({ vendor: query.vendor, sort: query.sort }),
    }),
  }
}

/** A first click sorts, a second turns the order round, a third goes back to attention first. */
export function columnsOf(query: ListQuery): CampaignsPage['columns'] {
  return COLUMNS.map(({ label, ...first }) => {
    const now = query.sort?.by === first.by ? query.sort : undefined
    return {
      label,
      name: first.by,
      href: listPath({ ...query, sort: nextSort(first, now), page: 1 }),
      ...(now && { sorted: now.down ? ('descending' as const) : ('ascending' as const) }),
    }
  })
}

function nextSort(first: Sort, now: Sort | undefined): Sort | undefined {
  if (now === undefined) return first
  return now.down === first.down ? { ...first, down: !first.down } : undefined
}

/** Pages count from 1; a page beyond the last is the last. */
export function pagesOf(query: ListQuery, found: number, size: number): CampaignsPage['pages'] {
  const last = Math.max(1, Math.ceil(found / size))
  const current = Math.min(query.page, last)
  return {
    current,
    last,
    from: (current - 1) * size + 1,
    to: Math.min(current * size, found),
    ...(current > 1 && { previous: listPath({ ...query, page: current - 1 }) }),
    ...(current < last && { next: listPath({ ...query, page: current + 1 }) }),
  }
}

/** Sync selected and Sync all…: one form, that the boxes of the rows belong to. */
export function bulkOf(
  { search, status }: ListQuery,
  vendor: Vendor,
  path: string,
  found: number,
): NonNullable<CampaignsPage['bulk']> {
  const fields = { vendor: vendor.id, referrer: path, search, ...(status && { status }) }
  return { post: '/runs', fields, all: `Sync all ${found.toLocaleString('en')}…` }
}

/** Sync the 3 changed: the same request, for those alone. */
export function changedOf(
  { search }: ListQuery,
  vendor: Vendor,
  path: string,
  count: number,
): Action {
  const fields = { vendor: vendor.id, referrer: path, search, status: 'changed', all: '1' }
  return { label: `Sync the ${count.toLocaleString('en')} changed`, post: '/runs', fields }
}

function sortLabels(): Record<string, string> {
  const labels = COLUMNS.flatMap(({ by }) => [
    [sortName({ by, down: false }), SORT_LABELS[by][0]],
    [sortName({ by, down: true }), SORT_LABELS[by][1]],
  ])
  return { '': 'Attention first', ...Object.fromEntries(labels) }
}

function options(labels: Record<string, string>, chosen: string) {
  return Object.entries(labels).map(([value, label]) => ({
    value,
    label,
    chosen: value === chosen,
  }))
}
