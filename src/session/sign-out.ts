// The end of a session: it is destroyed, its cookie cleared, and what was under way for it must not bring it back.
import type { Request, Response } from 'express'
import { storeDown } from '../errors.ts'
import type { Guard, Store } from '../store/store.ts'
import { cookieName, cookieOptions } from './session.ts'

/** Seconds for which what is under way at the end is told of it: longer than a link for an approval may be used. */
const REMEMBERED_SECONDS = 30 * 60

/** To be awaited before anything is forgotten: whoever stores something later finds it. */
export async function setSignedOutMarker(store: Store, owner: string): Promise<void> {
  await store.set(signedOutMarkerKey(owner), '1', {
    expiration: { type: 'EX', value: REMEMBERED_SECONDS },
  })
}

/** To be checked after something was stored: then it is to be forgotten again. */
export async function isSignedOut(store: Store, owner: string): Promise<boolean> {
  return (await store.get(signedOutMarkerKey(owner))) !== null
}

export function notSignedOut(owner: string): Guard {
  return { key: signedOutMarkerKey(owner), is: null }
}

/** @throws HttpProblem 503, the session then still holds */
export function destroySession(req: Request): Promise<void> {
  return new Promise((resolve, reject) =>
    req.session.destroy((error: unknown) => (error ? reject(storeDown(error)) : resolve())),
  )
}

/** @throws HttpProblem 503 */
export function destroySessionOf(req: Request, id: string): Promise<void> {
  return new Promise((resolve, reject) =>
    req.sessionStore.destroy(id, (error: unknown) =>
      error ? reject(storeDown(error)) : resolve(),
    ),
  )
}

export function clearCookie(req: Request, res: Response): void {
  res.clearCookie(cookieName(req.secure), cookieOptions(req.secure))
}

function signedOutMarkerKey(owner: string): string {
  return `ended:{${owner}}`
}
