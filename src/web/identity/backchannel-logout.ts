// The issuer says that a session of its own has ended, and those here that came of it do too.
import type { Request, Response } from 'express'
import type { Context } from '../../context.ts'
import { badRequest } from '../../errors.ts'
import { InvalidLogoutToken, type Logout } from '../../identity/logout-token.ts'
import type { SignIn } from '../../identity/provider.ts'
import { ownerHash } from '../../session/session.ts'
import { formField } from '../http/bodies.ts'
import { limitedByAddress } from '../http/rate-limit.ts'
import { ownerOfPerson } from './finish-sign-in.ts'
import { issuerAway } from './problems.ts'

/** Tokens a minute from one address that are none; good ones have no limit, as one issuer signs out everybody. */
const WRONG_MOST = 60

/** Gives the handler. It says 200 when all that was meant has ended, and 400 for what is not to be believed. */
export function logoutReceiver() {
  const limitWrong = limitedByAddress(WRONG_MOST)

  return async (context: Context, signIn: SignIn, req: Request, res: Response): Promise<void> => {
    const logout = await readLogout(signIn, req, formField(req, 'logout_token') ?? '')
    if (logout && (await context.signedIn.useOnce(logout)))
      return endSessions(context, req, res, logout)
    await new Promise<void>((resolve, reject) =>
      limitWrong(req, res, (error) => (error ? reject(error) : resolve())),
    )
    throw badRequest('This is no logout token of the issuer, or it was used before.')
  }
}

/** Undefined for what is not to be believed. @throws HttpProblem 503 while the issuer's keys cannot be had */
async function readLogout(
  signIn: SignIn,
  { log }: Request,
  token: string,
): Promise<Logout | undefined> {
  try {
    return await signIn.readLogout(token)
  } catch (error) {
    if (!(error instanceof InvalidLogoutToken)) throw issuerAway(error)
    log.warn({ err: error }, 'signin.logout-refused')
    return undefined
  }
}

async function endSessions(
  { audit, signedIn }: Context,
  req: Request,
  res: Response,
  logout: Logout,
): Promise<void> {
  const { issuer } = logout
  const ownerOf = (subject: string) => ownerHash(ownerOfPerson({ issuer, subject }))
  try {
    const sessions = await signedIn.endMeant(logout, ownerOf)
    const about = { sessions: String(sessions) }
    await audit?.add({ who: 'the issuer', action: 'signin.ended', about })
    req.log.info({ sessions }, 'signin.ended-by-issuer')
  } catch (error) {
    await signedIn.useAgain(logout).catch(() => {}) // it comes with another id then
    throw error
  }
  res.status(200).end()
}
