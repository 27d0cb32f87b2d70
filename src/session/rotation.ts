// The session id changes once, when the first access is granted: an id that somebody planted is then worth nothing.
import { createHash } from 'node:crypto'
import type { Request } from 'express'
import type { SessionData } from 'express-session'
import { storeDown } from '../errors.ts'
import type { Store } from '../store/store.ts'
import { cookieName, fileName, newId, save } from './session.ts'

/** Seconds for which callbacks that were under way at the change are helped on. */
const ROTATED_SECONDS = 60

/**
 * To be called before the first access is stored, with the state of the trip that brought it. Of callbacks that
 * arrive together one names the new id and the others follow. Owner and tokens stay.
 * @throws Trouble 503, the old session then still holds
 */
export async function rotateOnce(req: Request, store: Store, state?: string): Promise<void> {
  const owner = req.session?.owner
  if (owner === undefined || req.session.connected) return
  const planted = req.sessionID
  const data: SessionData = { cookie: req.session.cookie, owner, connected: true }
  const fresh = newId()
  const minute = { expiration: { type: 'EX' as const, value: ROTATED_SECONDS } }
  const rotated = `rotated:{${fileName(owner)}}`
  const first = await store.set(rotated, fresh, { ...minute, condition: 'NX', GET: true })
  become(req, first ?? fresh, data)
  try {
    const cookie = state === undefined ? undefined : sessionCookie(req)
    await Promise.all([
      save(req),
      cookie && state && store.set(movedKey(cookie, state), req.sessionID, minute),
      cookie && store.set(retiredKey(cookie), fileName(owner), minute),
    ])
  } catch (error) {
    become(req, planted, { ...data, connected: false })
    throw error
  }
  await store.del(`sess:${planted}`)
}

/**
 * For a copy of the callback that changed the id (a reload while it was being answered, a process killed before its
 * answer left): hands it the new one. Only the old cookie and that trip's state together do; somebody who planted the
 * cookie does not know the state.
 */
export async function rejoin(req: Request, store: Store, state: string): Promise<void> {
  const cookie = sessionCookie(req)
  const fresh = cookie === undefined ? null : await store.get(movedKey(cookie, state))
  if (fresh === null || fresh === req.sessionID) return
  const data = await load(req, fresh)
  if (data?.owner) become(req, fresh, data)
}

/** Whose the old cookie was, for other tabs' callbacks that come back with it: enough to end their trips, no session. */
export async function retiredOwner(req: Request, store: Store): Promise<string | undefined> {
  const cookie = sessionCookie(req)
  return cookie === undefined ? undefined : ((await store.get(retiredKey(cookie))) ?? undefined)
}

function movedKey(cookie: string, state: string): string {
  return `moved:${createHash('sha256').update(`${cookie}\n${state}`).digest('base64url')}`
}

function retiredKey(cookie: string): string {
  return `retired:${createHash('sha256').update(cookie).digest('base64url')}`
}

function sessionCookie(req: Request): string | undefined {
  const name = `${cookieName(req.secure)}=`
  return req.headers.cookie?.split('; ').find((one) => one.startsWith(name))
}

function load(req: Request, id: string): Promise<SessionData | null | undefined> {
  return new Promise((resolve, reject) =>
    req.sessionStore.get(id, (error, data) => (error ? reject(storeDown(error)) : resolve(data))),
  )
}

function become(req: Request, id: string, data: SessionData) {
  req.sessionID = id
  req.sessionStore.createSession(req, { ...data })
}
