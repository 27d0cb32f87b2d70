// Says who each request is of, before any route.
import type { RequestHandler } from 'express'
import type { Context } from '../../context.ts'
import { EVERYBODY, type Identity } from '../../identity/identity.ts'
import { ownerHash } from '../../session/session.ts'

const NOBODY: Identity = { roles: [] }

/**
 * Where people sign in it is who has, and nobody else; where they do not, whoever opens the address holds every role.
 * An identity that something before this has set stays.
 */
export function identify({ signIn }: Pick<Context, 'signIn'>): RequestHandler {
  return (req, _res, next) => {
    req.identity ??= signIn ? signedIn(req.session) : EVERYBODY
    next()
  }
}

/** A session from before there was a sign-in is nobody's, and so is one that has ended. */
function signedIn(session: Express.Request['session'] | undefined): Identity {
  const { owner, signIn } = session ?? {}
  if (owner === undefined || !signIn || signIn.endsAt <= Date.now()) return NOBODY
  return { owner: ownerHash(owner), name: signIn.name, roles: signIn.roles }
}
