// The browser session: express-session on our store, holding an owner id and nothing two requests both write.
import { unsign } from 'cookie-signature'
import type { Request, RequestHandler, Response } from 'express'
import session from 'express-session'
import { storeDown } from '../errors.ts'
import type { Identity, Role } from '../identity/identity.ts'
import { randomText } from '../random.ts'
import { BoundedMap } from '../store/bounded-map.ts'
import type { Store } from '../store/store.ts'
import { fingerprint } from '../store/stored-text.ts'
import { REMEMBERED_MOST, RememberingStore, SessionStore } from './session-store.ts'

/** What a session knows of the person who has signed in. */
export interface StoredSignIn {
  name: string
  roles: Role[]
  /** ms since 1970: since when, and until when. */
  at: number
  endsAt: number
  /** The issuer's own session. */
  sid?: string | undefined
  /** Sealed; to end the issuer's session with. */
  idToken?: string | undefined
}

declare module 'express-serve-static-core' {
  interface Request {
    identity?: Identity
  }
}

declare module 'express-session' {
  interface SessionData {
    /** 256 random bits; its hash is what the store files this person under. */
    owner: string
    /** The session id was changed when the first access was granted. */
    connected: boolean
    /** ms since 1970. */
    createdAt: number
    /** Missing for a session that was begun without a sign-in. */
    signIn?: StoredSignIn
    /** Set when the session was taken from memory: whether the store still has it. */
    sessionCheck?: Promise<boolean>
  }
}

interface SessionSettings {
  secrets: string[]
  secure: boolean
  /** A session ends after so many days, however often it is used. */
  maxDays: number
  /** `GET /path`: requests whose route awaits `session.sessionCheck` itself, beside its own first step. */
  checkedLater: RegExp
}

/** `__Host-` ties it to this host and to https. */
export function cookieName(secure: boolean): string {
  return secure ? '__Host-campaign-sync' : 'campaign-sync'
}

export function cookieOptions(secure: boolean) {
  return { httpOnly: true, sameSite: 'lax', secure, path: '/' } as const
}

/** Session middleware. When the store is down `req.session` is missing, pages still work, and `ownerOf` throws. */
export function sessions(
  store: Store,
  { secrets, secure, maxDays, checkedLater }: SessionSettings,
): RequestHandler {
  const cookie = cookieOptions(secure)
  const remembering = new RememberingStore(new SessionStore(store, cookie, maxDays * 24 * 3600))
  const handle = session({
    name: cookieName(secure),
    secret: secrets,
    resave: false,
    saveUninitialized: false,
    genid: newId,
    cookie,
    store: remembering,
  })
  const { recall, learn } = createRecall(remembering, secrets)
  return (req, res, next) => {
    // PUBLIC_URL alone says whether this is https: no header does, and no cookie is left out behind a proxy.
    if (secure) Object.defineProperty(req, 'secure', { value: true })
    if (checkedLater.test(`${req.method} ${req.path}`) && recall(req)) return next()
    res.once('finish', () => learn(req, res))
    handle(req, res, (error?: unknown) => {
      if (error !== undefined && error !== null) req.log.warn({ err: error }, 'session.unavailable')
      next()
    })
  }
}

/** Sessions from memory, by cookies whose signature this process has made or verified. */
function createRecall(store: RememberingStore, secrets: string[]) {
  const signed = new BoundedMap<string, string>(REMEMBERED_MOST)

  return {
    /**
     * Gives a request the session that is remembered for its cookie, with `sessionCheck`, and says whether there was one.
     * It spares what express-session does around a response: such a session was written within the hour and is not changed.
     */
    recall(req: Request): boolean {
      const cookie = sessionCookie(req)
      if (cookie === undefined) return false
      const id = signed.get(cookie) ?? sessionIdOf(cookie, secrets)
      const data = id === undefined ? undefined : store.recall(id)
      if (id === undefined || !data) return false
      signed.set(cookie, id)
      Object.assign(req, { sessionID: id, sessionStore: store })
      store.createSession(req, data)
      return true
    },

    /** Notes the cookie that express-session has set with this response. */
    learn(req: Request, res: Response): void {
      const ours = `${cookieName(req.secure)}=s%3A${req.sessionID}.`
      const lines = [res.getHeader('set-cookie') ?? []].flat().map(String)
      const [cookie] = lines.find((line) => line.startsWith(ours))?.split(';') ?? []
      if (cookie !== undefined) signed.set(cookie, req.sessionID)
    },
  }
}

/** `name=value` of the session's cookie as the browser sent it. */
export function sessionCookie(req: Request): string | undefined {
  const name = `${cookieName(req.secure)}=`
  return req.headers.cookie?.split('; ').find((one) => one.startsWith(name))
}

/** The id in such a cookie, as express-session writes it; undefined when none of our secrets has signed it. */
function sessionIdOf(cookie: string, secrets: string[]): string | undefined {
  const [, signed] = /=s%3A([\w-]+\.(?:\w|%2B|%2F)+)$/.exec(cookie) ?? []
  if (signed === undefined) return undefined
  const id = secrets.map((secret) => unsign(decodeURIComponent(signed), secret)).find(Boolean)
  return id || undefined
}

export function ownerIfAny(req: Request): string | undefined {
  if (req.identity?.owner !== undefined) return req.identity.owner
  if (req.identity?.roles.length === 0) return undefined // nobody is signed in
  return req.session?.owner === undefined ? undefined : ownerHash(req.session.owner)
}

/** Makes and saves a session for a request without one. @throws HttpProblem 503 */
export async function ownerOf(req: Request): Promise<string> {
  const known = ownerIfAny(req)
  if (known !== undefined) return known
  const owner = newId()
  await saveOwner(req, owner)
  return ownerHash(owner)
}

interface Presser {
  owner: string
  /** Await it before responding. */
  saved?: Promise<void>
  /** Await it before acting for this owner: false when they are another. */
  sessionCheck?: Promise<boolean>
}

/**
 * As `ownerOf`, without waiting for the store. The two requests of a double click before there is any cookie get one owner:
 * for the second `sessionCheck` is false, and repeated it has the owner of the first. @throws HttpProblem 503
 */
export function ownerOfPress(req: Request, store: Store, click: string | undefined): Presser {
  const known = ownerIfAny(req)
  if (known !== undefined) return { owner: known, sessionCheck: req.session?.sessionCheck }
  const owner = newId()
  const saved = saveOwner(req, owner)
  const sessionCheck = click === undefined ? undefined : isFirst(req, store, click, owner)
  for (const one of [saved, sessionCheck]) one?.catch(() => {}) // whoever awaits it is told
  return { owner: ownerHash(owner), saved, sessionCheck }
}

function saveOwner(req: Request, owner: string): Promise<void> {
  if (!req.session) throw storeDown('no session')
  Object.assign(req.session, { owner, createdAt: Date.now() })
  return save(req)
}

/** Uses the random click value of a button that this app rendered. */
async function isFirst(req: Request, store: Store, click: string, owner: string): Promise<boolean> {
  const set = { set: `first:${fingerprint(click)}`, value: owner, ms: 60_000, nx: true }
  const [other] = await store.step([set])
  if (other !== null) await saveOwner(req, other)
  return other === null
}

/** The request came with a session that has ended, or was replaced, meanwhile: it is to be sent again. */
export class SessionReplaced extends Error {}

/** Awaits the `sessionCheck` of a session taken from memory. @throws SessionReplaced, or as the store does */
export async function awaitSessionCheck(sessionCheck: Promise<boolean> | undefined): Promise<void> {
  if ((await sessionCheck) === false) throw new SessionReplaced('the session stands no more')
}

/** False when a session taken from memory has ended: the request is to be sent again. */
export async function sessionStands(req: Request): Promise<boolean> {
  return (await req.session?.sessionCheck) ?? true
}

/**
 * Begins the session of somebody who has signed in, under a new id: one that was planted is worth nothing, and what a
 * browser did before is not theirs. @throws HttpProblem 503
 */
export async function beginSignedIn(
  req: Request,
  owner: string,
  signIn: StoredSignIn,
): Promise<void> {
  if (!req.session) throw storeDown('no session')
  await new Promise<void>((resolve, reject) =>
    req.session.regenerate((error: unknown) => (error ? reject(storeDown(error)) : resolve())),
  )
  Object.assign(req.session, { owner, connected: true, createdAt: signIn.at, signIn })
  await save(req)
}

/** @throws HttpProblem 503 */
export function save(req: Request): Promise<void> {
  return new Promise((resolve, reject) =>
    req.session.save((error: unknown) => (error ? reject(storeDown(error)) : resolve())),
  )
}

export function newId(): string {
  return randomText()
}

export function ownerHash(owner: string): string {
  return fingerprint(owner)
}
