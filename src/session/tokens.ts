// The session cache: access tokens per (owner, vendor, subject), sealed, gone by themselves at their own end.
import { z } from 'zod'
import type { TokenSet } from '../oauth/token.ts'
import { parseJson } from '../store/json.ts'
import type { Sealer } from '../store/seal.ts'
import type { Store } from '../store/store.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { SESSION_SECONDS } from './session.ts'

const tokenSchema = z.object({
  accessToken: z.string().min(1),
  /** ms since 1970, as all times here. */
  obtainedAt: z.number(),
  endsAt: z.number(),
  scope: z.string().optional(),
  account: z.object({ id: z.string(), name: z.string() }).optional(),
})

export type Token = z.infer<typeof tokenSchema>
/** Who approved at the vendor. */
export type Account = NonNullable<Token['account']>

/** A token as it lies in the cache; `sealed` is what compare-and-delete compares. */
export interface CachedToken extends Token {
  sealed: string
}

/** What a token is for, filed by owner. */
export interface TokenPlace {
  owner: string
  vendor: Vendor
  /** `campaign:<id>` or `run:<id>`. */
  subject: string
}

export type Tokens = ReturnType<typeof createTokens>

/** The cache. A token that is missing, ended or unreadable is a miss, never an error; store errors reject. */
export function createTokens(store: Store, sealer: Sealer) {
  return {
    /** The token, or undefined on a miss. */
    async get(place: TokenPlace): Promise<CachedToken | undefined> {
      const key = keyOf(place)
      const sealed = await store.get(key)
      const { data } = tokenSchema.safeParse(await sealer.open(key, sealed))
      return sealed !== null && data && data.endsAt > Date.now() ? { ...data, sealed } : undefined
    },

    /** Caches a token for its own life less a margin (`cacheSeconds`), and notes it for the connections page. */
    async put(
      place: TokenPlace,
      { accessToken, expiresIn, scope }: TokenSet,
      account?: Account,
    ): Promise<void> {
      const key = keyOf(place)
      const now = Date.now()
      const ms = cacheMs(expiresIn, place.vendor.lifetime.skewSeconds)
      const token: Token = { accessToken, obtainedAt: now, endsAt: now + ms, scope, account }
      const connection: Connection = { since: now, endsAt: token.endsAt, scope, account }
      await store.set(key, await sealer.seal(key, token), { expiration: { type: 'PX', value: ms } })
      await store.hSet(connectionsKey(place.owner), field(place), JSON.stringify(connection))
      await store.expire(connectionsKey(place.owner), SESSION_SECONDS)
    },

    /** Drops the token only if it is still the one that was read (another request may have stored a new one). */
    async drop(place: TokenPlace, { sealed }: CachedToken): Promise<void> {
      if ((await store.compareAndDelete(keyOf(place), sealed)) === 1)
        await store.hDel(connectionsKey(place.owner), field(place))
    },

    /** What this owner is connected to, by `<vendor>:<subject>`, ended ones left out. For pages; the cache decides. */
    async connections(owner: string): Promise<Map<string, Connection>> {
      const all = Object.entries(await store.hGetAll(connectionsKey(owner)))
      const live = all.flatMap(([name, text]) => {
        const { data } = connectionSchema.safeParse(parseJson(text))
        return data && data.endsAt > Date.now() ? [[name, data] as const] : []
      })
      return new Map(live)
    },
  }
}

const connectionSchema = tokenSchema
  .omit({ accessToken: true, obtainedAt: true })
  .extend({ since: z.number() })
export type Connection = z.infer<typeof connectionSchema>

/** ms a token is kept: its life less the skew, which is at most a tenth of it; never longer than the session. */
export function cacheMs(expiresIn: number, skewSeconds: number): number {
  const life = Math.min(expiresIn, SESSION_SECONDS)
  return Math.max(500, Math.floor((life - Math.min(skewSeconds, life / 10)) * 1000))
}

function keyOf({ owner, vendor, subject }: TokenPlace): string {
  return `tok:{${owner}}:${vendor.id}:${subject}`
}

function field({ vendor, subject }: TokenPlace): string {
  return `${vendor.id}:${subject}`
}

function connectionsKey(owner: string): string {
  return `conn:{${owner}}`
}
