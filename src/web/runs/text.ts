// The words of a run: what it is called, and how long it takes.
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

/** ms before its end in which access ends soon, where nobody knows how long the run still takes. */
const SOON_MS = 60_000

/** "less than a second", "about 12 minutes". */
export function roughly(ms: number): string {
  const text = duration(ms)
  return text.startsWith('less') ? text : `about ${text}`
}

/** "less than a second", "40 seconds", "12 minutes", "3 hours". */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 1) return 'less than a second'
  if (seconds < 60) return seconds === 1 ? '1 second' : `${seconds} seconds`
  const minutes = Math.round(ms / 60_000)
  if (minutes < 90) return minutes === 1 ? '1 minute' : `${minutes} minutes`
  return `${Math.round(minutes / 60)} hours`
}

export function factsOf(run: Run, { name }: Vendor, nowSending: string | undefined): string[] {
  const now = Date.now()
  const left = msLeft(run, now)
  return [
    nowSending === undefined ? [] : `now sending ${nowSending}`,
    `running for ${duration(run.workedMs + (run.legAt ? now - run.legAt : 0))}`,
    left === undefined ? [] : `${roughly(left)} left`,
    run.accessEndsAt === undefined
      ? []
      : `access ends in ${duration(Math.max(0, run.accessEndsAt - now))}`,
    (run.waitUntil ?? 0) > now
      ? `${name} asked us to slow down; it goes on in ${Math.ceil(((run.waitUntil ?? 0) - now) / 1000)} s`
      : [],
  ].flat()
}

/** Said while it goes on, when access ends before it is likely to: renewed in time it does not pause. */
export function shortAccessText(run: Run, { name }: Pick<Vendor, 'name'>): string | undefined {
  const now = Date.now()
  const isSoon =
    (run.accessEndsAt ?? Number.POSITIVE_INFINITY) - now < (msLeft(run, now) ?? SOON_MS)
  if (!isSoon || run.left === 0) return undefined
  return `Access to ${name} ends soon, and ${run.left.toLocaleString('en')} ${run.left === 1 ? 'is' : 'are'} left.`
}

/** Milliseconds left, by the throughput of this run attempt; undefined before three campaigns are settled. */
export function msLeft(run: Run, now: number): number | undefined {
  const settled = run.legLeft - run.left
  return run.legAt && settled >= 3 ? ((now - run.legAt) / settled) * run.left : undefined
}
