// What the view of a hand-over takes.
import type { Action } from '../../errors.ts'
import type { Page } from '../page/view-models.ts'

export interface HandoverPage extends Page {
  heading: string
  /** What happens by the button, or what has happened. */
  text: string
  names: string[]
  facts: { label: string; value?: string; at?: string }[]
  /** What the vendor will be asked for; with an API key nothing is. */
  permissions: string[]
  actions: Action[]
  /** The form for an API key, at a vendor without OAuth. */
  key?: { post: string; fields: Record<string, string>; isRefused: boolean }
}
