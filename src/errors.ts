// The few kinds of problem, each a different thing to tell the visitor. Thrown anywhere, shown in web/page/problem-page.ts.

/** A link (`href`), or a form of one button (`post`) with hidden fields. Both are paths that we made ourselves. */
export interface Action {
  label: string
  /** The accessible name when the label alone does not say enough. It starts with the label: "Sync Spring launch". */
  name?: string
  href?: string
  post?: string
  fields?: Record<string, string>
  primary?: boolean
}

interface Details {
  /** Stable code for logs, pages and the operator's docs. */
  code: string
  status: number
  heading: string
  text: string
  /** Words from outside (a vendor's message), shown apart and escaped. */
  detail?: string | undefined
  actions?: Action[]
  /** Seconds, sent as Retry-After. */
  retryAfter?: number | undefined
  /** More members of the problem+json (RFC 9457 section 3.2). */
  members?: Record<string, string | undefined>
  cause?: unknown
}

/** A problem that a person is told about. Anything else that is thrown is a bug: 500 and a reference. */
export class HttpProblem extends Error {
  readonly code: string
  readonly status: number
  readonly heading: string
  readonly text: string
  readonly detail: string | undefined
  readonly actions: Action[]
  readonly retryAfter: number | undefined
  readonly members: Record<string, string | undefined>
  constructor({
    code,
    status,
    heading,
    text,
    detail,
    actions,
    retryAfter,
    members,
    cause,
  }: Details) {
    super(`${code}: ${heading}`, { cause })
    this.code = code
    this.status = status
    this.heading = heading
    this.text = text
    this.detail = detail
    this.actions = actions ?? [{ label: 'Go to campaigns', href: '/campaigns' }]
    this.retryAfter = retryAfter
    this.members = members ?? {}
  }
}

export function notFound(what = 'This page'): HttpProblem {
  return new HttpProblem({
    code: 'E-NOT-FOUND',
    status: 404,
    heading: `${what} is not here`,
    text: 'Check the address, or choose from the list of campaigns.',
  })
}

export function badRequest(text: string): HttpProblem {
  return new HttpProblem({
    code: 'E-REQUEST',
    status: 400,
    heading: 'That request was not understood',
    text,
  })
}

export function crossSite(): HttpProblem {
  return new HttpProblem({
    code: 'E-CROSS-SITE',
    status: 403,
    heading: 'This form came from another page',
    text: 'Nothing was done. Open the campaign here and press Sync.',
  })
}

/** The store cannot answer or cannot write, and nothing was sent. */
export function storeDown(cause: unknown): HttpProblem {
  return new HttpProblem({
    code: 'E-STORE',
    status: 503,
    heading: 'Syncing is not possible right now',
    text: 'Campaign Sync cannot reach its own storage. Nothing was sent. Try again in a minute.',
    retryAfter: 10,
    cause,
  })
}

/** A push may have been applied, and its end could not be stored. `path` goes on with it: another press would be another push. */
export function unrecorded(cause: unknown, path: string, isSent: boolean): HttpProblem {
  return new HttpProblem({
    code: 'E-UNRECORDED',
    status: 503,
    heading: isSent ? 'Sent, but not written down' : 'Perhaps sent, but not written down',
    text: `The campaign ${isSent ? 'was' : 'may have been'} sent; Campaign Sync could not store how that ended. See in a minute how it ended: that goes on with the same push and does not begin another.`,
    actions: [{ label: 'See how it ended', href: path }],
    retryAfter: 10,
    cause,
  })
}
