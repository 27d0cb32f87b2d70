// What a person can do with a connection beside using it: end it, and test it.
import type { Http } from '../http/client.ts'
import type { GrantedTokens } from '../oauth/errors.ts'
import { revokeTokens } from '../oauth/revoke.ts'
import { requestAccount, type VendorAccount } from '../vendors/account.ts'
import { questionsOf, withValues } from '../vendors/values.ts'
import type { Vendor } from '../vendors/vendor.ts'
import type { Accounts } from './accounts.ts'
import { getOrRefreshToken, refreshToken } from './refresh.ts'
import type { TokenKey } from './token-key.ts'
import type { Tokens } from './tokens.ts'

interface DisconnectDeps {
  http: Http
  tokens: Tokens
  accounts?: Accounts
}

export interface Disconnected {
  was: boolean
  /** Whether the vendor confirmed; undefined where it has no revocation endpoint. */
  revoked: boolean | undefined
}

/**
 * Forgets, then revokes (RFC 7009, best effort, 2 s). A refresh under way finds its refresh token gone. Where the store
 * fails half way, what was taken from it is revoked before this rejects: nobody knows it any more.
 */
export async function disconnect(deps: DisconnectDeps, tokenKey: TokenKey): Promise<Disconnected> {
  const { owner, vendor, subject } = tokenKey
  const said = questionsOf(vendor).length > 0 && deps.accounts?.forgetSaid(owner, vendor.id)
  const { consumed, failed } = await settle([
    forget(deps, tokenKey).then((given) => [given]),
    consumeChoices(deps, owner, vendor, vendor.tokenPer === 'session' ? undefined : subject),
    Promise.resolve(said).then(() => []),
  ])
  const [revoked] = await Promise.all(consumed.map((one) => revokeTokens(deps.http, vendor, one)))
  if (failed) throw failed.reason
  const [given] = consumed
  return { was: given?.accessToken !== undefined || given?.refreshToken !== undefined, revoked }
}

/** `revoked` settles later, with how many vendors confirmed, and never rejects. Rejects as `disconnect` does. */
export async function disconnectAll(deps: DisconnectDeps, vendors: Vendor[], owner: string) {
  const fields = [...(await deps.tokens.connections(owner)).keys()]
  const tokenKeys = fields.flatMap((field): TokenKey[] => {
    const vendor = vendors.find(({ id }) => field.startsWith(`${id}:`))
    return vendor ? [{ owner, vendor, subject: field.slice(vendor.id.length + 1) }] : []
  })
  const granted = tokenKeys.map(async (tokenKey) => [
    { vendor: tokenKey.vendor, given: await forget(deps, tokenKey) },
  ])
  const choices = vendors.map(async (vendor) => {
    const all = await consumeChoices(deps, owner, vendor)
    return all.map((given) => ({ vendor, given }))
  })
  const { consumed, failed } = await settle([...granted, ...choices])
  const revocations = Promise.all(
    consumed.map(({ vendor, given }) => revokeTokens(deps.http, vendor, given)),
  )
  if (failed) {
    await revocations
    throw failed.reason
  }
  return {
    forgotten: consumed.length,
    revoked: revocations.then((all) => all.filter(Boolean).length),
  }
}

/** What was removed, and the first failure. */
async function settle<T>(removals: Promise<T[]>[]) {
  const settled = await Promise.allSettled(removals)
  return {
    consumed: settled.flatMap((one) => (one.status === 'fulfilled' ? one.value : [])),
    failed: settled.find((one) => one.status === 'rejected'),
  }
}

async function consumeChoices(
  { accounts }: DisconnectDeps,
  owner: string,
  vendor: Vendor,
  subject?: string,
): Promise<GrantedTokens[]> {
  const all = (await accounts?.consumeAllChoices(owner, vendor, subject)) ?? []
  return all.map(({ token }) => token)
}

/** What was stored. Where it was removed and only the reply is lost, it is revoked before this rejects. */
async function forget(
  { http, tokens }: DisconnectDeps,
  tokenKey: TokenKey,
): Promise<GrantedTokens> {
  const before = await tokens.granted(tokenKey)
  return tokens.consume(tokenKey).catch(async (error: unknown) => {
    const { accessToken, refreshToken } = await tokens.granted(tokenKey).catch(() => NOTHING)
    if (accessToken !== before.accessToken || refreshToken !== before.refreshToken)
      await revokeTokens(http, tokenKey.vendor, before)
    throw error
  })
}

const NOTHING: GrantedTokens = {}

/** `untested`: the file has no account request. `none`: no access, or refused and dropped. `unclear`: see `message`. */
interface Tested {
  kind: 'works' | 'untested' | 'none' | 'forbidden' | 'unclear'
  account?: VendorAccount
  message?: string
}

/** Sends one account request, within 3 s; nothing is pushed. */
export async function testConnection(deps: DisconnectDeps, tokenKey: TokenKey): Promise<Tested> {
  const { token, ...access } = await getOrRefreshToken(deps, tokenKey)
  if (!token) return 'failure' in access && access.failure ? { kind: 'unclear' } : { kind: 'none' }
  const response = await requestAccount(
    deps.http,
    withValues(tokenKey.vendor, token.values),
    token.accessToken,
  )
  if (!response) return { kind: 'untested' }
  const about = { ...(response.message !== undefined && { message: response.message }) }
  if (response.kind === 'ok')
    return { kind: 'works', ...(response.account && { account: response.account }) }
  if (response.kind === 'forbidden') return { kind: 'forbidden', ...about }
  if (response.kind !== 'expired') return { kind: 'unclear', ...about }
  await deps.tokens.drop(tokenKey, token)
  const { token: fresh } = await refreshToken(deps, tokenKey, token)
  return fresh ? { kind: 'works' } : { kind: 'none', ...about }
}
