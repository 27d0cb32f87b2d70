// What a sign-in can end in but a person who is signed in.
import { AuthorizationResponseError } from 'openid-client'
import { HttpProblem } from '../../errors.ts'

const AGAIN = { label: 'Sign in', href: '/signin?return=%2Fcampaigns', primary: true }

/** A callback that this browser did not begin, that was used already, or that is too old. */
export function staleSignIn(): HttpProblem {
  return new HttpProblem({
    code: 'E-SIGN-IN',
    status: 400,
    heading: 'That sign-in was already used or took too long',
    text: 'Nobody was signed in. Sign in again; if it happens each time, allow cookies for this address.',
    actions: [AGAIN],
  })
}

export function issuerAway(cause: unknown): HttpProblem {
  return new HttpProblem({
    code: 'E-SIGN-IN',
    status: 503,
    heading: 'The sign-in does not answer',
    text: 'Your company’s sign-in cannot be reached right now. Nothing is lost. Try again in a minute.',
    actions: [{ ...AGAIN, label: 'Try again' }],
    retryAfter: 10,
    cause,
  })
}

/** Tells a person who said no, or may not come in, from an issuer that failed or was not the one we asked. */
export function signInFailed(error: unknown): HttpProblem {
  const isDenied = error instanceof AuthorizationResponseError && error.error === 'access_denied'
  if (isDenied)
    return new HttpProblem({
      code: 'E-SIGN-IN',
      status: 403,
      heading: 'You were not signed in',
      text: 'The sign-in ended without your yes, or does not let you use Campaign Sync. Ask your administrator if you should.',
      actions: [AGAIN],
    })
  return new HttpProblem({
    code: 'E-SIGN-IN',
    status: 502,
    heading: 'The sign-in could not be finished',
    text: 'What the sign-in said could not be trusted, or it failed. Nobody was signed in. If it happens again, tell your administrator the reference.',
    actions: [{ ...AGAIN, label: 'Try again' }],
    cause: error,
  })
}
