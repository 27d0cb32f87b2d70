// Whose access a person used last at each vendor, and access that waits until they say whose they want.
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { SESSION_SECONDS } from '../session/session.ts'
import { parseJson } from '../store/json.ts'
import type { Sealer } from '../store/seal.ts'
import type { Store } from '../store/store.ts'

const accountSchema = z.object({ id: z.string(), name: z.string() })
export type Account = z.infer<typeof accountSchema>

/** Seconds a person may take to choose, when access lasts so long. */
const HELD_SECONDS = 600

const heldSchema = z.object({
  /** When it was granted, in ms since 1970. */
  at: z.number(),
  token: z.object({
    accessToken: z.string(),
    /** Seconds from now, at least 1. */
    expiresIn: z.number(),
    scope: z.string().optional(),
    refreshToken: z.string().optional(),
    values: z.record(z.string(), z.string()).optional(),
  }),
  account: accountSchema,
  /** Whose access was used before. */
  before: accountSchema,
  subject: z.string(),
  intent: z.string().optional(),
  referrer: z.string(),
})

/** A token that is good and not in use yet: another account than before approved. */
export type Held = z.infer<typeof heldSchema>

const traceSchema = heldSchema.pick({ account: true, subject: true, intent: true, referrer: true })
/** What is known of a held token, also when it has been taken. No secret. */
export type HeldTrace = z.infer<typeof traceSchema>

export type Accounts = ReturnType<typeof createAccounts>

export function createAccounts(store: Store, sealer: Sealer) {
  const accountsKey = (owner: string) => `accounts:{${owner}}`
  const heldKey = (owner: string, vendor: string, id: string) => `held:{${owner}}:${vendor}:${id}`
  /** Which are or were held: the names of the keys before, and what each is about. */
  const listKey = (owner: string, vendor: string) => `helds:{${owner}}:${vendor}`

  async function open(key: string, sealed: string | null): Promise<Held | undefined> {
    const { data } = heldSchema.safeParse(await sealer.open(key, sealed))
    if (!data) return undefined
    const expiresIn = Math.max(1, data.token.expiresIn - (Date.now() - data.at) / 1000)
    return { ...data, token: { ...data.token, expiresIn } }
  }

  /** Takes it: of any number of parallel callers one gets it. */
  async function take(owner: string, vendor: string, id: string): Promise<Held | undefined> {
    const key = heldKey(owner, vendor, id)
    return open(key, await store.getDel(key))
  }

  return {
    /** The account of this person's last approval at the vendor, within the session's life. */
    async last(owner: string, vendor: string): Promise<Account | undefined> {
      const all = await store.hGetAll(accountsKey(owner))
      return accountSchema.safeParse(parseJson(all[vendor] ?? null)).data
    },

    async use(owner: string, vendor: string, account: Account): Promise<void> {
      await store.hSet(accountsKey(owner), vendor, JSON.stringify(account), SESSION_SECONDS)
    },

    /** Holds a token for ten minutes, or its life if that is shorter and ends it; gives the name it is asked for by. */
    async hold(owner: string, vendor: string, held: Held): Promise<string> {
      const { expiresIn, refreshToken } = held.token
      const seconds = refreshToken === undefined ? Math.min(HELD_SECONDS, Math.ceil(expiresIn)) : HELD_SECONDS
      const id = randomBytes(18).toString('base64url')
      const key = heldKey(owner, vendor, id)
      const sealed = await sealer.seal(key, held)
      const trace = JSON.stringify(traceSchema.parse(held))
      await store.hSet(listKey(owner, vendor), id, trace, HELD_SECONDS)
      await store.set(key, sealed, { expiration: { type: 'EX', value: seconds } })
      return id
    },

    /** What is held; reading it changes nothing. */
    async held(owner: string, vendor: string, id: string): Promise<Held | undefined> {
      const key = heldKey(owner, vendor, id)
      return open(key, await store.get(key))
    },

    take,

    /** What is known of one that was held within ten minutes. */
    async trace(owner: string, vendor: string, id: string): Promise<HeldTrace | undefined> {
      const [text = null] = await store.hMGet(listKey(owner, vendor), [id])
      return traceSchema.safeParse(parseJson(text)).data
    },

    /** Takes what is held of an owner at a vendor, or of one subject only: to be given back. */
    async takeAll(owner: string, vendor: string, subject?: string): Promise<Held[]> {
      const list = Object.entries(await store.hGetAll(listKey(owner, vendor)))
      const about = (text: string) => traceSchema.safeParse(parseJson(text)).data?.subject
      const wanted = list.filter(([, text]) => subject === undefined || about(text) === subject)
      const taken = await Promise.all(wanted.map(([id]) => take(owner, vendor, id)))
      return taken.filter((held) => held !== undefined)
    },
  }
}
