// Sessions that this process has read or written: given at once to routes that prove them while they work, one wait less.
import session from 'express-session'

type Done = (error?: unknown) => void
type Read = (error?: unknown, data?: session.SessionData | null) => void

const REMEMBERED_MOST = 10_000

/** With `provesLater` a known session is given at once, with `proof`: whether the store still has the very same. */
export class RememberingStore extends session.Store {
  readonly #store: session.Store
  readonly #remembered: Map<string, session.SessionData>
  readonly #provesLater: boolean

  constructor(
    store: session.Store,
    remembered: Map<string, session.SessionData>,
    provesLater: boolean,
  ) {
    super()
    this.#store = store
    this.#remembered = remembered
    this.#provesLater = provesLater
  }

  override get(sid: string, done: Read): void {
    const known = this.#provesLater ? this.#remembered.get(sid) : undefined
    const current = this.#read(sid)
    if (!known) {
      current.then((data) => done(undefined, data), done)
      return
    }
    const proof = current.then((data) => isSame(known, data))
    proof.catch(() => {}) // whoever awaits it is told
    done(undefined, { ...known, proof })
  }

  async #read(sid: string): Promise<session.SessionData | null> {
    const data = await new Promise<session.SessionData | null>((resolve, reject) =>
      this.#store.get(sid, (error, found) => (error ? reject(error) : resolve(found ?? null))),
    )
    this.#remember(sid, data)
    return data
  }

  #remember(sid: string, data: session.SessionData | null) {
    if (this.#remembered.size >= REMEMBERED_MOST) this.#remembered.clear()
    if (data?.owner === undefined) this.#remembered.delete(sid)
    else this.#remembered.set(sid, data)
  }

  override set(sid: string, data: session.SessionData, done?: Done): void {
    this.#remembered.delete(sid)
    this.#store.set(sid, data, (error: unknown) => {
      if (!error) this.#remember(sid, plain(data))
      done?.(error)
    })
  }

  override touch(sid: string, data: session.SessionData, done?: Done): void {
    if (this.#store.touch) this.#store.touch(sid, data, done)
    else done?.()
  }

  override destroy(sid: string, done?: Done): void {
    this.#remembered.delete(sid)
    this.#store.destroy(sid, done)
  }
}

/** Without what belongs to the request it was changed in. */
function plain({ owner, connected, createdAt, cookie }: session.SessionData): session.SessionData {
  const { originalMaxAge, httpOnly, path, secure, sameSite } = cookie
  const attributes = { originalMaxAge, httpOnly, path, secure, sameSite }
  return { owner, connected, createdAt, cookie: attributes }
}

function isSame(one: session.SessionData, other: session.SessionData | null): boolean {
  return other !== null && one.owner === other.owner && one.connected === other.connected
}
