// The session cache: access tokens per (owner, vendor, subject), sealed, gone by themselves at their own end.
import { z } from 'zod'
import type { TokenSet } from '../oauth/token.ts'
import { SESSION_SECONDS } from '../session/session.ts'
import { parseJson } from '../store/json.ts'
import type { Sealer } from '../store/seal.ts'
import type { Store } from '../store/store.ts'
import { createRenewals } from './refresh-tokens.ts'
import { fieldOf, type TokenPlace } from './token-key.ts'

const tokenSchema = z.object({
  accessToken: z.string().min(1),
  /** ms since 1970, as all times here. */
  obtainedAt: z.number(),
  endsAt: z.number(),
  scope: z.string().optional(),
  account: z.object({ id: z.string(), name: z.string() }).optional(),
  /** What the vendor said on the way, for the `vars` of its file. */
  values: z.record(z.string(), z.string()).optional(),
})

export type Token = z.infer<typeof tokenSchema>
/** Who approved at the vendor. */
export type Account = NonNullable<Token['account']>

/** A token as it lies in the cache; `sealed` is what compare-and-delete compares. */
export interface CachedToken extends Token {
  sealed: string
}

export type { TokenPlace } from './token-key.ts'

export type Tokens = ReturnType<typeof createTokens>

/** The cache. A token that is missing, ended or unreadable is a miss, never an error; store errors reject. */
export function createTokens(store: Store, sealer: Sealer) {
  const renewals = createRenewals(store, sealer)
  const keyOf = (place: TokenPlace) => `tok:{${place.owner}}:${fieldOf(place)}`

  async function get(place: TokenPlace): Promise<CachedToken | undefined> {
    const key = keyOf(place)
    const sealed = await store.get(key)
    const { data } = tokenSchema.safeParse(await sealer.open(key, sealed))
    return sealed !== null && data && data.endsAt > Date.now() ? { ...data, sealed } : undefined
  }

  /** Takes it off the list, unless it can still be renewed. */
  async function unlist(place: TokenPlace): Promise<void> {
    if (!(await renewals.get(place))) await store.hDel(connectionsKey(place.owner), fieldOf(place))
  }

  return {
    /** Refresh tokens, where a vendor gives them and its file uses them. */
    renewals,

    /** The token, or undefined on a miss. */
    get,

    /** Caches a token for its own life less a margin (`cacheMs`), and notes it for the connections page. */
    async put(place: TokenPlace, set: TokenSet, account?: Account): Promise<CachedToken> {
      const key = keyOf(place)
      const now = Date.now()
      const ms = cacheMs(set.expiresIn, place.vendor.lifetime.skewSeconds)
      const { accessToken, scope, values } = set
      const token: Token = { accessToken, obtainedAt: now, endsAt: now + ms, scope, account, values }
      const sealed = await sealer.seal(key, token)
      const renews = await renewals.put(place, set, account)
      const { endsAt } = token
      const connection: Connection = { since: now, endsAt, scope, account, renews: renews || undefined }
      const noted = JSON.stringify(connection)
      await Promise.all([
        store.set(key, sealed, { expiration: { type: 'PX', value: ms } }),
        store.hSet(connectionsKey(place.owner), fieldOf(place), noted, SESSION_SECONDS),
      ])
      return { ...token, sealed }
    },

    /** Drops the token only if it is still the one that was read (another request may have stored a new one). */
    async drop(place: TokenPlace, { sealed }: CachedToken): Promise<void> {
      if ((await store.compareAndDelete(keyOf(place), sealed)) === 1) await unlist(place)
    },

    unlist,

    /** Forgets all access of this place. */
    async forget(place: TokenPlace): Promise<void> {
      await store.del([keyOf(place), renewals.keyOf(place)])
      await store.hDel(connectionsKey(place.owner), fieldOf(place))
    },

    /** What this owner is connected to, by `<vendor>:<subject>`, ended ones left out. For pages; the cache decides. */
    async connections(owner: string): Promise<Map<string, Connection>> {
      const all = Object.entries(await store.hGetAll(connectionsKey(owner)))
      const live = all.flatMap(([name, text]) => {
        const { data } = connectionSchema.safeParse(parseJson(text))
        return data && (data.renews || data.endsAt > Date.now()) ? [[name, data] as const] : []
      })
      return new Map(live)
    },
  }
}

const connectionSchema = tokenSchema.omit({ accessToken: true, obtainedAt: true, values: true }).extend({
  since: z.number(),
  /** It is renewed without the person, so its end is of no concern. */
  renews: z.boolean().optional(),
})
export type Connection = z.infer<typeof connectionSchema>

/** ms a token is kept: its life less the skew, which is at most a tenth of it; never longer than the session. */
export function cacheMs(expiresIn: number, skewSeconds: number): number {
  const life = Math.min(expiresIn, SESSION_SECONDS)
  return Math.max(500, Math.floor((life - Math.min(skewSeconds, life / 10)) * 1000))
}

function connectionsKey(owner: string): string {
  return `conn:{${owner}}`
}
