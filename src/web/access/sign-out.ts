// "Sign out of this browser": access is given back, the session is gone, and the next person starts from nothing.
import { setTimeout as wait } from 'node:timers/promises'
import { type Request, Router } from 'express'
import { disconnectAll } from '../../access/disconnect.ts'
import type { Context } from '../../context.ts'
import { storeDown } from '../../errors.ts'
import { ownerIfAny } from '../../session/session.ts'
import {
  clearCookie,
  destroySession,
  isSignedOut,
  setSignedOutMarker,
} from '../../session/sign-out.ts'
import { redirect } from '../http/return-to.ts'
import { noCookie } from './authorization-problems.ts'

/** ms a person waits at most for vendors to take their tokens back; the rest goes on without them. */
const PATIENCE_MS = 2_500

export function sessionEndRoutes(context: Context): Router {
  const router = Router({ caseSensitive: true, strict: true })

  router.post('/session/end', async (req, res) => {
    if (!req.session) throw storeDown('no session')
    const owner = ownerIfAny(req)
    if (owner !== undefined) {
      await setSignedOutMarker(context.store, owner).catch(() => {}) // a full store takes no mark, and nothing of what is under way
      const { forgotten, revoked } = await disconnectAll(context, context.config.vendors, owner)
      const inTime = await Promise.race([revoked, wait(PATIENCE_MS, undefined, { ref: false })])
      req.log.info({ forgotten, revoked: inTime }, 'session.ended')
    }
    await destroySession(req)
    clearCookie(req, res)
    redirect(res, 303, '/campaigns')
  })

  return router
}

/** For what brought access: the person signed out meanwhile, and what was just kept is forgotten again. @throws Trouble */
export async function unlessSignedOut(
  context: Context,
  req: Request,
  owner: string,
): Promise<void> {
  if (!(await isSignedOut(context.store, owner))) return
  await (await disconnectAll(context, context.config.vendors, owner)).revoked
  await destroySession(req)
  throw noCookie()
}
