// The end of a session: it is destroyed, its cookie cleared, and what was under way for it must not bring it back.
import type { Request, Response } from 'express'
import { storeDown } from '../errors.ts'
import type { Guard, Store } from '../store/store.ts'
import { cookieName, cookieOptions } from './session.ts'

/** Seconds for which what is under way at the end is told of it: longer than a link for an approval may be used. */
const REMEMBERED_SECONDS = 30 * 60

/** Set this marker before deleting tokens: writers that finish later check it. */
export async function setSignedOutMarker(store: Store, owner: string): Promise<void> {
  await store.set(signedOutMarkerKey(owner), '1', {
    expiration: { type: 'EX', value: REMEMBERED_SECONDS },
  })
}

/** Check this after storing something, and delete that again when it is true. */
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
