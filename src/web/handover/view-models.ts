// What the view of a hand-over takes.
import type { Action } from '../../errors.ts'
import type { AskedField, Page } from '../page/view-models.ts'

export interface HandoverPage extends Page {
  heading: string
  /** What happens by the button, or what has happened. */
  text: string
  names: string[]
  facts: { label: string; value?: string; at?: string }[]
  /** What the vendor will be asked for; with an API key nothing is. */
  permissions: string[]
  actions: Action[]
  /** Where the person has to say something: an API key at a vendor without OAuth, a value of their own. */
  form?: {
    approve: Action
    asked: AskedField[]
    isKey: boolean
    isRefused: boolean
  }
}
