// The session id changes once, when the first access is granted: an id that somebody planted is then worth nothing.
import { createHash } from 'node:crypto'
import type { Request } from 'express'
import type { SessionData } from 'express-session'
import { storeDown } from '../errors.ts'
import type { Store } from '../store/store.ts'
import { cookieName, fileName, newId, ownerIfAny, save } from './session.ts'

/** Seconds for which copies of a callback that changed the session id are helped on. */
const ROTATED_SECONDS = 60

/**
 * To be called before the first access is stored. Of callbacks that arrive together one names the new id and the others follow. Owner and tokens stay.
 * @throws Trouble 503, the old session then still holds
 */
export async function rotateOnce(req: Request, store: Store): Promise<void> {
  const owner = req.session?.owner
  if (owner === undefined || req.session.connected) return
  const planted = req.sessionID
  const data: SessionData = { cookie: req.session.cookie, owner, connected: true }
  const fresh = newId()
  const minute = { type: 'EX' as const, value: ROTATED_SECONDS }
  const first = await store.set(rotatedKey(fileName(owner)), fresh, {
    expiration: minute,
    condition: 'NX',
    GET: true,
  })
  become(req, first ?? fresh, data)
  try {
    await save(req)
    const moved = movedKey(req)
    if (moved !== undefined) await store.set(moved, req.sessionID, { expiration: minute })
  } catch (error) {
    become(req, planted, { ...data, connected: false })
    throw error
  }
  await store.del(`sess:${planted}`)
}

/**
 * For a callback that still comes with the old session id (tabs that came back together, a reload while the first
 * copy was being answered, a process killed before its answer left): hands it the new one. The old id alone opens
 * nothing: `isTheirs` has to know the callback's trip as one of the new session's owner.
 */
export async function rejoin(
  req: Request,
  store: Store,
  isTheirs: (owner: string) => Promise<boolean>,
): Promise<void> {
  const known = ownerIfAny(req)
  const key = known === undefined ? movedKey(req) : rotatedKey(known)
  const fresh = key === undefined ? null : await store.get(key)
  if (fresh === null || fresh === req.sessionID) return
  const data = await load(req, fresh)
  if (data?.owner && (known !== undefined || (await isTheirs(fileName(data.owner))))) become(req, fresh, data)
}

function rotatedKey(owner: string): string {
  return `rotated:{${owner}}`
}

function movedKey(req: Request): string | undefined {
  const name = `${cookieName(req.secure)}=`
  const cookie = req.headers.cookie?.split('; ').find((one) => one.startsWith(name))
  return cookie && `moved:${createHash('sha256').update(cookie).digest('base64url')}`
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
