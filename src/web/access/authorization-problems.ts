// What a person is told when an authorization request brought no access, and what the operator is told beside it.
import { type Action, HttpProblem } from '../../errors.ts'
import { CallbackError, TokenError } from '../../oauth/errors.ts'
import { environmentPrefix } from '../../vendors/load.ts'
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

interface WayOn {
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
      return setupProblem(error, vendor, base, kept, redirectUri)
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

/** This app is registered wrongly: names the one thing that is wrong; the vendor's words stay in the detail, as anybody may write them. */
function setupProblem(
  { message: code, said }: CallbackError | TokenError,
  vendor: Vendor,
  base: { actions: Action[]; cause: unknown },
  kept: string,
  redirectUri: string,
): HttpProblem {
  return new HttpProblem({
    ...base,
    code: 'E-SETUP',
    status: 502,
    heading: `Campaign Sync is set up wrongly for ${vendor.name}`,
    text: `${setupFault(code, said ?? '', vendor)} Tell your administrator: E-SETUP (${code}). ${kept}`,
    detail: [
      said === undefined ? [] : `${vendor.name} said: ${said}`,
      setupDetail(code, said ?? '', vendor, redirectUri),
    ]
      .flat()
      .join('. '),
  })
}

/** RFC 6749 sections 4.1.2.1 and 5.2. Any other code is one that the vendor's file lists for an unknown client. */
function setupFault(code: string, said: string, { name }: Vendor): string {
  if (isAboutRedirect(said)) return `${name} does not know the address people come back to.`
  switch (code) {
    case 'invalid_scope':
      return `${name} does not have a permission that is asked for.`
    case 'unauthorized_client':
      return `${name} has not allowed this app to ask people for access.`
    case 'invalid_request':
    case 'unsupported_response_type':
    case 'unsupported_grant_type':
      return `${name} does not take the request as it is made.`
    default:
      return `${name} does not accept this app’s client id and secret.`
  }
}

function setupDetail(code: string, said: string, vendor: Vendor, redirectUri: string): string {
  const prefix = environmentPrefix(vendor.id)
  if (isAboutRedirect(said)) return `${vendor.name} must know this redirect URI: ${redirectUri}`
  switch (code) {
    case 'invalid_scope':
      return `Scopes asked for, in the vendor file: ${vendor.authorize.scopes.join(' ')}`
    case 'unauthorized_client':
      return `Allow the authorization code grant for this app at ${vendor.name}, with this redirect URI: ${redirectUri}`
    case 'invalid_request':
    case 'unsupported_response_type':
    case 'unsupported_grant_type':
      return `Compare authorize and token in the vendor file with ${vendor.name}’s documentation. The redirect URI is ${redirectUri}`
    default:
      return `Settings: ${prefix}CLIENT_ID and ${prefix}CLIENT_SECRET`
  }
}

function isAboutRedirect(said: string): boolean {
  return /redirect/i.test(said)
}
