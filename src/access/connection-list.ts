// The list of what an owner is connected to, for pages: what access there is the cache of tokens decides.
import { z } from 'zod'
import { SESSION_SECONDS } from '../session/session-store.ts'
import type { CommandOf, Store } from '../store/store.ts'
import { parseJson } from '../store/stored-text.ts'
import { accountSchema } from '../vendors/account.ts'
import { fieldOf, type TokenKey } from './token-key.ts'

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

export function listCommand(tokenKey: TokenKey, connection: Connection): CommandOf<'hSet'> {
  const fields = { [fieldOf(tokenKey)]: JSON.stringify(connection) }
  return { hSet: connectionsKey(tokenKey.owner), fields, ms: SESSION_SECONDS * 1000 }
}

export async function removeConnection(store: Store, tokenKey: TokenKey): Promise<void> {
  await store.hDel(connectionsKey(tokenKey.owner), fieldOf(tokenKey))
}

/** By `<vendor>:<subject>`, ended ones left out. */
export async function readConnections(
  store: Store,
  owner: string,
): Promise<Map<string, Connection>> {
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
