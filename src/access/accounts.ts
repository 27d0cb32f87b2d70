// Whose access a person used last at each vendor, and access that waits until they say whose they want.
import { z } from 'zod'
import { randomText } from '../random.ts'
import { SESSION_SECONDS } from '../session/session-store.ts'
import type { Sealer } from '../store/seal.ts'
import type { CommandOf, Store } from '../store/store.ts'
import { parseJson } from '../store/stored-text.ts'
import { accountSchema, type VendorAccount } from '../vendors/account.ts'
import type { Values } from '../vendors/values.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { isGrantedFor, originsOf } from './token-key.ts'

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
  /** As of an access token. */
  origins: z.string().optional(),
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
  return { ...createLastAccounts(store), ...createChoices(store, sealer) }
}

function createLastAccounts(store: Store) {
  const keyOf = (owner: string) => `accounts:{${owner}}`

  return {
    /** A command; `accountIn` finds the account of a vendor in its reply. */
    readCommand: (owner: string): CommandOf<'hGetAll'> => ({ hGetAll: keyOf(owner) }),

    accountIn: (all: Record<string, string>, vendor: string): VendorAccount | undefined =>
      accountSchema.safeParse(parseJson(all[vendor] ?? null)).data,

    /** Commands for the step that stores a token: who it is for, and what they said for the vendor file's `vars`. */
    noteCommands(
      owner: string,
      vendor: string,
      account: VendorAccount | undefined,
      said: Values,
    ): CommandOf<'hSet'>[] {
      const fields: Record<string, string> = {}
      if (account) fields[vendor] = JSON.stringify(account)
      if (Object.keys(said).length > 0) fields[valuesField(vendor)] = JSON.stringify(said)
      if (Object.keys(fields).length === 0) return []
      return [{ hSet: keyOf(owner), fields, ms: SESSION_SECONDS * 1000 }]
    },

    async note(commands: CommandOf<'hSet'>[]): Promise<void> {
      if (commands.length > 0) await store.step(commands)
    },

    /** What this person said the last time they got access; undefined when they are to be asked. */
    async said(owner: string, vendor: string): Promise<Values | undefined> {
      const [text = null] = await store.hMGet(keyOf(owner), [valuesField(vendor)])
      return saidSchema.safeParse(parseJson(text)).data
    },

    async forgetSaid(owner: string, vendor: string): Promise<void> {
      await store.step([{ hDel: keyOf(owner), fields: [valuesField(vendor)] }])
    },
  }
}

function createChoices(store: Store, sealer: Sealer) {
  const keyOf = (owner: string, vendor: string, id: string) => `held:{${owner}}:${vendor}:${id}`
  const listKey = (owner: string, vendor: string) => `helds:{${owner}}:${vendor}`

  /** Of parallel callers one gets it. */
  async function consumeChoice(owner: string, vendor: Vendor, id: string) {
    const key = keyOf(owner, vendor.id, id)
    return openChoice(sealer, vendor, key, await store.getDel(key))
  }

  return {
    /** Stores it for ten minutes, or for the life of a token that cannot be refreshed. Returns its id. */
    async createChoice(owner: string, vendor: Vendor, choice: AccountChoice): Promise<string> {
      const { expiresIn, refreshToken } = choice.token
      const seconds =
        refreshToken === undefined ? Math.min(CHOICE_SECONDS, Math.ceil(expiresIn)) : CHOICE_SECONDS
      const id = randomText(18)
      const key = keyOf(owner, vendor.id, id)
      const sealed = await sealer.seal(key, { ...choice, origins: originsOf(vendor) })
      const summary = JSON.stringify(summarySchema.parse(choice))
      await store.hSet(listKey(owner, vendor.id), id, summary, CHOICE_SECONDS)
      await store.set(key, sealed, { expiration: { type: 'EX', value: seconds } })
      return id
    },

    async choice(owner: string, vendor: Vendor, id: string): Promise<AccountChoice | undefined> {
      const key = keyOf(owner, vendor.id, id)
      return openChoice(sealer, vendor, key, await store.get(key))
    },

    consumeChoice,

    async summary(owner: string, vendor: string, id: string) {
      const [text = null] = await store.hMGet(listKey(owner, vendor), [id])
      return readSummary(text)
    },

    /** Of one subject, or of all, in one step: all are taken or none. The caller revokes them. */
    async consumeAllChoices(owner: string, vendor: Vendor, subject?: string) {
      const list = Object.entries(await store.hGetAll(listKey(owner, vendor.id)))
      const wanted = list.filter(
        ([, text]) => subject === undefined || readSummary(text)?.subject === subject,
      )
      const keys = wanted.map(([id]) => keyOf(owner, vendor.id, id))
      if (keys.length === 0) return []
      const sealed = await store.step(keys.map((getDel) => ({ getDel })))
      const consumed = await Promise.all(
        keys.map((key, index) => openChoice(sealer, vendor, key, sealed[index] ?? null)),
      )
      return consumed.filter((choice) => choice !== undefined)
    },
  }
}

async function openChoice(
  sealer: Sealer,
  vendor: Vendor,
  key: string,
  sealed: string | null,
): Promise<AccountChoice | undefined> {
  const { data } = choiceSchema.safeParse(await sealer.open(key, sealed))
  if (!data || !isGrantedFor(originsOf(vendor), data)) return undefined
  const expiresIn = Math.max(1, data.token.expiresIn - (Date.now() - data.at) / 1000)
  return { ...data, token: { ...data.token, expiresIn } }
}

function readSummary(text: string | null): AccountChoiceSummary | undefined {
  return summarySchema.safeParse(parseJson(text)).data
}
