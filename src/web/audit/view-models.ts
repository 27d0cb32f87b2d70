// What the view of the audit trail takes.
import type { Verdict } from '../../audit/chain.ts'
import type { Page } from '../page/view-models.ts'

export interface AuditRow {
  seq: number
  /** ISO, UTC. */
  at: string
  who: string
  what: string
  from?: string
  /** What the vendor had before and has after, by their hashes. */
  changed?: string
}

export interface AuditPage extends Page {
  /** The newest first. */
  rows: AuditRow[]
  /** Of all that is kept; on the first page only. */
  verdict: Verdict | undefined
  /** The page after this one. */
  older?: string
  /** For how long entries are kept. */
  days: number
}
