// Refresh tokens: sealed beside the access token, replaced atomically, used by one request at a time.
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { TokenSet } from '../oauth/token.ts'
import { pollUntil } from '../poll-until.ts'
import { SESSION_SECONDS } from '../session/session-store.ts'
import type { Sealer } from '../store/seal.ts'
import type { Command, Store } from '../store/store.ts'
import { accountSchema, type VendorAccount } from '../vendors/account.ts'
import { fieldOf, isGrantedFor, originsOf, type TokenKey } from './token-key.ts'

const refreshTokenSchema = z.object({
  refreshToken: z.string().min(1),
  values: z.record(z.string(), z.string()).default({}),
  account: accountSchema.optional(),
  /** 5xx responses in a row. */
  failures: z.number().default(0),
  /** As of an access token. */
  origins: z.string().optional(),
})

export interface RefreshToken extends z.infer<typeof refreshTokenSchema> {
  sealed: string
}

/** A dead process's lock is gone after this; longer than a refresh takes with all its steps. */
const LOCK_MS = 60_000
const WAIT_MS = 12_000

const keyOf = (tokenKey: TokenKey) => `ref:{${tokenKey.owner}}:${fieldOf(tokenKey)}`

export type RefreshTokens = ReturnType<typeof createRefreshTokens>

export function createRefreshTokens(store: Store, sealer: Sealer) {
  const get = async (tokenKey: TokenKey) => open(tokenKey, await store.get(keyOf(tokenKey)))

  async function open(
    tokenKey: TokenKey,
    sealed: string | null,
  ): Promise<RefreshToken | undefined> {
    const { data } = refreshTokenSchema.safeParse(await sealer.open(keyOf(tokenKey), sealed))
    const isUsable = data && isGrantedFor(originsOf(tokenKey.vendor), data)
    return sealed !== null && isUsable ? { ...data, sealed } : undefined
  }

  async function setCommand(tokenKey: TokenKey, token: Partial<RefreshToken>) {
    const key = keyOf(tokenKey)
    const { sealed: _, ...stored } = { ...token, origins: originsOf(tokenKey.vendor) }
    return { set: key, value: await sealer.seal(key, stored), ms: SESSION_SECONDS * 1000 }
  }

  return {
    keyOf,
    get,
    open,

    /** Stores it after an approval. Without a new one the old one stays, unless it is another account's. */
    async putCommands(
      tokenKey: TokenKey,
      { refreshToken, values }: TokenSet,
      account: VendorAccount | undefined,
    ): Promise<{ commands: Command[]; isThere: boolean }> {
      if (tokenKey.vendor.lifetime.refresh !== 'use') return { commands: [], isThere: false }
      if (refreshToken !== undefined) {
        const command = await setCommand(tokenKey, { refreshToken, values, account })
        return { commands: [command], isThere: true }
      }
      const before = await get(tokenKey)
      if (!before || before.account?.id === account?.id)
        return { commands: [], isThere: before !== undefined }
      return { commands: [{ del: keyOf(tokenKey) }], isThere: false }
    },

    /** For the step that replaces the one that was used. */
    replaceCommand(tokenKey: TokenKey, { account, ...used }: RefreshToken, set: TokenSet) {
      const { refreshToken = used.refreshToken, values } = set
      return setCommand(tokenKey, { refreshToken, values, account })
    },

    async noteFailure(tokenKey: TokenKey, used: RefreshToken): Promise<void> {
      const set = await setCommand(tokenKey, { ...used, failures: used.failures + 1 })
      await store.stepIf([{ key: set.set, is: used.sealed }], [set])
    },

    async drop(tokenKey: TokenKey, { sealed }: RefreshToken): Promise<void> {
      const key = keyOf(tokenKey)
      await store.stepIf([{ key, is: sealed }], [{ del: key }])
    },

    /** Runs `work` in one process at a time. Undefined when the others do not end in 12 s. */
    withLock: <T>(tokenKey: TokenKey, work: () => Promise<T>) =>
      underLock(store, `lock:${keyOf(tokenKey)}`, work),
  }
}

async function underLock<T>(
  store: Store,
  key: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const ours = randomUUID()
  const expiration = { type: 'PX', value: LOCK_MS } as const
  const acquire = async () => (await store.set(key, ours, { condition: 'NX', expiration })) !== null
  try {
    const isOurs = await pollUntil(acquire, { every: 50, deadline: Date.now() + WAIT_MS })
    return isOurs ? await work() : undefined
  } finally {
    // Also when acquiring rejected: it may be set, and only the reply lost.
    await store.stepIf([{ key, is: ours }], [{ del: key }]).catch(() => {}) // it ends by itself
  }
}
