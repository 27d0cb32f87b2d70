// What a person is told when an authorization request brought no access, and what the operator is told beside it.
import { type Action, HttpProblem } from '../../errors.ts'
import { CallbackError, TokenError } from '../../oauth/errors.ts'
import type { Vendor } from '../../vendors/vendor.ts'

/** No session came with a callback: cookies are off, or it was begun in another browser. */
export function noCookie(): HttpProblem {
  return new HttpProblem({
    code: 'E-NO-SESSION',
    status: 400,
    heading: 'We could not tell that this was you',
    text: 'Please allow cookies for this site, then press Sync again.',
  })
}

/** The session id was changed while this callback was under way; the page is loaded once more by itself. */
export function sessionReplaced(): HttpProblem {
  return new HttpProblem({
    code: 'E-NO-SESSION',
    status: 400,
    heading: 'One moment',
    text: 'Another tab of yours is just getting access. This page goes on by itself.',
  })
}

/** The state is unknown, used, or too old. */
export function staleAuthorization(goOn: Action): HttpProblem {
  return new HttpProblem({
    code: 'E-STATE',
    status: 400,
    heading: 'That approval was already used or took too long',
    text: 'Your choice is kept.',
    actions: [goOn, { label: 'Go to campaigns', href: '/campaigns' }],
  })
}

/** Turns what went wrong between the vendor and us into words; everything else stays what it is. */
export function authorizationProblem(
  error: unknown,
  vendor: Vendor,
  again: Action,
  redirectUri: string,
): unknown {
  if (!(error instanceof CallbackError || error instanceof TokenError)) return error
  const actions = [again, { label: 'Go to campaigns', href: '/campaigns' }]
  const base = { actions, cause: error }
  switch (error.kind) {
    case 'malformed':
      return new HttpProblem({
        ...base,
        code: 'E-CALLBACK',
        status: 400,
        heading: `That was not an answer of ${vendor.name}`,
        text: 'Nothing was synced, and your choice is kept.',
      })
    case 'spent':
      return new HttpProblem({
        ...base,
        code: 'E-CODE',
        status: 400,
        heading: 'That approval was already used or took too long',
        text: 'Your choice is kept.',
      })
    case 'setup':
      return new HttpProblem({
        ...base,
        code: 'E-SETUP',
        status: 502,
        heading: `Campaign Sync is set up wrongly for ${vendor.name}`,
        text: `Tell your administrator: E-SETUP (${error.message}). Your choice is kept.`,
        detail: `${vendor.name} must know this redirect URI: ${redirectUri}`,
      })
    case 'scope':
      return new HttpProblem({
        ...base,
        code: 'E-SCOPE',
        status: 403,
        heading: `${vendor.name} gave less than is needed`,
        text: 'Nothing was synced. Approve again and leave every permission on.',
        detail: `Missing: ${error.message}`,
      })
    default:
      return new HttpProblem({
        ...base,
        code: 'E-VENDOR',
        status: error.kind === 'timeout' ? 504 : 502,
        heading: `${vendor.name} could not finish the approval`,
        text: `This is at ${vendor.name}’s end. Your choice is kept.`,
        retryAfter: error instanceof TokenError ? error.retryAfter : undefined,
      })
  }
}
