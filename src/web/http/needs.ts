// Who a request is of, and what a route needs: declared beside its handler, and what a test reads of every route.
import type { RequestHandler } from 'express'
import type { Context } from '../../context.ts'
import { HttpProblem, storeDown } from '../../errors.ts'
import { EVERYBODY, highestRole, type Identity, mayDo, type Need } from '../../identity/identity.ts'
import { ownerHash } from '../../session/session.ts'
import { redirect, signInReturn } from './return-to.ts'
import { wantsJson } from './script-callers.ts'

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

const declared = new WeakMap<object, Need>()

/**
 * Lets a request on whose identity may do what needs this role; a page opened by nobody leads to the sign-in and back.
 * The identity is set by a middleware before the routes; without one nothing is allowed. While the store is away nobody
 * knows who it is.
 */
export function needs(need: Need): RequestHandler {
  const check: RequestHandler = (req, res, next) => {
    const { identity, method, originalUrl } = req
    if (mayDo(identity?.roles ?? [], need)) return next()
    if (identity?.name === undefined && !req.session) return next(storeDown('no session'))
    const page = signInReturn(originalUrl) ?? '/campaigns'
    const isPage = identity?.name === undefined && method === 'GET' && !wantsJson(req)
    if (isPage) return redirect(res, 302, signInPath(page))
    next(notAllowed(identity, need))
  }
  declared.set(check, need)
  return check
}

/** What a handler of a route declares; undefined when it is no declaration. */
export function declaredNeed(handler: object): Need | undefined {
  return declared.get(handler)
}

function notAllowed(identity: Identity | undefined, need: Need): HttpProblem {
  return identity?.name === undefined ? signInNeeded() : roleNeeded(identity, need)
}

function signInPath(page: string): string {
  return `/signin?return=${encodeURIComponent(page)}`
}

function signInNeeded(): HttpProblem {
  return new HttpProblem({
    code: 'E-SIGN-IN',
    status: 401,
    heading: 'Sign in first',
    text: 'Nothing was done. Sign in, and do it again.',
    actions: [{ label: 'Sign in', href: signInPath('/campaigns'), primary: true }],
  })
}

function roleNeeded({ name, roles, why }: Identity, need: Need): HttpProblem {
  return new HttpProblem({
    code: 'E-ROLE',
    status: 403,
    heading: 'You may not do this',
    text: `It needs the role ${need}; ${name} has ${highestRole(roles) ?? 'none'}.${why === undefined ? '' : ` ${why}`} Nothing was done. Ask an administrator for the role.`,
    ...(roles.length === 0 && { actions: [{ label: 'Sign out', post: '/session/end' }] }),
  })
}
