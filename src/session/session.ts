// The browser session: express-session on our store, holding an owner id and nothing two requests both write.
import { randomBytes } from 'node:crypto'
import { RedisStore } from 'connect-redis'
import type { Request, RequestHandler } from 'express'
import session from 'express-session'
import { z } from 'zod'
import { storeDown } from '../errors.ts'
import { fingerprint } from '../store/fingerprint.ts'
import { parseJson } from '../store/json.ts'
import type { Store } from '../store/store.ts'
import { RememberingStore } from './remembering-store.ts'

declare module 'express-session' {
  interface SessionData {
    /** 256 random bits; everything of this person in the store is filed under its hash. */
    owner: string
    /** The session id was changed when the first access was granted. */
    connected: boolean
    /** ms since 1970. */
    createdAt: number
    /** Set while the session is taken from memory: whether it still stands, to be awaited before anything is done for it. */
    proof?: Promise<boolean>
  }
}

/** Seconds a session lives after it was last used. */
export const SESSION_SECONDS = 7 * 24 * 3600
const WRITE_EVERY_MS = 3600_000
const REMEMBERED_MOST = 10_000

export interface SessionSettings {
  secrets: string[]
  secure: boolean
  /** Days after which a session ends, however often it is used. */
  maxDays: number
  /** `GET /path`: requests whose route awaits `session.proof` itself, beside its own first step. */
  provedLater: RegExp
}

/** The name of the session cookie; `__Host-` ties it to this host and to https. */
export function cookieName(secure: boolean): string {
  return secure ? '__Host-campaign-sync' : 'campaign-sync'
}

/**
 * Session middleware. When the store cannot answer, a page is still served: `req.session` is then missing
 * and whoever needs it throws (`ownerOf`).
 */
export function sessions(
  store: Store,
  { secrets, secure, maxDays, provedLater }: SessionSettings,
): RequestHandler {
  const cookie = { httpOnly: true, sameSite: 'lax', secure, path: '/' } as const
  const sessionStore = new SessionStore(store, cookie, maxDays * 24 * 3600)
  const handlerOf = (store: session.Store) =>
    session({
      name: cookieName(secure),
      secret: secrets,
      resave: false,
      saveUninitialized: false,
      genid: newId,
      cookie,
      store,
    })
  const remembered = new Map()
  const usual = handlerOf(new RememberingStore(sessionStore, remembered, false))
  const quick = handlerOf(new RememberingStore(sessionStore, remembered, true))
  return (req, res, next) => {
    const handle = provedLater.test(`${req.method} ${req.path}`) ? quick : usual
    // PUBLIC_URL alone says whether this is https: no header does, and no cookie is left out behind a proxy.
    if (secure) Object.defineProperty(req, 'secure', { value: true })
    handle(req, res, (error?: unknown) => {
      if (error !== undefined && error !== null) req.log.warn({ err: error }, 'session.unavailable')
      next()
    })
  }
}

type Done = (error?: unknown) => void
type Read = (error?: unknown, data?: session.SessionData | null) => void

/**
 * connect-redis, writing a session that has not changed, or its time to live, at most once an hour. A session that is
 * older than `maxSeconds` is none.
 */
class SessionStore extends RedisStore {
  readonly #store: Store
  readonly #isOver: (data: Partial<session.SessionData>) => boolean
  /** What this process has written; the text is missing when only the time to live was. */
  readonly #written = new Map<string, { at: number; text?: string }>()

  constructor(store: Store, cookie: session.CookieOptions, maxSeconds: number) {
    const left = (createdAt: number) => maxSeconds - (Date.now() - createdAt) / 1000
    super({
      client: store,
      ttl: ({ createdAt = Date.now() }) => Math.ceil(Math.min(SESSION_SECONDS, left(createdAt))),
      serializer: ours(cookie),
    })
    this.#store = store
    this.#isOver = ({ createdAt = Date.now() }) => left(createdAt) <= 0
  }

  override async get(sid: string, done?: Read) {
    await super.get(sid, (error?: unknown, data?: session.SessionData | null) => {
      if (data && this.#isOver(data)) return done?.(error, null)
      if (data?.owner !== undefined && data.createdAt === undefined) this.#begin(sid, data)
      done?.(error, data)
    })
  }

  /** A session from before there was a limit counts from now. */
  #begin(sid: string, data: session.SessionData) {
    const before = toStored(data)
    data.createdAt = Date.now()
    const ttlMs = SESSION_SECONDS * 1000
    // Written only over what was read, as it may have been destroyed meanwhile. What fails is done by the next request.
    this.#store.compareAndSet(`sess:${sid}`, before, toStored(data), ttlMs).catch(() => {})
  }

  override async set(sid: string, data: session.SessionData, done?: Done) {
    const text = JSON.stringify(data)
    if (this.#recently(sid)?.text === text) return done?.()
    await super.set(sid, data, (error: unknown) => {
      if (!error) this.#remember(sid, text)
      done?.(error)
    })
  }

  override async touch(sid: string, data: session.SessionData, done?: Done) {
    if (this.#recently(sid)) return done?.()
    this.#remember(sid)
    await super.touch(sid, data, done)
  }

  override async destroy(sid: string, done?: Done) {
    this.#written.delete(sid)
    await super.destroy(sid, done)
  }

  #recently(sid: string) {
    const written = this.#written.get(sid)
    return written && Date.now() - written.at < WRITE_EVERY_MS ? written : undefined
  }

  #remember(sid: string, text?: string) {
    if (this.#written.size >= REMEMBERED_MOST) this.#written.clear()
    this.#written.set(sid, { at: Date.now(), ...(text !== undefined && { text }) })
  }
}

/**
 * Only what is ours is stored: the cookie's attributes follow from the settings. A stored session that is not what
 * we wrote counts as one that holds nothing.
 */
function ours(cookie: session.CookieOptions) {
  return {
    stringify: toStored,
    parse: (text: string) => {
      const attributes = { ...cookie, originalMaxAge: null }
      const fields = storedSchema.safeParse(parseJson(text)).data
      return { ...fields, cookie: attributes } as session.SessionData // express-session makes a Cookie of them
    },
  }
}

function toStored({ owner, connected, createdAt }: session.SessionData): string {
  return JSON.stringify({ owner, connected, createdAt })
}

const storedSchema = z.object({
  owner: z.string(),
  connected: z.boolean().optional(),
  createdAt: z.number().optional(),
})

/**
 * A double click before there is any cookie makes two sessions: for a minute one click makes one owner. `click` is the
 * random value of a button we rendered, which nobody else has seen.
 */
async function ownerOfClick(store: Store, click: string): Promise<string> {
  const owner = newId()
  const key = `first:${fingerprint(click)}`
  return (
    (await store.set(key, owner, {
      expiration: { type: 'EX', value: 60 },
      condition: 'NX',
      GET: true,
    })) ?? owner
  )
}

/** What this person's keys in the store are filed under, or undefined when there is no session yet. */
export function ownerIfAny(req: Request): string | undefined {
  return req.session?.owner === undefined ? undefined : ownerHash(req.session.owner)
}

/** The owner of this request; one without a session gets one, saved before this ends. @throws HttpProblem 503 */
export async function ownerOf(req: Request): Promise<string> {
  const { owner, saved } = await ownerOfPress(req)
  await saved
  return owner
}

/**
 * The owner of a press, while a new session is still being saved: `saved` is to be awaited before the response leaves.
 * @throws HttpProblem 503, and `saved` rejects with it
 */
export async function ownerOfPress(
  req: Request,
  first?: { store: Store; click: string | undefined },
): Promise<{ owner: string; saved: Promise<void> }> {
  if (!req.session) throw storeDown('no session')
  if (req.session.owner !== undefined)
    return { owner: ownerHash(req.session.owner), saved: Promise.resolve() }
  const owner = first?.click === undefined ? newId() : await ownerOfClick(first.store, first.click)
  Object.assign(req.session, { owner, createdAt: Date.now() })
  const saved = save(req)
  saved.catch(() => {}) // whoever awaits it is told
  return { owner: ownerHash(owner), saved }
}

/** Whether the session still stands, where it was taken from memory; else its request is to be sent again. */
export async function sessionStands(req: Request): Promise<boolean> {
  return (await req.session?.proof) ?? true
}

/** Saves the session now. @throws Trouble 503 */
export function save(req: Request): Promise<void> {
  return new Promise((resolve, reject) =>
    req.session.save((error: unknown) => (error ? reject(storeDown(error)) : resolve())),
  )
}

/** A session id or owner: 256 random bits. */
export function newId(): string {
  return randomBytes(32).toString('base64url')
}

/** What an owner's keys are filed under. */
export function ownerHash(owner: string): string {
  return fingerprint(owner)
}
