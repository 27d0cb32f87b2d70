// What the views about access to a vendor take: giving it, looking at it, ending it.
import type { Action } from '../../errors.ts'
import type { AskedField, Page } from '../page/view-models.ts'

/** Access of this person at a vendor, for one campaign or one run. */
export interface ConnectionRow {
  account?: string
  /** ISO, UTC. */
  since: string
  /** ISO, UTC. Missing where it is renewed without the person. */
  endsAt?: string
  minutesLeft?: number
  /** In words for people. */
  permissions: string[]
  /** The same in the vendor's words. */
  scope?: string
  usedBy: { label: string; href?: string }
  /** Missing where the vendor's access is not given by a person's approval. */
  reauthorize?: Action
  test: Action
  disconnect: Action
}

export interface ConnectionsPage extends Page {
  vendors: { id: string; name: string; rows: ConnectionRow[] }[]
}

export interface DisconnectPage extends Page {
  vendorName: string
  row: ConnectionRow
  disconnect: Action
  keep: Action
}

/** Explains the first authorization before it begins. */
export interface ConnectPage extends Page {
  vendorName: string
  campaignName?: string
  permissions: string[]
  minutes?: number
  /** Sent with `proceed`. */
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
