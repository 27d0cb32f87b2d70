// What a route needs, declared beside its handler: its first handler, and what a test reads of every route.
import type { RequestHandler } from 'express'
import { HttpProblem } from '../../errors.ts'
import { highestRole, type Identity, mayDo, type Need } from '../../identity/identity.ts'

const declared = new WeakMap<object, Need>()

/**
 * Lets a request on whose identity may do what needs this role. The identity is set by a middleware before the routes;
 * without one nothing is allowed.
 */
export function needs(need: Need): RequestHandler {
  const check: RequestHandler = ({ identity }, _res, next) => {
    const isAllowed = mayDo(identity?.roles ?? [], need)
    next(isAllowed ? undefined : notAllowed(identity, need))
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

function signInNeeded(): HttpProblem {
  return new HttpProblem({
    code: 'E-SIGN-IN',
    status: 401,
    heading: 'Sign in first',
    text: 'Nothing was done. Sign in, and do it again.',
  })
}

function roleNeeded({ name, roles }: Identity, need: Need): HttpProblem {
  return new HttpProblem({
    code: 'E-ROLE',
    status: 403,
    heading: 'You may not do this',
    text: `It needs the role ${need}; ${name} has ${highestRole(roles) ?? 'none'}. Nothing was done. Ask an administrator for the role.`,
  })
}
