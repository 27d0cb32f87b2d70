// What the run views take: plain text (made in messages.ts), numbers, actions, and times as ISO in UTC.
import type { Action } from '../../errors.ts'
import type { Page, SyncStatus } from '../page/view-models.ts'

export type BarPart = 'synced' | 'skipped' | 'unknown' | 'failed' | 'rest'

/** How a run stands. Everything in it is a number, a sentence or an action; no clock times, so it may be sent live. */
export interface RunView {
  id: string
  title: string
  /** The title, the vendor, and who approved it. */
  name: string
  /** Short, for the browser's title and the list: "Paused 21 of 40". */
  headline: string
  status: SyncStatus
  /** How far, beside the status: "21 of 40". Empty where there is nothing to add. */
  progress: string
  text: string
  total: number
  settled: number
  percent: number
  /** The parts of the bar, one after another, in percent. `rest` is hatched while nothing goes on. */
  bar: { part: BarPart; from: number; width: number }[]
  barText: string
  counts: { label: string; count: number }[]
  /** Short facts: elapsed, about left, access ends. Only while it is under way. */
  facts: string[]
  /** That access ends before it does; only while it is under way. */
  shortAccess?: string
  /** Whether it changes by itself. */
  live: boolean
  actions: Action[]
  failures: { text: string; count: number; names: string[]; detail?: string }[]
  createdAt: string
}

export interface RunPage extends Page {
  run: RunView
  rows: RunRow[]
  /** The pages of the table; `only`: those that need attention. */
  pages: { now: number; last: number; only: boolean; attention: number }
}

export interface RunRow {
  campaign: string
  name: string
  status: SyncStatus
  text: string
  tookMs?: number
  attempts: number
  at?: string
  retry?: Action
}

export interface RunConfirmPage extends Page {
  /** A run above the limit for one person: how it stands with the second one. */
  approval?: { state: 'needed' | 'waiting' | 'approved'; by?: string } | undefined
  run: RunView
  vendorName: string
  estimate: string
  isDraft: boolean
  /** What is synced there is public at once. */
  isLive: boolean
  /** Of a draft: what goes and what does not. */
  chosen?: {
    /** "3 new, 1 changed". */
    text: string
    leftOut: { text: string; names: string[]; more: number }[]
    resend?: Action
    /** The first of those that go. */
    rows: { campaign: string; name: string; status: SyncStatus; preview: string }[]
    more: number
  }
  preview?: { name: string; href: string; text: string }
  proceed: string
  /** Set when access asked for now is likely to end before the run does. */
  warning?: string
  /** Set when the run holds access that ends before it is done; the first option is the one to take. */
  choice?: { legend: string; options: { value: string; label: string }[] }
}

export interface RunsPage extends Page {
  runs: RunView[]
}

export interface ApprovalRow {
  run: string
  title: string
  vendorName: string
  person: string
  /** ISO, UTC: when they asked. */
  at: string
  count: number
  /** The sum of the budgets, written for people; this and the yes are left out when the vendor is not here any more. */
  budget?: string
  /** Of the first campaigns. */
  names: string[]
  isOwn: boolean
  approve?: Action
  refuse: Action
}

export interface ApprovalsPage extends Page {
  approvals: ApprovalRow[]
}
