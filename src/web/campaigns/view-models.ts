// What the view of the list takes.
import type { Action } from '../../errors.ts'
import type { Page, SyncStatus } from '../page/view-models.ts'

export interface CampaignRow {
  id: string
  name: string
  type: string
  /** YYYY-MM-DD. */
  startDate?: string
  /** Formatted: "€12,000". */
  budget?: string
  /** Missing while the store does not answer: then nothing is claimed. */
  sync?: SyncStatus
  /** ISO, UTC. */
  syncedAt?: string
  /** Sync. Missing when syncing is not possible now. */
  action?: Action
}

/** One choice of a `select`. */
interface FilterChoice {
  value: string
  label: string
  chosen: boolean
}

export interface CampaignsPage extends Page {
  /** Those of this page only. */
  rows: CampaignRow[]
  /** In the file. */
  total: number
  /** After search and status. */
  found: number
  /** How many of those searched for are Failed, Partly or Unknown at the vendor shown, and where they are listed. */
  attention: { count: number; href: string }
  /** How many of them have changed since they were accepted there. */
  changed: { count: number; href: string; sync?: Action }
  /** Other vendors at which some need attention. */
  elsewhere: { name: string; count: number; href: string }[]
  filter: {
    search: string
    status: FilterChoice[]
    sort: FilterChoice[]
    /** With several vendors: whose results are shown, and who is synced to. */
    vendor?: FilterChoice[]
    /** There when a search or a status hides some. */
    clear?: string
  }
  columns: { name: string; label: string; href: string; sorted?: 'ascending' | 'descending' }[]
  pages: {
    current: number
    last: number
    from: number
    to: number
    previous?: string
    next?: string
  }
  /** The buttons for many; the form posts `id` for each box, or `all`. */
  bulk?: { post: string; fields: Record<string, string>; all: string } | undefined
}

/** What a sync would send to one vendor. */
export interface PreviewPage extends Page {
  campaign: { id: string; name: string }
  vendorName: string
  /** What the next sync would do. */
  text: string
  /** In their order; `line` is method and address. */
  requests: { line: string; headers: string[]; body?: string }[]
  /** What was seen at the vendor, when somebody asked. */
  seen?: string
  sync?: Action
  search?: Action
}
