// "Sign out of this browser": forgets and revokes all access, and ends the session.
import { setTimeout as wait } from 'node:timers/promises'
import { type Request, type Response, Router } from 'express'
import { disconnectAll } from '../../access/disconnect.ts'
import type { Context } from '../../context.ts'
import { badRequest, storeDown } from '../../errors.ts'
import { previousSession } from '../../session/regenerate.ts'
import { ownerIfAny } from '../../session/session.ts'
import {
  clearCookie,
  destroySession,
  destroySessionOf,
  isSignedOut,
  setSignedOutMarker,
} from '../../session/sign-out.ts'
import { needs } from '../http/needs.ts'
import { redirect } from '../http/return-to.ts'
import { endSignIn } from '../identity/end-sign-in.ts'
import { noCookie } from './authorization-problems.ts'

/** Milliseconds a person waits at most for vendors to revoke their tokens; the rest is done in the background. */
const REVOKE_WAIT_MS = 2_500

export function sessionEndRoutes(context: Context): Router {
  const router = Router({ caseSensitive: true, strict: true })

  router.post('/session/end', needs('anybody'), (req, res) => signOut(context, req, res))

  return router
}

/** Signs out the session of this cookie, and the one that has replaced it seconds ago. */
async function signOut(context: Context, req: Request, res: Response): Promise<void> {
  if (req.apiToken) throw badRequest('An API token is not signed out: revoke it.')
  if (!req.session) throw storeDown('no session')
  if (req.session.signIn) return endSignIn(context, req, res)
  const previous = await previousSession(req, context.store)
  const owner = ownerIfAny(req) ?? previous?.owner
  if (owner !== undefined) {
    // A full store takes no marker; signing out goes on without it.
    await setSignedOutMarker(context.store, owner).catch(() => {})
    const { forgotten, revoked } = await disconnectAll(context, context.config.vendors, owner)
    const inTime = await Promise.race([revoked, wait(REVOKE_WAIT_MS, undefined, { ref: false })])
    req.log.info({ forgotten, revoked: inTime }, 'session.ended')
  }
  // Read again: a callback that was received before the marker was set may have changed the id meanwhile.
  const next = (await previousSession(req, context.store))?.next
  await Promise.all([destroySession(req), next !== undefined && destroySessionOf(req, next)])
  clearCookie(req, res)
  redirect(res, 303, '/campaigns')
}

/** After a token was stored: forgets it again if the person signed out meanwhile. @throws HttpProblem 400 then */
export async function unlessSignedOut(
  context: Context,
  req: Request,
  owner: string,
): Promise<void> {
  if (!(await isSignedOut(context.store, owner))) return
  const { revoked } = await disconnectAll(context, context.config.vendors, owner)
  await revoked
  await destroySession(req)
  throw noCookie()
}
