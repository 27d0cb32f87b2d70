// What consent-bench has to know of an app: how to start it, how a person presses, and what a page says.
import type { Visit, Visitor } from '../../test/support/browser/http-visitor.ts'

/** Where the app is to listen, and the vendor that it is to use. */
export interface Surroundings {
  port: number
  /** The address people open; the redirect URI is this and `callbackPath`. */
  url: string
  /** A folder of its own, which stays through a kill. */
  folder: string
  vendor: {
    authorizeUrl: string
    tokenUrl: string
    /** A campaign is pushed by `PUT <apiUrl>/<id>` with its JSON, `id` among it, and a bearer token. */
    apiUrl: string
    issuer: string
    clientId: string
    /** Sent as client_secret_post (RFC 6749 §2.3.1). */
    clientSecret: string
    /** Whether a push that comes again under the same Idempotency-Key is applied once. */
    takesKeys: boolean
  }
  /** Ids and names of the campaigns that are pressed. */
  campaigns: { id: string; name: string }[]
}

export interface Adapter {
  name: string
  callbackPath: string
  /** Answers 200 when the app is ready. */
  readyPath: string
  /** The program and its environment. */
  command(around: Surroundings): { command: string[]; environment: Record<string, string> }
  /** Opens the page of the campaign and gives the press: called twice, the same form is sent twice. */
  preparePress(visitor: Visitor, campaign: string): Promise<() => Promise<Visit>>
  /** Accessible name of the button that leads on from a page between the press and the vendor; undefined: it is no such page. */
  wayOn(visit: Visit): string | undefined
  /** The page says that the campaign has arrived. */
  saysDone(visit: Visit): boolean
}
