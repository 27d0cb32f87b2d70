// The session id changes once, when the first access is granted: an id that somebody planted is then worth nothing.
import type { Request } from 'express'
import type { SessionData } from 'express-session'
import { storeDown } from '../errors.ts'
import { fingerprint } from '../store/fingerprint.ts'
import type { Store } from '../store/store.ts'
import { cookieName, newId, ownerHash, save } from './session.ts'

/** Seconds for which callbacks that were under way at the change are helped on. */
const PREVIOUS_SECONDS = 60

/** What is known of a cookie that was replaced. */
interface PreviousSession {
  owner: string
  /** The session id that came after it. */
  next: string
  /** Hash of the state of the trip whose callback made the change, or of the form's click; 'none' without one. */
  state: string
}

/**
 * To be called before the first access is stored, with the state of the trip that brought it. Of callbacks that
 * arrive together one names the new id and the others follow. Owner and tokens stay.
 * @throws Trouble 503, the old session then still holds
 */
export async function regenerateOnce(req: Request, store: Store, state?: string): Promise<void> {
  const owner = req.session?.owner
  if (owner === undefined || req.session.connected) return
  const planted = req.sessionID
  const data: SessionData = { cookie: req.session.cookie, owner, connected: true }
  useSession(req, await nextId(req, store, ownerHash(owner), state), data)
  try {
    await save(req)
  } catch (error) {
    useSession(req, planted, { ...data, connected: false })
    throw error
  }
  await store.del(`sess:${planted}`)
}

/** The id that follows this request's cookie: a new one, or the one another callback has named already. */
async function nextId(req: Request, store: Store, owner: string, state?: string): Promise<string> {
  const fresh = newId()
  const cookie = sessionCookie(req)
  if (cookie === undefined) return fresh
  const previous = await store.set(
    previousSessionKey(cookie),
    `${owner} ${fresh} ${state === undefined ? 'none' : fingerprint(state)}`,
    {
      expiration: { type: 'EX', value: PREVIOUS_SECONDS },
      condition: 'NX',
      GET: true,
    },
  )
  return read(previous)?.next ?? fresh
}

/**
 * For a copy of the callback that changed the id (a reload while it was being answered, a process killed before its
 * answer left): hands it the new one. Only the old cookie and that trip's state together do; somebody who planted the
 * cookie does not know the state. A form's click is as good as a state.
 */
export async function recoverRegeneratedSession(
  req: Request,
  store: Store,
  state: string,
): Promise<void> {
  const known = await previousSession(req, store)
  if (known?.state !== fingerprint(state) || known.next === req.sessionID) return
  const data = await load(req, known.next)
  if (data?.owner) useSession(req, known.next, data)
}

/** Whose the old cookie was, for other tabs' callbacks that come back with it: enough to end their trips, no session. */
export async function previousSessionOwner(
  req: Request,
  store: Store,
): Promise<string | undefined> {
  return (await previousSession(req, store))?.owner
}

async function previousSession(req: Request, store: Store): Promise<PreviousSession | undefined> {
  const cookie = sessionCookie(req)
  return cookie === undefined ? undefined : read(await store.get(previousSessionKey(cookie)))
}

function read(text: string | null): PreviousSession | undefined {
  const [owner, next, state] = text?.split(' ') ?? []
  return owner && next && state ? { owner, next, state } : undefined
}

function previousSessionKey(cookie: string): string {
  return `retired:${fingerprint(cookie)}`
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

function useSession(req: Request, id: string, data: SessionData) {
  req.sessionID = id
  req.sessionStore.createSession(req, { ...data })
}
