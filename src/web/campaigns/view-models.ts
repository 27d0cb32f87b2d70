// What the view of the list takes. Times are ISO in UTC, days YYYY-MM-DD.
import type { Action } from '../../errors.ts'
import type { Page, SyncStatus } from '../page/view-models.ts'

interface CampaignCell {
  vendorName: string
  /** Missing while the store does not answer: then nothing is claimed. */
  sync?: SyncStatus
  syncedAt?: string
  /** Sync. Missing when syncing is not possible now. */
  action?: Action
}

export interface CampaignRow {
  id: string
  name: string
  /** Its page, which leads back to this list as it is. */
  href: string
  type: string
  startDate?: string
  /** Formatted: "€12,000". */
  budget?: string
  /** It was ticked before a page was turned. */
  isSelected: boolean
  cells: CampaignCell[]
}

interface FilterChoice {
  value: string
  label: string
  chosen: boolean
}

/** A count that leads to what it counts. */
export interface StatusLink {
  status: string
  count: number
  label: string
  href: string
  isChosen: boolean
}

/** A run that goes on, or waits for its person. */
export interface RunStrip {
  title: string
  href: string
  done: number
  total: number
  waits: boolean
}

export interface CampaignsPage extends Page {
  vendorNames: string[]
  /** Nothing was ever synced, so the page says how that goes. */
  isFirst: boolean
  rows: CampaignRow[]
  /** In the file. */
  total: number
  /** After search and filter. */
  found: number
  /** Of those searched for; empty while the store does not answer. */
  statuses: StatusLink[]
  /** It was asked for by status, and no status could be read. */
  isUnfiltered: boolean
  syncChanged?: Action
  /** Vendors that are not shown at which some need attention. */
  elsewhere: { name: string; count: number; href: string }[]
  strips: RunStrip[]
  filter: {
    search: string
    status: FilterChoice[]
    type: FilterChoice[]
    owner: FilterChoice[]
    from?: string
    to?: string
    sort: FilterChoice[]
    /** With several vendors: all of them, or one. */
    vendor?: FilterChoice[]
    /** How many of the folded fields are in use. */
    folded: number
    /** What a new search keeps. */
    hidden: Record<string, string>
    /** There when something hides some. */
    clear?: string
    csv: string
  }
  columns: {
    name: string
    label: string
    href: string
    mark?: string
    sorted?: 'ascending' | 'descending'
  }[]
  /** The order that was chosen, and the way back to the usual one. */
  order: { label: string; back: string } | undefined
  pages: {
    current: number
    last: number
    from: number
    to: number
    previous?: string
    next?: string
  }
  /** The buttons for many; the form posts `id` for each box, or `all`. */
  bulk?: BulkForm
  /** The row at which the banner stands. */
  bannerAt?: string
}

interface BulkForm {
  post: string
  fields: Record<string, string>
  vendors?: { id: string; name: string }[]
  all: string
  found: number
  /** How many are ticked on all pages. */
  selected: number
  /** Those of other pages. */
  elsewhere: string[]
  clear?: string
}

export interface PreviewPage extends Page {
  campaign: { id: string; name: string }
  vendorName: string
  /** What the next sync would do. */
  text: string
  /** Said where what is sent is public at once. */
  live?: string
  /** Which fields differ from what was last accepted, where that is known. */
  changes?: string
  /** In their order; `line` is method and address. */
  requests: { line: string; headers: string[]; body?: string }[]
  /** What was seen at the vendor, when somebody asked. */
  seen?: string
  sync?: Action
  search?: Action
}
