// The two stores under express-session: one writes seldom and ends what is too old, one remembers and proves later.
import { RedisStore } from 'connect-redis'
import session from 'express-session'
import { z } from 'zod'
import { ROLES } from '../identity/identity.ts'
import { BoundedMap } from '../store/bounded-map.ts'
import type { Store } from '../store/store.ts'
import { parseJson } from '../store/stored-text.ts'

/** Seconds a session lives after it was last used. */
export const SESSION_SECONDS = 7 * 24 * 3600
const WRITE_EVERY_MS = 3600_000
export const REMEMBERED_MOST = 10_000
/** Texts of sessions whose fields are remembered. */
const READ_MOST = 1_000

type Done = (error?: unknown) => void
type Read = (error?: unknown, data?: session.SessionData | null) => void

/** Writes an unchanged session, or its time to live, at most once an hour. One older than `maxSeconds` is none. */
export class SessionStore extends RedisStore {
  readonly #store: Store
  readonly #isOver: (data: Partial<session.SessionData>) => boolean
  readonly #written = new BoundedMap<string, { at: number; text?: string }>(REMEMBERED_MOST)

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
    const key = `sess:${sid}`
    const set = { set: key, value: toStored(data), ms: SESSION_SECONDS * 1000 }
    // Written only over what was read, as it may have been destroyed meanwhile. What fails is done by the next request.
    this.#store.stepIf([{ key, is: before }], [set]).catch(() => {})
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

  isWrittenLately(sid: string): boolean {
    return this.#recently(sid) !== undefined
  }

  #recently(sid: string) {
    const written = this.#written.get(sid)
    return written && Date.now() - written.at < WRITE_EVERY_MS ? written : undefined
  }

  #remember(sid: string, text?: string) {
    this.#written.set(sid, { at: Date.now(), ...(text !== undefined && { text }) })
  }
}

/** The cookie follows from the settings and is not stored. A stored session that we did not write holds nothing. */
function ours(cookie: session.CookieOptions) {
  const read = new BoundedMap<string, z.infer<typeof storedSchema>>(READ_MOST)
  return {
    stringify: toStored,
    parse: (text: string) => {
      const attributes = { ...cookie, originalMaxAge: null }
      const fields = read.get(text) ?? storedSchema.safeParse(parseJson(text)).data
      if (fields) read.set(text, fields)
      return { ...fields, cookie: attributes } as session.SessionData // express-session makes a Cookie of them
    },
  }
}

function toStored({ owner, connected, createdAt, signIn }: session.SessionData): string {
  return JSON.stringify({ owner, connected, createdAt, signIn })
}

const storedSchema = z.object({
  owner: z.string(),
  connected: z.boolean().optional(),
  createdAt: z.number().optional(),
  signIn: z
    .object({
      name: z.string(),
      roles: z.array(z.enum(ROLES)),
      at: z.number(),
      endsAt: z.number(),
      sid: z.string().optional(),
      idToken: z.string().optional(),
    })
    .optional(),
})

/** Remembers sessions, so that a request may begin with the one it had before. */
export class RememberingStore extends session.Store {
  readonly #store: SessionStore
  readonly #remembered = new BoundedMap<string, session.SessionData>(REMEMBERED_MOST)

  constructor(store: SessionStore) {
    super()
    this.#store = store
  }

  /** A session as it was last seen, with `sessionCheck`: whether the store still has the very same. */
  recall(sid: string): session.SessionData | undefined {
    const known = this.#store.isWrittenLately(sid) ? this.#remembered.get(sid) : undefined
    if (!known) return undefined
    const sessionCheck = this.#read(sid).then((data) => isSame(known, data))
    sessionCheck.catch(() => {}) // whoever awaits it is told
    return { ...known, sessionCheck }
  }

  override get(sid: string, done: Read): void {
    this.#read(sid).then((data) => done(undefined, data), done)
  }

  async #read(sid: string): Promise<session.SessionData | null> {
    const data = await new Promise<session.SessionData | null>((resolve, reject) =>
      this.#store.get(sid, (error, found) => (error ? reject(error) : resolve(found ?? null))),
    )
    this.#remember(sid, data)
    return data
  }

  #remember(sid: string, data: session.SessionData | null) {
    if (data?.owner === undefined) this.#remembered.delete(sid)
    else this.#remembered.set(sid, data)
  }

  override set(sid: string, data: session.SessionData, done?: Done): void {
    this.#remembered.delete(sid)
    void this.#store.set(sid, data, (error: unknown) => {
      if (!error) this.#remember(sid, plain(data))
      done?.(error)
    })
  }

  override touch(sid: string, data: session.SessionData, done?: Done): void {
    void this.#store.touch(sid, data, done)
  }

  override destroy(sid: string, done?: Done): void {
    this.#remembered.delete(sid)
    void this.#store.destroy(sid, done)
  }
}

function plain({
  owner,
  connected,
  createdAt,
  signIn,
  cookie,
}: session.SessionData): session.SessionData {
  const { originalMaxAge, httpOnly, path, secure, sameSite } = cookie
  const attributes = { originalMaxAge, httpOnly, path, secure, sameSite }
  return { owner, connected, createdAt, ...(signIn && { signIn }), cookie: attributes }
}

function isSame(one: session.SessionData, other: session.SessionData | null): boolean {
  return (
    other !== null &&
    one.owner === other.owner &&
    one.connected === other.connected &&
    one.signIn?.at === other.signIn?.at
  )
}
