// A person comes back from the company's sign-in: what they brought is checked, and a new session is theirs; and how that ends.
import type { Request, Response } from 'express'
import { AuthorizationResponseError, ResponseBodyError } from 'openid-client'
import { z } from 'zod'
import type { Context } from '../../context.ts'
import type { Role } from '../../identity/identity.ts'
import type { Person, SignIn } from '../../identity/provider.ts'
import type { StoredSignInRequest } from '../../identity/signed-in.ts'
import { beginSignedIn, ownerHash } from '../../session/session.ts'
import { clearCookie, destroySession } from '../../session/sign-out.ts'
import { redirect } from '../http/return-to.ts'
import { signInFailed } from './problems.ts'

/** @throws HttpProblem when they said no, when what they brought is not right, or when the issuer fails */
export async function finishSignIn(
  context: Context,
  provider: SignIn,
  req: Request,
  request: StoredSignInRequest & { state: string },
): Promise<void> {
  const search = new URL(req.originalUrl, context.config.publicUrl).search
  const person = await provider.finish(search, request).catch((error: unknown) => {
    logRefusal(req, error)
    throw signInFailed(error)
  })
  const owner = ownerOfPerson(person)
  const at = Date.now()
  const longest = at + provider.settings.hours * 3600_000
  const endsAt = Math.min(longest, person.endsAt ?? longest)
  // Signed in for no time, they would be sent to the issuer again, and again.
  if (endsAt <= at) throw signInFailed(new Error('the issuer says that its session is over'))
  const from = req.ip === undefined ? {} : { from: req.ip }
  const about = { roles: person.roles.join(' ') || 'none' }
  const act = { who: person.name, owner: ownerHash(owner), ...from, action: 'signin', about }
  await context.audit?.add(act)
  await notePerson(context, ownerHash(owner), person.roles)
  await beginSignedIn(req, owner, {
    name: person.name,
    roles: person.roles,
    at,
    endsAt,
    sid: person.sid,
    idToken: await context.sealer.seal(idTokenKey(owner), person.idToken),
  })
  const session = { session: req.sessionID, sid: person.sid, at, endsAt }
  if (!(await context.signedIn.note(ownerHash(owner), session))) {
    await destroySession(req)
    throw signInFailed(new Error('the issuer has ended its session meanwhile'))
  }
  req.identity = { owner: ownerHash(owner), name: person.name, roles: person.roles }
  req.log.info({ roles: person.roles }, 'signin.done')
}

/** What the issuer said: a scope, a secret or an address that is not registered there shows in nothing else. */
function logRefusal({ log }: Request, error: unknown): void {
  if (!(error instanceof AuthorizationResponseError || error instanceof ResponseBodyError)) return
  const description = error.error_description?.replaceAll(/[^\x20-\x7e]/g, ' ').slice(0, 200)
  log.warn({ said: error.error.slice(0, 60), description }, 'signin.refused')
}

/** Sessions in which they hold more than they do now end. */
async function notePerson({ people, signedIn }: Context, owner: string, roles: readonly Role[]) {
  if (await people.note(owner, roles)) await signedIn.endAll(owner)
}

/** A person is an issuer and a subject of it (OpenID Connect Core section 5.7): names and addresses change hands. */
export function ownerOfPerson({ issuer, subject }: Pick<Person, 'issuer' | 'subject'>): string {
  return JSON.stringify([issuer, subject])
}

/** What the ID token of a session is sealed for. */
function idTokenKey(owner: string): string {
  return `signin:${ownerHash(owner)}`
}

/** Ends the session here, then sends the browser to end the issuer's (RP-Initiated Logout), where that has a way. */
export async function endSignIn(context: Context, req: Request, res: Response): Promise<void> {
  const { owner = '', signIn } = req.session
  const opened = await context.sealer.open(idTokenKey(owner), signIn?.idToken ?? null)
  const { sessionID } = req
  await destroySession(req)
  await context.signedIn.forget(ownerHash(owner), sessionID).catch(() => {}) // the next sign-in finds it over
  clearCookie(req, res)
  req.log.info({}, 'signin.ended')
  const url = await context.signIn?.endUrl(z.string().safeParse(opened).data)
  redirect(res, 303, url ?? '/signin')
}
