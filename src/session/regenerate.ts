// The session id changes once, when the first access is granted: an id that somebody planted is then worth nothing.
// Why, and what becomes of requests that were begun before: docs/decisions/046-what-a-planted-cookie-may-begin.md.
import type { Request } from 'express'
import type { SessionData } from 'express-session'
import { storeDown } from '../errors.ts'
import type { Store } from '../store/store.ts'
import { fingerprint } from '../store/stored-text.ts'
import { newId, ownerHash, save, sessionCookie } from './session.ts'

/** Seconds in which requests under way find the new session; a copy of a callback waits for 12 s. */
const PREVIOUS_SECONDS = 15

interface PreviousSession {
  owner: string
  next: string
  /** The fingerprint of `proof`, or 'none'. */
  proof: string
}

/**
 * To be called before the first access is stored. `proof`: what only a copy of this request has (state and code, or a
 * click value). Of parallel callbacks one names the new id. The old session is gone when this ends; where it could not
 * be deleted it is the browser's still, so that the next attempt deletes it. @throws HttpProblem 503
 */
export async function regenerateOnce(req: Request, store: Store, proof?: string): Promise<void> {
  const owner = req.session?.owner
  if (owner === undefined || req.session.connected) return
  const planted = req.sessionID
  const { cookie, createdAt = Date.now() } = req.session
  const data: SessionData = { cookie, owner, connected: true, createdAt }
  const fresh = newId()
  useSession(req, fresh, data)
  try {
    const previous = { owner: ownerHash(owner), next: fresh, proof }
    const [next] = await Promise.all([nameNext(req, store, previous), save(req)])
    if (next !== fresh) await follow(req, store, next, data)
    await store.del(`sess:${planted}`)
  } catch (error) {
    useSession(req, planted, { ...data, connected: false })
    throw error
  }
}

async function follow(req: Request, store: Store, next: string, data: SessionData): Promise<void> {
  const own = req.sessionID
  useSession(req, next, data)
  await Promise.all([save(req), store.del(`sess:${own}`)])
}

async function nameNext(
  req: Request,
  store: Store,
  { owner, next, proof }: Omit<PreviousSession, 'proof'> & { proof: string | undefined },
): Promise<string> {
  const cookie = sessionCookie(req)
  if (cookie === undefined) return next
  const key = previousSessionKey(cookie)
  const value = `${owner} ${next} ${proof === undefined ? 'none' : fingerprint(proof)}`
  const [found] = await store.step([{ set: key, value, ms: PREVIOUS_SECONDS * 1000, nx: true }])
  return read(found)?.next ?? next
}

/**
 * Gives the new session to a copy of the request that changed the id (a reload, a killed process): old cookie and
 * proof together do. Who planted the cookie knows the state, but never sees the code that the approval brought.
 */
export async function recoverRegeneratedSession(
  req: Request,
  store: Store,
  proof: string,
): Promise<void> {
  const known = await previousSession(req, store)
  if (known?.proof !== fingerprint(proof) || known.next === req.sessionID) return
  const data = await load(req, known.next)
  if (data?.owner) useSession(req, known.next, data)
}

/** The session that replaced this cookie's seconds ago. It proves nothing: anybody may have planted the cookie. */
export async function previousSession(
  req: Request,
  store: Store,
): Promise<PreviousSession | undefined> {
  const cookie = sessionCookie(req)
  return cookie === undefined ? undefined : read(await store.get(previousSessionKey(cookie)))
}

function read(text: string | null): PreviousSession | undefined {
  const [owner, next, proof] = text?.split(' ') ?? []
  return owner && next && proof ? { owner, next, proof } : undefined
}

function previousSessionKey(cookie: string): string {
  return `retired:${fingerprint(cookie)}`
}

function load(req: Request, id: string): Promise<SessionData | null | undefined> {
  return new Promise((resolve, reject) =>
    req.sessionStore.get(id, (error, data) => (error ? reject(storeDown(error)) : resolve(data))),
  )
}

function useSession(req: Request, id: string, data: SessionData) {
  req.sessionID = id
  req.sessionStore.createSession(req, { ...data })
}
