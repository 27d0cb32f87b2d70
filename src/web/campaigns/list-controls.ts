// The parts of the list around its rows: columns, pages and the buttons for many. Each is a link or a form.
import type { Action } from '../../errors.ts'
import type { ListFilter } from '../../sync/campaign-list.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { type ListQuery, listFields, listPath, sortName } from '../http/paths.ts'
import type { CampaignsPage } from './view-models.ts'

const SIDE_BY_SIDE_MOST = 8

/** The vendors with a column each: of many a few, and the others can be chosen. */
export function sideBySide(vendors: Vendor[]): Vendor[] {
  return vendors.length > SIDE_BY_SIDE_MOST ? vendors.slice(0, SIDE_BY_SIDE_MOST / 2) : vendors
}

type Sort = NonNullable<ListFilter['sort']>

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

/**
 * A first click sorts, a second turns the order round, a third goes back to attention first. With several vendors each
 * has its column, whose head leads to that vendor alone.
 */
export function columnsOf(query: ListQuery, shown: Vendor[]): CampaignsPage['columns'] {
  const columns = COLUMNS.map(({ label, ...first }) => {
    const now = query.sort?.by === first.by ? query.sort : undefined
    return {
      label,
      name: first.by,
      href: listPath({ ...query, sort: nextSort(first, now), page: 1 }),
      mark: now ? (now.down ? '↓' : '↑') : '↕',
      ...(now && { sorted: now.down ? ('descending' as const) : ('ascending' as const) }),
    }
  })
  if (shown.length < 2) return columns
  const vendors = shown.map(({ id, name }) => ({
    label: name,
    name: 'sync' as const,
    href: listPath({ ...query, vendor: id, page: 1 }),
  }))
  return [...columns.slice(0, -1), ...vendors]
}

function nextSort(first: Sort, now: Sort | undefined): Sort | undefined {
  if (now === undefined) return first
  return now.down === first.down ? { ...first, down: !first.down } : undefined
}

/** The order that was chosen, and the way back to the usual one. */
export function orderOf({ sort, ...query }: ListQuery): CampaignsPage['order'] {
  if (!sort) return undefined
  return { label: sortLabels()[sortName(sort)] ?? '', back: listPath({ ...query, page: 1 }) }
}

export function sortLabels(): Record<string, string> {
  const labels = COLUMNS.flatMap(({ by }) => [
    [sortName({ by, down: false }), SORT_LABELS[by][0]],
    [sortName({ by, down: true }), SORT_LABELS[by][1]],
  ])
  return { '': 'Attention first', ...Object.fromEntries(labels) }
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

/**
 * Sync selected and Sync all…: one form, that the boxes of the rows belong to. Turning a page sends the same form to the
 * list, which has no other way to know what is ticked.
 */
export function bulkOf(
  query: ListQuery,
  shown: Vendor[],
  path: string,
  { found, onPage }: { found: number; onPage: string[] },
): NonNullable<CampaignsPage['bulk']> {
  const { page: _, selected = [], ...filter } = query
  const [only, ...others] = shown
  const isOne = only && others.length === 0
  return {
    post: '/runs',
    fields: { ...listFields(filter), referrer: path, ...(isOne && { vendor: only.id }) },
    ...(!isOne && { vendors: shown.map(({ id, name }) => ({ id, name })) }),
    all: `Sync all ${found.toLocaleString('en')}…`,
    found,
    selected: selected.length,
    elsewhere: selected.filter((id) => !onPage.includes(id)),
    ...(selected.length > 0 && { clear: listPath({ ...query, selected: undefined }) }),
  }
}

/** Sync the 3 changed: the same request, for those alone. */
export function changedOf(query: ListQuery, vendor: Vendor, path: string, count: number): Action {
  const { page: _, sort: __, selected: ___, ...filter } = query
  const fields = {
    ...listFields({ ...filter, vendor: vendor.id, status: 'changed' }),
    referrer: path,
    all: '1',
  }
  return { label: `Sync the ${count.toLocaleString('en')} changed`, post: '/runs', fields }
}
