// What a person can do with a connection beside using it: end it, and test it.
import type { Http } from '../http/client.ts'
import { type Given, revokeGiven } from '../oauth/revoke.ts'
import { type Account, askAccount } from '../vendors/account.ts'
import { withValues } from '../vendors/values.ts'
import type { Vendor } from '../vendors/vendor.ts'
import type { Accounts } from './accounts.ts'
import { accessTo, renew } from './refresh.ts'
import type { TokenPlace, Tokens } from './tokens.ts'

export interface ConnectionParts {
  http: Http
  tokens: Tokens
  /** Where access may be held apart; what is held for a place is forgotten with it. */
  accounts?: Accounts
}

/** How a disconnect ended. Either way the access is forgotten here. */
export interface Disconnected {
  /** There was something to forget. */
  was: boolean
  /** The vendor confirmed that it forgot it too; undefined where it has no way to be told. */
  revoked: boolean | undefined
}

/**
 * Forgets the access of a place, and then tells the vendor to (RFC 7009, best effort, within 2 s).
 * A refresh under way is not waited for: it finds its refresh token gone. Rejects when the store does.
 */
export async function disconnect(parts: ConnectionParts, place: TokenPlace): Promise<Disconnected> {
  const { owner, vendor, subject } = place
  const [held = [], given] = await Promise.all([
    parts.accounts?.takeAll(owner, vendor.id, vendor.tokenPer === 'session' ? undefined : subject),
    forget(parts, place),
  ])
  const [revoked] = await Promise.all(
    [given, ...held.map(({ token }) => token)].map((one) => revokeGiven(parts.http, vendor, one)),
  )
  return { was: given.accessToken !== undefined || given.refreshToken !== undefined, revoked }
}

/**
 * Forgets all access of an owner. `revoked` settles later, with how many vendors confirmed, and never rejects.
 * Rejects when the store does.
 */
export async function disconnectAll(parts: ConnectionParts, vendors: Vendor[], owner: string) {
  const fields = [...(await parts.tokens.connections(owner)).keys()]
  const places = fields.flatMap((field): TokenPlace[] => {
    const vendor = vendors.find(({ id }) => field.startsWith(`${id}:`))
    return vendor ? [{ owner, vendor, subject: field.slice(vendor.id.length + 1) }] : []
  })
  const kept = places.map(async (place) => ({ vendor: place.vendor, given: await forget(parts, place) }))
  const held = vendors.map(async (vendor) => {
    const all = (await parts.accounts?.takeAll(owner, vendor.id)) ?? []
    return all.map(({ token }) => ({ vendor, given: token }))
  })
  const had = (await Promise.all([...kept, ...held])).flat()
  const told = Promise.all(had.map(({ vendor, given }) => revokeGiven(parts.http, vendor, given)))
  return { forgotten: had.length, revoked: told.then((all) => all.filter(Boolean).length) }
}

async function forget({ tokens }: ConnectionParts, place: TokenPlace): Promise<Given> {
  const [token, renewal] = await Promise.all([tokens.get(place), tokens.renewals.get(place)])
  await tokens.forget(place)
  const { accessToken, values = renewal?.values } = token ?? {}
  return { accessToken, refreshToken: renewal?.refreshToken, values }
}

/**
 * `works`: the vendor took the token just now. `untested`: there is access, and the vendor's file names no request that
 * changes nothing. `none`: no access, or the vendor takes it no more (it is then dropped). `forbidden`: it may not even
 * read. `unclear`: no answer that says anything; `message` has the vendor's words.
 */
export interface Tested {
  kind: 'works' | 'untested' | 'none' | 'forbidden' | 'unclear'
  account?: Account
  message?: string
}

/** Asks the vendor who the token belongs to, within 3 s. Nothing is pushed. Rejects when the store does. */
export async function testConnection(parts: ConnectionParts, place: TokenPlace): Promise<Tested> {
  const { token, ...access } = await accessTo(parts, place)
  if (!token) return 'trouble' in access && access.trouble ? { kind: 'unclear' } : { kind: 'none' }
  const answer = await askAccount(parts.http, withValues(place.vendor, token.values), token.accessToken)
  if (!answer) return { kind: 'untested' }
  const about = { ...(answer.message !== undefined && { message: answer.message }) }
  if (answer.kind === 'ok') return { kind: 'works', ...(answer.account && { account: answer.account }) }
  if (answer.kind === 'forbidden') return { kind: 'forbidden', ...about }
  if (answer.kind !== 'expired') return { kind: 'unclear', ...about }
  await parts.tokens.drop(place, token)
  const { token: renewed } = await renew(parts, place, token)
  return renewed ? { kind: 'works' } : { kind: 'none', ...about }
}
