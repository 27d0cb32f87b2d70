// Sign-ins in the store: those under way, and whose sessions came of them, so that the issuer or fewer roles end them.
import { z } from 'zod'
import type { Sealer } from '../store/seal.ts'
import type { Store } from '../store/store.ts'
import { fingerprint } from '../store/stored-text.ts'
import { LOGOUT_TOKEN_SECONDS, type Logout } from './logout-token.ts'

export const SIGN_IN_SECONDS = 600

const requestSchema = z.object({
  nonce: z.string(),
  verifier: z.string(),
  /** The page of ours to come back to: path and query. */
  page: z.string(),
})

export type StoredSignInRequest = z.infer<typeof requestSchema>

/** Filed under the browser that began it (a cookie of its own) and its state: nobody else can finish it. */
export function createSignInRequests(store: Store, sealer: Sealer) {
  const keyOf = (browser: string, state: string) =>
    `signin:${fingerprint(browser)}:${fingerprint(state)}`

  return {
    async create(browser: string, state: string, request: StoredSignInRequest): Promise<void> {
      const key = keyOf(browser, state)
      const expiration = { type: 'EX' as const, value: SIGN_IN_SECONDS }
      await store.set(key, await sealer.seal(key, request), { expiration })
    },

    /** Undefined for one that this browser did not begin, that was used already, or that is too old. */
    async consume(browser: string, state: string): Promise<StoredSignInRequest | undefined> {
      const key = keyOf(browser, state)
      return requestSchema.safeParse(await sealer.open(key, await store.getDel(key))).data
    },
  }
}

/** Of one person; with a further one the oldest ends. */
const SESSIONS_MOST = 50
/** For so long a sign-in that was under way finds that its session of the issuer has ended. */
const ENDED_MS = 60_000
/** Beside the owners who have sessions of it. */
const ENDED = 'ended'
/** No session here lives longer. */
const KEPT_SECONDS = 31 * 24 * 3600

const signedInSchema = z.object({
  /** The id of the session here, by which its cookie could be made: sealed, as what is stored is. */
  session: z.string(),
  /** The issuer's own session. */
  sid: z.string().optional(),
  /** ms since 1970: since when, and until when. */
  at: z.number(),
  endsAt: z.number(),
})
type SignedIn = z.infer<typeof signedInSchema>

export function createSignedIn(store: Store, sealer: Sealer) {
  async function list(owner: string): Promise<SignedIn[]> {
    const key = listOf(owner)
    const all = Object.values(await store.hGetAll(key))
    const opened = await Promise.all(all.map((text) => sealer.open(key, text)))
    return opened.flatMap((one) => signedInSchema.safeParse(one).data ?? [])
  }

  async function end(owner: string, sessions: string[]): Promise<number> {
    if (sessions.length === 0) return 0
    const ended = await store.del(sessions.map((session) => `sess:${session}`))
    await store.hDel(listOf(owner), sessions.map(fingerprint))
    return ended
  }

  return {
    /** To be called when the session is stored. False when the issuer has ended its own session meanwhile. */
    async note(owner: string, about: SignedIn): Promise<boolean> {
      const key = listOf(owner)
      const sealed = await sealer.seal(key, about)
      await store.hSet(key, fingerprint(about.session), sealed, KEPT_SECONDS)
      await end(owner, surplusOf(await list(owner)))
      return about.sid === undefined || noteSid(store, about.sid, owner)
    },

    /** Ends what the issuer has ended; gives how many sessions that were. `ownerOfSubject`: whose things are filed where. */
    async endMeant(logout: Logout, ownerOfSubject: (subject: string) => string): Promise<number> {
      const { subject, sid } = logout
      const known = sid === undefined ? [] : await endSid(store, sid)
      const owners = subject === undefined ? known : [ownerOfSubject(subject)]
      let ended = 0
      for (const owner of owners) {
        // One of which we do not know which session of the issuer it is of may be of this one.
        const isMeant = (one: SignedIn) => sid === undefined || (one.sid ?? sid) === sid
        const meant = (await list(owner)).filter(isMeant).map(({ session }) => session)
        ended += await end(owner, meant)
      }
      return ended
    },

    /** Ends all that this person has. */
    async endAll(owner: string): Promise<void> {
      await end(
        owner,
        (await list(owner)).map(({ session }) => session),
      )
    },

    /** The session has ended in another way. */
    forget: (owner: string, session: string) => store.hDel(listOf(owner), fingerprint(session)),

    ...createLogoutUses(store),
  }
}

/** Those that are over by themselves, and the oldest beyond the most. */
function surplusOf(known: SignedIn[]): string[] {
  const isOver = ({ endsAt }: SignedIn, index: number) =>
    endsAt <= Date.now() || index >= SESSIONS_MOST
  return known
    .sort((a, b) => b.at - a.at)
    .filter(isOver)
    .map(({ session }) => session)
}

/** Whose sessions are of this one of the issuer, which from now on has ended. */
async function endSid(store: Store, sid: string): Promise<string[]> {
  const key = keyOfSid(sid)
  const [owners] = await store.step([
    { hGetAll: key },
    { del: key },
    { hSet: key, fields: { [ENDED]: '1' }, ms: ENDED_MS },
  ])
  return Object.keys(owners).filter((owner) => owner !== ENDED)
}

/** Files the owner under this session of the issuer. False when the issuer has ended it meanwhile. */
async function noteSid(store: Store, sid: string, owner: string): Promise<boolean> {
  const key = keyOfSid(sid)
  const [ended] = await store.hMGet(key, [ENDED])
  if (ended === '1') return false
  const [, [since]] = await store.step([
    { hSet: key, fields: { [owner]: '1' }, ms: KEPT_SECONDS * 1000 },
    { hMGet: key, fields: [ENDED] },
  ])
  return since !== '1'
}

/** A logout token counts once. */
function createLogoutUses(store: Store) {
  return {
    /** False when this token was used before. */
    async useOnce(logout: Logout): Promise<boolean> {
      const expiration = { type: 'EX' as const, value: 2 * LOGOUT_TOKEN_SECONDS }
      const set = await store.set(keyOfToken(logout), '1', { condition: 'NX', expiration })
      return set !== null
    },

    /** What it asked for could not be done: it counts when it comes again. */
    useAgain: (logout: Logout) => store.del(keyOfToken(logout)),
  }
}

function listOf(owner: string): string {
  return `signedin:{${owner}}`
}

function keyOfSid(sid: string): string {
  return `sid:${fingerprint(sid)}`
}

function keyOfToken({ id }: Logout): string {
  return `logout:${fingerprint(id)}`
}
