// Whose access a person used last at each vendor, and access that waits until they say whose they want.
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { SESSION_SECONDS } from '../session/session-store.ts'
import type { Sealer } from '../store/seal.ts'
import type { CommandOf, Store } from '../store/store.ts'
import { parseJson } from '../store/stored-text.ts'
import { accountSchema, type VendorAccount } from '../vendors/account.ts'
import type { Values } from '../vendors/values.ts'

const CHOICE_SECONDS = 600

const choiceSchema = z.object({
  at: z.number(),
  token: z.object({
    accessToken: z.string(),
    /** Seconds, at least 1. */
    expiresIn: z.number(),
    scope: z.string().optional(),
    refreshToken: z.string().optional(),
    values: z.record(z.string(), z.string()).optional(),
  }),
  account: accountSchema,
  before: accountSchema,
  subject: z.string(),
  intent: z.string().optional(),
  referrer: z.string(),
})

/** A good token that waits for the person: another account than before approved. */
export type AccountChoice = z.infer<typeof choiceSchema>

const summarySchema = choiceSchema.pick({
  account: true,
  subject: true,
  intent: true,
  referrer: true,
})
/** What stays known of it for ten minutes. No secret. */
export type AccountChoiceSummary = z.infer<typeof summarySchema>

const saidSchema = z.record(z.string(), z.string())
/** No vendor's id has a space. */
const valuesField = (vendor: string) => `${vendor} values`

export type Accounts = ReturnType<typeof createAccounts>

export function createAccounts(store: Store, sealer: Sealer) {
  const accountsKey = (owner: string) => `accounts:{${owner}}`
  const choiceKey = (owner: string, vendor: string, id: string) => `held:{${owner}}:${vendor}:${id}`
  const choiceListKey = (owner: string, vendor: string) => `helds:{${owner}}:${vendor}`

  function accountIn(all: Record<string, string>, vendor: string): VendorAccount | undefined {
    return accountSchema.safeParse(parseJson(all[vendor] ?? null)).data
  }

  function noteCommands(
    owner: string,
    vendor: string,
    account: VendorAccount | undefined,
    said: Values,
  ): CommandOf<'hSet'>[] {
    const fields: Record<string, string> = {}
    if (account) fields[vendor] = JSON.stringify(account)
    if (Object.keys(said).length > 0) fields[valuesField(vendor)] = JSON.stringify(said)
    if (Object.keys(fields).length === 0) return []
    return [{ hSet: accountsKey(owner), fields, ms: SESSION_SECONDS * 1000 }]
  }

  async function open(key: string, sealed: string | null): Promise<AccountChoice | undefined> {
    const { data } = choiceSchema.safeParse(await sealer.open(key, sealed))
    if (!data) return undefined
    const expiresIn = Math.max(1, data.token.expiresIn - (Date.now() - data.at) / 1000)
    return { ...data, token: { ...data.token, expiresIn } }
  }

  /** Of parallel callers one gets it. */
  async function consumeChoice(
    owner: string,
    vendor: string,
    id: string,
  ): Promise<AccountChoice | undefined> {
    const key = choiceKey(owner, vendor, id)
    return open(key, await store.getDel(key))
  }

  return {
    /** A command; `accountIn` finds the account of a vendor in its reply. */
    readCommand: (owner: string): CommandOf<'hGetAll'> => ({ hGetAll: accountsKey(owner) }),
    accountIn,

    /** Commands for the step that stores a token: who it is for, and what they said for the vendor file's `vars`. */
    noteCommands,

    async note(commands: CommandOf<'hSet'>[]): Promise<void> {
      if (commands.length > 0) await store.step(commands)
    },

    /** What this person said the last time they got access; undefined when they are to be asked. */
    async said(owner: string, vendor: string): Promise<Values | undefined> {
      const [text = null] = await store.hMGet(accountsKey(owner), [valuesField(vendor)])
      return saidSchema.safeParse(parseJson(text)).data
    },

    async forgetSaid(owner: string, vendor: string): Promise<void> {
      await store.step([{ hDel: accountsKey(owner), fields: [valuesField(vendor)] }])
    },

    /** Stores it for ten minutes, or for the life of a token that cannot be refreshed. Returns its id. */
    async createChoice(owner: string, vendor: string, readChoice: AccountChoice): Promise<string> {
      const { expiresIn, refreshToken } = readChoice.token
      const seconds =
        refreshToken === undefined ? Math.min(CHOICE_SECONDS, Math.ceil(expiresIn)) : CHOICE_SECONDS
      const id = randomBytes(18).toString('base64url')
      const key = choiceKey(owner, vendor, id)
      const sealed = await sealer.seal(key, readChoice)
      const choiceSummary = JSON.stringify(summarySchema.parse(readChoice))
      await store.hSet(choiceListKey(owner, vendor), id, choiceSummary, CHOICE_SECONDS)
      await store.set(key, sealed, { expiration: { type: 'EX', value: seconds } })
      return id
    },

    async choice(owner: string, vendor: string, id: string): Promise<AccountChoice | undefined> {
      const key = choiceKey(owner, vendor, id)
      return open(key, await store.get(key))
    },

    consumeChoice,

    async summary(
      owner: string,
      vendor: string,
      id: string,
    ): Promise<AccountChoiceSummary | undefined> {
      const [text = null] = await store.hMGet(choiceListKey(owner, vendor), [id])
      return summarySchema.safeParse(parseJson(text)).data
    },

    /** Of one subject, or of all; the caller revokes them. */
    async consumeAllChoices(
      owner: string,
      vendor: string,
      subject?: string,
    ): Promise<AccountChoice[]> {
      const list = Object.entries(await store.hGetAll(choiceListKey(owner, vendor)))
      const about = (text: string) => summarySchema.safeParse(parseJson(text)).data?.subject
      const wanted = list.filter(([, text]) => subject === undefined || about(text) === subject)
      const consumed = await Promise.all(wanted.map(([id]) => consumeChoice(owner, vendor, id)))
      return consumed.filter((choice) => choice !== undefined)
    },
  }
}
