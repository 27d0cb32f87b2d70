// The filter above the list: its fields, how the counts lead to what they count, and the way back from it.
import { choicesIn } from '../../campaigns/orders.ts'
import type { CampaignSource } from '../../campaigns/source.ts'
import type { ListFilter, Selection } from '../../sync/campaign-list.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { type ListQuery, listPath, sortName } from '../http/paths.ts'
import { sideBySide, sortLabels } from './list-controls.ts'
import type { CampaignsPage, StatusLink } from './view-models.ts'

type Status = NonNullable<ListFilter['status']>

const STATUS_LABELS: Record<Status | '', string> = {
  '': 'All',
  attention: 'Needs attention',
  changed: 'Changed',
  failed: 'Failed',
  partly: 'Partly synced',
  unknown: 'Unknown',
  synced: 'Synced',
  'not-synced': 'Not synced',
}

/** A select with more choices than these helps nobody; the search finds types and owners too. */
const CHOICES_MOST = 100

export function filterOf(
  query: ListQuery,
  vendors: Vendor[],
  campaigns: Pick<CampaignSource, 'all'>,
): CampaignsPage['filter'] {
  const { search, status, type, owner, from, to, vendor, sort, selected } = query
  const choices = choicesIn(campaigns.all())
  const folded = [status, type, owner, from, to, vendor, sort].filter((one) => one !== undefined)
  const isFiltered = Boolean(search || status || type || owner || from || to)
  return {
    search,
    status: options(STATUS_LABELS, status ?? ''),
    type: fieldOptions(choices.type, type),
    owner: fieldOptions(choices.owner, owner),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    sort: options(sortLabels(), sort ? sortName(sort) : ''),
    ...(vendors.length > 1 && { vendor: vendorOptions(vendors, vendor) }),
    folded: folded.length,
    hidden: selected ? { selected: selected.join('.') } : {},
    ...(isFiltered && { clear: listPath({ vendor, sort, selected }) }),
    csv: listPath({ ...query, page: 1, selected: undefined }).replace(/^\/campaigns/, '$&.csv'),
  }
}

function vendorOptions(vendors: Vendor[], chosen: string | undefined) {
  const names = vendors.map(({ id, name }) => [id, name])
  const { length } = sideBySide(vendors)
  const all = length < vendors.length ? `The first ${length} vendors` : 'All vendors'
  return options({ '': all, ...Object.fromEntries(names) }, chosen ?? '')
}

function fieldOptions(values: string[], chosen: string | undefined) {
  const shown = values.slice(0, CHOICES_MOST)
  const all = chosen === undefined || shown.includes(chosen) ? shown : [chosen, ...shown]
  return options({ '': 'All', ...Object.fromEntries(all.map((one) => [one, one])) }, chosen ?? '')
}

/** What was searched for, by how it stands: each count leads to what it counts, the present one back to all. */
export function statusLinksOf(
  query: ListQuery,
  counts: Selection,
  isOfSeveral: boolean,
): StatusLink[] {
  const link = (status: Status, count: number, label: string) => {
    const isChosen = query.status === status
    const href = listPath({ ...query, status: isChosen ? undefined : status, page: 1 })
    return { status, count, label, href, isChosen }
  }
  const { attention, changed, synced, never } = counts
  const all = [
    link('synced', synced, isOfSeveral ? 'synced everywhere' : 'synced'),
    link('changed', changed, 'changed'),
    link('attention', attention, attention === 1 ? 'needs attention' : 'need attention'),
    link('not-synced', never, isOfSeveral ? 'not everywhere yet' : 'never synced'),
  ]
  return all.filter(({ count, isChosen }) => count > 0 || isChosen)
}

function options(labels: Record<string, string>, chosen: string) {
  return Object.entries(labels).map(([value, label]) => ({
    value,
    label,
    chosen: value === chosen,
  }))
}
