// Says who each request is of, before any route.
import type { RequestHandler } from 'express'
import { EVERYBODY } from '../../identity/identity.ts'

/** Without a sign-in whoever opens the address holds every role. An identity that a token brought stays. */
export function identify(): RequestHandler {
  return (req, _res, next) => {
    req.identity ??= EVERYBODY
    next()
  }
}
