// What each view in views/ takes. The routes fill these, the Pug files show them, and nothing else passes between.
// Plain text only: the views escape everything. In `text` and `notice`, an ISO time in UTC ("2026-11-20T14:36:00Z")
// is shown as a time people read, in their own zone when JavaScript is on. Other times are ISO in UTC, days YYYY-MM-DD.
import type { Action } from '../../errors.ts'

/** What just happened, before `h1`, focused when the page opens. The first action is the thing to do. */
export interface Banner {
  tone: 'good' | 'neutral' | 'warn' | 'bad'
  text: string
  /** Campaign names and accounts inside `text`: set apart, so that no name can bend the sentence around it. */
  names?: string[]
  detail?: string
  reference?: string
  actions: Action[]
  /** The campaign it is about: a list shows it at that row. */
  campaign?: string
}

/** When access ends that is not renewed by itself. */
export interface AccessEnd {
  at: string
  /** `session`: it serves everything. */
  kind: 'campaign' | 'run' | 'session'
}

export interface AccessCover {
  accounts: string[]
  campaigns: number
  runs: number
  /** One access serves everything. */
  isForAll: boolean
  /** The first first; an open page counts down by them. */
  ends: AccessEnd[]
}

/** The access of this person to a vendor. `unknown`: the store does not answer, so we claim nothing. */
export interface ConnectionLine extends Partial<AccessCover> {
  vendorName: string
  state: 'connected' | 'none' | 'unknown'
  /** A run waits there for its person. */
  needsYou: boolean
  reauthorize?: Action
}

/** Access that a run under way uses is about to end. Times are ISO, UTC. */
export interface AccessWarning {
  vendorName: string
  run: { title: string; href: string }
  endsAt: string
  /** When it is shown, on a page that is open. */
  from: string
  isDue: boolean
  minutesLeft: number
}

/** A value that only the person knows: their shop, their subdomain. */
export interface AskedField {
  name: string
  label: string
  value: string
  refused?: boolean
}

export interface Page {
  /** Without the name of the app: "Campaigns" becomes "Campaigns · Campaign Sync". */
  title: string
  path: string
  nav?: 'campaigns' | 'runs' | 'connections'
  connections: ConnectionLine[]
  person?: { name: string; role?: string | undefined } | undefined
  /** There is an audit trail, and this person may see it. */
  hasAudit?: boolean
  /** Runs may wait for a second person, and this one may be it. */
  mayApprove?: boolean
  warnings?: AccessWarning[]
  banner?: Banner
  /** A plain sentence about something that lasts: the store is down, the campaign file was refused. */
  notice?: string
}

export type SyncStatus =
  | 'Not synced'
  | 'Syncing'
  | 'Paused'
  | 'Stopped'
  | 'Synced'
  | 'Changed'
  | 'Partly'
  | 'Failed'
  | 'Unknown'

export interface HistoryEntry {
  at: string
  result: SyncStatus
  text: string
  tookMs?: number
  by?: string
  /** Who wanted it, where people sign in; `by` is the account at the vendor. */
  person?: string
  intent: string
  detail?: string
}

export interface CampaignVendor {
  id: string
  name: string
  /** Missing while the store does not answer: then nothing is claimed. */
  status?: SyncStatus
  /** The last result in plain words with what to do, or "The first sync creates it at Acme Ads." */
  text: string
  /** What is synced there is public at once. */
  isLive: boolean
  action?: Action
  /** Nobody knows whether it is there: a look at the vendor, or why there is none and what to do. */
  check?: Action
  unsearchable?: string
  /** The access that the next sync would use; missing when there is none. */
  access?: AccessCover & { reauthorize?: Action }
  externalId?: string
  /** Shown as a link only when it is http or https. */
  externalUrl?: string
  /** Newest first, at most 20. */
  history: HistoryEntry[]
}

export interface CampaignPage extends Page {
  campaign: {
    id: string
    name: string
    type: string
    status: string
    startDate?: string
    endDate?: string
    /** Formatted: "€12,000". */
    budget?: string
    owner?: string
    description?: string
    further: { label: string; value: string }[]
  }
  /** The list it was opened from, as that was. */
  list: string
  vendors: CampaignVendor[]
  /** Of many vendors those without news, by id: one form for all of them. */
  folded?: { ids: string[]; action: Action | undefined }
}

/** GET /campaigns/:id/sync without an intent: it asks, and pushes nothing. */
export interface SyncPage extends Page {
  campaign: { id: string; name: string }
  vendors: { name: string; action: Action }[]
  /** The host of another system's page that a good sync leads back to. */
  returnsTo?: string | undefined
}

export interface ProblemTypesPage extends Page {
  types: {
    code: string
    cases: { status: number; when: string; seen: string; action: string }[]
  }[]
}

/** Everything that went wrong: 403, 404, 429, 500, 502, 503 and what an authorization request can end in. */
export interface ProblemPage extends Page {
  status: number
  heading: string
  text: string
  detail?: string
  actions: Action[]
  reference: string
}
