// What a person is told when an authorization request brought no access, and what the operator is told beside it.
import { type Action, HttpProblem } from '../../errors.ts'
import { CallbackError, TokenError } from '../../oauth/errors.ts'
import type { Vendor } from '../../vendors/vendor.ts'

const TO_CAMPAIGNS: Action = { label: 'Go to campaigns', href: '/campaigns' }

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

/** The state is unknown, used, or too old. `goOn` leads on with what access was for, where that is still known. */
export function staleAuthorization(goOn: Action | undefined): HttpProblem {
  return new HttpProblem({
    code: 'E-STATE',
    status: 400,
    heading: 'That approval was already used or took too long',
    text: goOn ? 'Your choice is kept.' : 'Open the campaign and press Sync.',
    actions: [...(goOn ? [goOn] : []), TO_CAMPAIGNS],
  })
}

export interface WayOn {
  again: Action
  /** An intent or a run still waits for access. */
  isKept: boolean
}

/** Turns what went wrong between the vendor and us into words; everything else stays what it is. */
export function authorizationProblem(
  error: unknown,
  vendor: Vendor,
  { again, isKept }: WayOn,
  redirectUri: string,
): unknown {
  if (!(error instanceof CallbackError || error instanceof TokenError)) return error
  const actions = [again, TO_CAMPAIGNS]
  const kept = isKept ? 'Your choice is kept.' : 'No access was given.'
  const base = { actions, cause: error }
  const message = error.said === undefined ? undefined : `${vendor.name} said: ${error.said}`
  switch (error.kind) {
    case 'malformed':
      return new HttpProblem({
        ...base,
        code: 'E-CALLBACK',
        status: 400,
        heading: `That was not an answer of ${vendor.name}`,
        text: `It was not used. ${kept}`,
      })
    case 'spent':
      return new HttpProblem({
        ...base,
        code: 'E-CODE',
        status: 400,
        heading: 'That approval was already used or took too long',
        text: kept,
      })
    case 'setup':
      return new HttpProblem({
        ...base,
        code: 'E-SETUP',
        status: 502,
        heading: `Campaign Sync is set up wrongly for ${vendor.name}`,
        text: `Tell your administrator: E-SETUP (${error.message}). ${kept}`,
        detail: [message, `${vendor.name} must know this redirect URI: ${redirectUri}`]
          .filter((line) => line !== undefined)
          .join('. '),
      })
    case 'scope':
      return new HttpProblem({
        ...base,
        code: 'E-SCOPE',
        status: 403,
        heading: `${vendor.name} gave less than is needed`,
        text: 'This access was not kept. Approve again and leave every permission on.',
        detail: `Missing: ${error.message}`,
      })
    default:
      return new HttpProblem({
        ...base,
        code: 'E-VENDOR',
        status: error.kind === 'timeout' ? 504 : 502,
        heading: `${vendor.name} could not finish the approval`,
        text: `This is at ${vendor.name}’s end. ${kept}`,
        detail: message,
        retryAfter: error instanceof TokenError ? error.retryAfter : undefined,
      })
  }
}
