// The session cache: access tokens per (owner, vendor, subject), sealed, gone by themselves at their own end.
import { z } from 'zod'
import type { GrantedTokens } from '../oauth/errors.ts'
import type { TokenSet } from '../oauth/token.ts'
import { SESSION_SECONDS } from '../session/session-store.ts'
import { BoundedMap } from '../store/bounded-map.ts'
import type { Sealer } from '../store/seal.ts'
import type { Command, CommandOf, Guard, Store } from '../store/store.ts'
import { parseJson } from '../store/stored-text.ts'
import { accountSchema, type VendorAccount } from '../vendors/account.ts'
import { createRefreshTokens, type RefreshToken, type RefreshTokens } from './refresh-tokens.ts'
import { fieldOf, isGrantedFor, originsOf, type TokenKey } from './token-key.ts'

const tokenSchema = z.object({
  accessToken: z.string().min(1),
  /** ms since 1970, as all times here. */
  obtainedAt: z.number(),
  endsAt: z.number(),
  scope: z.string().optional(),
  account: accountSchema.optional(),
  /** From the token response, for the `vars` of the vendor file. */
  values: z.record(z.string(), z.string()).optional(),
  /** Names the hosts it was granted for; older tokens have none. */
  origins: z.string().optional(),
})

export type Token = z.infer<typeof tokenSchema>

/** `sealed` is the stored text, for guarded steps. */
export interface CachedToken extends Token {
  sealed: string
}

/** Further guards and commands for the step that stores a token; keys of the same owner. */
export interface Alongside {
  guards: readonly Guard[]
  commands: readonly Command[]
}

/** `inOneStep`: `alongside` was done with it. */
type StoredToken = CachedToken & { inOneStep: boolean }

/** Tokens by key and stored text: what this process has sealed or opened it need not open again. */
const OPENED_MOST = 1_000

export type Tokens = ReturnType<typeof createTokens>

/** A token that is missing, ended or unreadable is undefined, never an error; store errors reject. */
export function createTokens(store: Store, sealer: Sealer) {
  const refreshTokens = createRefreshTokens(store, sealer)
  const opened = new BoundedMap<string, Token>(OPENED_MOST)
  const open = createOpener(sealer, opened)

  return {
    refreshTokens,

    get: async (tokenKey: TokenKey) => open(tokenKey, await store.get(keyOf(tokenKey))),

    readCommand: (tokenKey: TokenKey): CommandOf<'get'> => ({ get: keyOf(tokenKey) }),
    open,

    ...createStoring(store, sealer, refreshTokens, opened),
    ...createRemoving(store, refreshTokens, open),

    connections: (owner: string) => readConnections(store, owner),

    /** Also when it has ended since. */
    hasHadAccess: async (owner: string) =>
      Object.keys(await store.hGetAll(connectionsKey(owner))).length > 0,
  }
}

function createStoring(
  store: Store,
  sealer: Sealer,
  refreshTokens: RefreshTokens,
  opened: Map<string, Token>,
) {
  /** A new token as it is stored, and the commands that store it and list its connection. */
  async function prepare(
    tokenKey: TokenKey,
    set: TokenSet,
    account: VendorAccount | undefined,
    isRefreshed: boolean,
  ) {
    const key = keyOf(tokenKey)
    const token = newToken(tokenKey, set, account)
    const { obtainedAt: since, endsAt, scope } = token
    const sealed = await sealer.seal(key, token)
    opened.set(`${key} ${sealed}`, token)
    const commands: Command[] = [
      { set: key, value: sealed, ms: endsAt - since },
      listCommand(tokenKey, { since, endsAt, scope, account, renews: isRefreshed || undefined }),
    ]
    return { token: { ...token, sealed }, commands }
  }

  return {
    /** Caches a token and lists its connection in one step, with `alongside` if its guards hold; else without it. */
    async put(
      tokenKey: TokenKey,
      set: TokenSet,
      account?: VendorAccount,
      alongside: Alongside = { guards: [], commands: [] },
    ): Promise<StoredToken> {
      const refreshToken = await refreshTokens.putCommands(tokenKey, set, account)
      const { token, commands } = await prepare(tokenKey, set, account, refreshToken.isThere)
      const all = [...refreshToken.commands, ...commands]
      const { done } = await store.stepIf(alongside.guards, [...all, ...alongside.commands])
      if (!done) await store.step(all)
      return { ...token, inOneStep: done }
    },

    /** Stores what a refresh brought, in one step; undefined when the refresh token it used is no longer stored. */
    async replace(
      tokenKey: TokenKey,
      used: RefreshToken,
      set: TokenSet,
    ): Promise<CachedToken | undefined> {
      const { token, commands } = await prepare(tokenKey, set, used.account, true)
      const refreshToken = await refreshTokens.replaceCommand(tokenKey, used, set)
      const guard = { key: refreshToken.set, is: used.sealed }
      const { done } = await store.stepIf([guard], [refreshToken, ...commands])
      return done ? token : undefined
    },
  }
}

function createRemoving(
  store: Store,
  refreshTokens: RefreshTokens,
  open: ReturnType<typeof createOpener>,
) {
  async function grantedIn(
    tokenKey: TokenKey,
    access: string | null,
    refresh: string | null,
  ): Promise<GrantedTokens> {
    const token = await open(tokenKey, access)
    const { refreshToken, values } = (await refreshTokens.open(tokenKey, refresh)) ?? {}
    return { accessToken: token?.accessToken, refreshToken, values: token?.values ?? values }
  }

  return {
    /** Drops it only if nobody has stored another since; a refresh token is never stored without one. */
    async drop(tokenKey: TokenKey, { sealed }: CachedToken): Promise<void> {
      const key = keyOf(tokenKey)
      const unlisted = (await refreshTokens.get(tokenKey)) ? [] : [unlistCommand(tokenKey)]
      await store.stepIf([{ key, is: sealed }], [{ del: key }, ...unlisted])
    },

    /** Takes a connection without any token off the list, unless one is stored meanwhile. */
    async unlist(tokenKey: TokenKey): Promise<void> {
      const key = keyOf(tokenKey)
      const [sealed, renews] = await Promise.all([store.get(key), refreshTokens.get(tokenKey)])
      if (renews || (await open(tokenKey, sealed))) return
      await store.stepIf([{ key, is: sealed }], [unlistCommand(tokenKey)])
    },

    /** What is stored of both tokens; nothing is changed. */
    async granted(tokenKey: TokenKey): Promise<GrantedTokens> {
      const [access, refresh] = await store.step([
        { get: keyOf(tokenKey) },
        { get: refreshTokens.keyOf(tokenKey) },
      ])
      return grantedIn(tokenKey, access, refresh)
    },

    /** Removes both tokens and the connection's line in one step; gives what was there, for the caller to revoke. */
    async consume(tokenKey: TokenKey): Promise<GrantedTokens> {
      const [access, refresh] = await store.step([
        { getDel: keyOf(tokenKey) },
        { getDel: refreshTokens.keyOf(tokenKey) },
        unlistCommand(tokenKey),
      ])
      return grantedIn(tokenKey, access, refresh)
    },
  }
}

function createOpener(sealer: Sealer, opened: Map<string, Token>) {
  return async (tokenKey: TokenKey, sealed: string | null): Promise<CachedToken | undefined> => {
    if (sealed === null) return undefined
    const key = keyOf(tokenKey)
    const name = `${key} ${sealed}`
    const token = opened.get(name) ?? tokenSchema.safeParse(await sealer.open(key, sealed)).data
    if (!token) return undefined
    opened.set(name, token)
    return isUsable(token, tokenKey) ? { ...token, sealed } : undefined
  }
}

const keyOf = (tokenKey: TokenKey) => `tok:{${tokenKey.owner}}:${fieldOf(tokenKey)}`

/** Whether it has not ended and was granted for the hosts that the vendor file names now. */
function isUsable(token: Token, { vendor }: TokenKey): boolean {
  return token.endsAt > Date.now() && isGrantedFor(originsOf(vendor), token)
}

function newToken({ vendor }: TokenKey, set: TokenSet, account: VendorAccount | undefined): Token {
  const { accessToken, scope, values, expiresIn } = set
  const obtainedAt = Date.now()
  const endsAt = obtainedAt + cacheMs(expiresIn, vendor.lifetime.skewSeconds)
  return { accessToken, obtainedAt, endsAt, scope, account, values, origins: originsOf(vendor) }
}

/** ms a token is kept: its life less the skew, which is at most a tenth of it; never longer than the session. */
function cacheMs(expiresIn: number, skewSeconds: number): number {
  const life = Math.min(expiresIn, SESSION_SECONDS)
  return Math.max(500, Math.floor((life - Math.min(skewSeconds, life / 10)) * 1000))
}

const connectionSchema = z.object({
  /** ms since 1970, as `since`. */
  endsAt: z.number(),
  scope: z.string().optional(),
  account: accountSchema.optional(),
  since: z.number(),
  /** It is refreshed without the person, so its end does not matter. */
  renews: z.boolean().optional(),
})
export type Connection = z.infer<typeof connectionSchema>

function listCommand(tokenKey: TokenKey, connection: Connection): CommandOf<'hSet'> {
  const fields = { [fieldOf(tokenKey)]: JSON.stringify(connection) }
  return { hSet: connectionsKey(tokenKey.owner), fields, ms: SESSION_SECONDS * 1000 }
}

/** Goes into the step that deletes the token: whoever signs out goes by the list. */
function unlistCommand(tokenKey: TokenKey): CommandOf<'hDel'> {
  return { hDel: connectionsKey(tokenKey.owner), fields: fieldOf(tokenKey) }
}

/** By `<vendor>:<subject>`, ended ones left out. */
async function readConnections(store: Store, owner: string): Promise<Map<string, Connection>> {
  const all = Object.entries(await store.hGetAll(connectionsKey(owner)))
  const live = all.flatMap(([name, text]) => {
    const { data } = connectionSchema.safeParse(parseJson(text))
    return data && (data.renews || data.endsAt > Date.now()) ? [[name, data] as const] : []
  })
  return new Map(live)
}

function connectionsKey(owner: string): string {
  return `conn:{${owner}}`
}
