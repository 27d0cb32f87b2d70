// What the views about signing in take.
import type { Action } from '../../errors.ts'
import type { Page } from '../page/view-models.ts'

export interface SignInPage extends Page {
  /** The host of the company's sign-in. */
  issuer: string
  action: Action
  /** Somebody who is signed in and holds no role. */
  withoutRole?: string | undefined
}
