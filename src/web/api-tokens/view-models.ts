// What the page of API tokens takes.
import type { Action } from '../../errors.ts'
import type { Page } from '../page/view-models.ts'

export interface ApiTokenRow {
  name: string
  role: string
  /** What it may do where that is less, and why. */
  roleNow?: string
  why?: string | undefined
  madeBy?: string | undefined
  /** ISO, UTC. */
  createdAt: string
  expiresAt: string
  lastUsedAt?: string
  revoke: Action
}

export interface ApiTokensPage extends Page {
  rows: ApiTokenRow[]
  /** The token that was just made: it is shown this once. */
  made?: { name: string; token: string }
  roles: { value: string; label: string; chosen: boolean }[]
  days: { value: string; label: string; chosen: boolean }[]
}
