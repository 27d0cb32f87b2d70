// API tokens of scripts: named, with a role and an end; of the token itself the store has a hash only.
import { z } from 'zod'
import { randomText } from '../random.ts'
import { BoundedMap } from '../store/bounded-map.ts'
import type { Store } from '../store/store.ts'
import { fingerprint, parseJson } from '../store/stored-text.ts'
import { ROLES } from './identity.ts'

const PREFIX = 'cs_'
const TOKEN = /^cs_[\w-]{43}$/
/** Tokens of one installation. */
export const TOKENS_MOST = 200
export const DAYS_MOST = 365
const DAY_MS = 24 * 3600_000
/** ms between two notes of when a token was last used. */
const NOTE_EVERY_MS = 60_000

const ALL = 'apitokens'
const USED = 'apitokens:used'

const apiTokenSchema = z.object({
  name: z.string(),
  role: z.enum(ROLES),
  /** Whose access, intents and runs it works with. */
  owner: z.string(),
  /** Who made it, in words for the list; nobody is known without sign-in. */
  madeBy: z.string().optional(),
  /** The owner is the token's alone: their access ends with it. */
  isOwn: z.boolean(),
  /** The token it was made with, and ends with at the latest. */
  madeWith: z.string().optional(),
  /** ms since 1970. */
  createdAt: z.number(),
  expiresAt: z.number(),
})

export type ApiTokenRecord = z.infer<typeof apiTokenSchema>

/** `id` is the hash it is stored under, and no secret. */
export interface ApiToken extends ApiTokenRecord {
  id: string
}

export function createApiTokens(store: Store) {
  async function read(id: string): Promise<ApiToken | undefined> {
    const [text = null] = await store.hMGet(ALL, [id])
    return readToken(id, text)
  }

  async function list(): Promise<ApiToken[]> {
    const all = Object.entries(await store.hGetAll(ALL))
    const tokens = all.flatMap(([id, text]) => readToken(id, text) ?? [])
    return tokens.sort((a, b) => b.createdAt - a.createdAt)
  }

  async function remove(ids: string[]): Promise<void> {
    if (ids.length === 0) return
    await Promise.all([store.hDel(ALL, ids), store.hDel(USED, ids)])
  }

  return {
    /** Gives the token itself, this once: 256 random bits. Undefined when there are too many. */
    async create(
      about: Omit<ApiTokenRecord, 'createdAt' | 'expiresAt'>,
      days: number,
    ): Promise<{ token: string; made: ApiToken } | undefined> {
      const all = await store.hGetAll(ALL)
      const ended = Object.entries(all).filter(([id, text]) => !readToken(id, text))
      await remove(ended.map(([id]) => id))
      if (Object.keys(all).length - ended.length >= TOKENS_MOST) return undefined
      const token = PREFIX + randomText()
      const id = fingerprint(token)
      const createdAt = Date.now()
      const { madeWith = '' } = about
      const longest = readToken(madeWith, all[madeWith] ?? null)?.expiresAt ?? Number.MAX_VALUE
      const expiresAt = Math.min(createdAt + days * DAY_MS, longest)
      const record = { ...about, createdAt, expiresAt }
      await store.hSet(ALL, id, JSON.stringify(record), (DAYS_MOST + 1) * 24 * 3600)
      return { token, made: { ...record, id } }
    },

    list,
    read,

    /** The token of these words; undefined for one that never was, was revoked, or has ended. */
    async find(token: string): Promise<ApiToken | undefined> {
      return TOKEN.test(token) ? read(fingerprint(token)) : undefined
    },

    /** From now on it opens nothing, and neither does what was made with it. */
    async remove(id: string): Promise<void> {
      await remove([id, ...heirsOf(await list(), id)])
    },

    ...createUses(store),
  }
}

function createUses(store: Store) {
  const noted = new BoundedMap<string, number>(TOKENS_MOST)

  return {
    /** At most once a minute is enough to see whether a token is still in use. */
    async noteUse(id: string, now = Date.now()): Promise<void> {
      if (now - (noted.get(id) ?? 0) < NOTE_EVERY_MS) return
      noted.set(id, now)
      await store.hSet(USED, id, String(now), (DAYS_MOST + 1) * 24 * 3600)
    },

    /** ms since 1970, by id. */
    async lastUses(): Promise<Map<string, number>> {
      const all = Object.entries(await store.hGetAll(USED))
      return new Map(all.map(([id, text]) => [id, Number(text)]))
    },
  }
}

/** Ids of the tokens that were made with this one, or with one of those. */
function heirsOf(tokens: ApiToken[], id: string): string[] {
  const made = tokens.filter(({ madeWith }) => madeWith === id)
  return made.flatMap((one) => [one.id, ...heirsOf(tokens, one.id)])
}

/** As people read it: a name with quotes in it cannot make it somebody else's. */
export function describeToken({ name, madeBy }: Pick<ApiToken, 'name' | 'madeBy'>): string {
  const quoted = `“${name.replaceAll(/[“”„‟]/g, '"')}”`
  return madeBy === undefined ? quoted : `${quoted} of ${madeBy}`
}

/** Whether a word is meant to be an API token of ours. */
export function isApiToken(word: string): boolean {
  return word.startsWith(PREFIX)
}

function readToken(id: string, text: string | null): ApiToken | undefined {
  const { data } = apiTokenSchema.safeParse(parseJson(text))
  return data && data.expiresAt > Date.now() ? { ...data, id } : undefined
}
