// What a run is called: by the campaigns that were ticked or the list that was filtered, its vendor, and whose it is.
import { type Run, shortName } from '../../runs/run.ts'
import type { STATUSES } from '../../sync/campaign-list.ts'
import type { Vendor } from '../../vendors/vendor.ts'

/** Characters of a campaign's name, or of a search. */
const NAME_LENGTH = 60

/** "New and changed campaigns · Acme Ads · by dana@acme": what it is for, where it goes, who made or approved it. */
export function nameOf({ title, account, choice }: Run, vendor: Pick<Vendor, 'name'>): string {
  const by = choice?.by ?? account
  return [title, vendor.name, ...(by ? [`by ${shortName(by, NAME_LENGTH)}`] : [])].join(' · ')
}

export function titleOfNamed(chosen: readonly { name: string }[]): string {
  const [first, second] = chosen.map(({ name }) => shortName(name, NAME_LENGTH))
  if (second === undefined) return first ?? ''
  const others = chosen.length === 2 ? second : `${(chosen.length - 1).toLocaleString('en')} more`
  return `${first} and ${others}`
}

const STATUS_TITLES: Record<(typeof STATUSES)[number], [alone: string, after: string]> = {
  attention: ['Campaigns that need attention', 'needing attention'],
  changed: ['Changed campaigns', 'changed'],
  failed: ['Failed campaigns', 'failed'],
  partly: ['Partly synced campaigns', 'partly synced'],
  unknown: ['Campaigns whose end is unknown', 'unknown'],
  synced: ['Synced campaigns', 'synced'],
  'not-synced': ['Campaigns not synced yet', 'not synced'],
}

/** What a list is filtered by. */
interface Filtered {
  search?: string | undefined
  status?: (typeof STATUSES)[number] | '' | undefined
  type?: string | undefined
  owner?: string | undefined
  from?: string | undefined
  to?: string | undefined
}

/** What was searched for and in which state: "“paid social”, changed". */
export function titleOfList(filter: Filtered, unchanged: boolean): string {
  const all = ['All campaigns', ''] as const
  const usual = unchanged ? all : (['New and changed campaigns', 'new and changed'] as const)
  const [alone, after] = filter.status ? STATUS_TITLES[filter.status] : usual
  const about = filterTexts(filter)
  if (about.length === 0) return alone
  return [...about, ...(after === '' ? [] : [after])].join(', ')
}

function filterTexts({ search = '', type, owner, from, to }: Filtered): string[] {
  const searched = shortName(search.trim(), NAME_LENGTH)
  return [
    searched && `“${searched}”`,
    type && shortName(type, NAME_LENGTH),
    owner && `of ${shortName(owner, NAME_LENGTH)}`,
    from && `from ${from}`,
    to && `until ${to}`,
  ].filter((text): text is string => Boolean(text))
}
