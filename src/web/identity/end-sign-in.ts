// Signing out of a session that a sign-in began: access to vendors stays the person's, on every other device too.
import type { Request, Response } from 'express'
import { z } from 'zod'
import type { Context } from '../../context.ts'
import { ownerHash } from '../../session/session.ts'
import { clearCookie, destroySession } from '../../session/sign-out.ts'
import { redirect } from '../http/return-to.ts'
import { idTokenKey } from './finish-sign-in.ts'

/** Ends the session here, then sends the browser to end the issuer's (RP-Initiated Logout), where that has a way. */
export async function endSignIn(context: Context, req: Request, res: Response): Promise<void> {
  const { owner = '', signIn } = req.session
  const opened = await context.sealer.open(idTokenKey(owner), signIn?.idToken ?? null)
  const { sessionID } = req
  await destroySession(req)
  await context.signedIn.forget(ownerHash(owner), sessionID).catch(() => {}) // the next sign-in finds it over
  clearCookie(req, res)
  req.log.info('signin.ended')
  const url = await context.signIn?.endUrl(z.string().safeParse(opened).data)
  redirect(res, 303, url ?? '/signin')
}
