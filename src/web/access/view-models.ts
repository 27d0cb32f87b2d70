// What the views about access to a vendor take: giving it, looking at it, ending it. Times are ISO in UTC.
import type { Action } from '../../errors.ts'
import type { AccessCover, AskedField, Page } from '../page/view-models.ts'

/** Access of this person at a vendor, for one campaign or one run. */
export interface ConnectionRow {
  account?: string
  since: string
  /** ISO, UTC. Missing where it is renewed without the person. */
  endsAt?: string
  minutesLeft?: number
  permissions: string[]
  scope?: string
  usedBy: { label: string; href?: string }
  /** Missing where the vendor's access is not given by a person's approval. */
  reauthorize?: Action
  /** Asks the vendor to let the person choose whom to be. */
  otherAccount?: Action
  test: Action
  disconnect: Action
}

export interface ConnectionsPage extends Page {
  vendors: {
    id: string
    name: string
    cover?: AccessCover
    rows: ConnectionRow[]
    /** Where access is for everything, so that it can be given before a sync. */
    connect?: Action
    /** Where access is for one campaign: those that have none, to choose from. */
    connectFor?: { action: string; campaigns: { id: string; name: string }[] }
    disconnectAll?: Action
  }[]
  /** Signs out, or asks before it does. */
  signOut: Action
  /** Runs that pause by signing out. */
  pausing: number
}

export interface EndAccessPage extends Page {
  text: string
  covers: ({ vendorName: string } & AccessCover)[]
  /** Runs under way that lose their access. */
  pausing: { title: string; total: number; left: number }[]
  end: Action
  keep: Action
}

export interface DisconnectPage extends Page {
  vendorName: string
  row: ConnectionRow
  disconnect: Action
  keep: Action
}

export interface ConnectPage extends Page {
  vendorName: string
  campaignName?: string
  permissions: string[]
  minutes?: number
  asked: AskedField[]
  proceed: Action
  cancel: Action
}

/** Another account than before has approved: whose access is it to be? */
export interface AccountPage extends Page {
  vendorName: string
  account: string
  before: string
  use: Action
  back: Action
}

/** A vendor without OAuth: asks for the person's API key. */
export interface KeyPage extends Page {
  vendorName: string
  campaignName?: string
  refused: boolean
  /** Where the form goes, and what goes with the key. */
  post: string
  fields: Record<string, string>
  asked: AskedField[]
  cancel: Action
}
