// Stores access just given, by a token or a typed API key; where another account than before approved, holds it.
import { z } from 'zod'
import type { Http } from '../http/client.ts'
import type { TokenSet } from '../oauth/token.ts'
import { SESSION_SECONDS } from '../session/session-store.ts'
import { fetchAccount, requestAccount, type VendorAccount } from '../vendors/account.ts'
import { saidOf, type Values, withValues } from '../vendors/values.ts'
import type { Vendor } from '../vendors/vendor.ts'
import type { AccountChoice, Accounts } from './accounts.ts'
import type { AuthorizationRequest } from './authorization-requests.ts'
import { revokeOnFailure } from './revoke-unused.ts'
import type { TokenKey } from './token-key.ts'
import type { Alongside, Tokens } from './tokens.ts'

const keySchema = z
  .string()
  .trim()
  .regex(/^[\x21-\x7e]{1,4096}$/)

interface AcceptedKey {
  token: TokenSet
  account: VendorAccount | undefined
}

/** Tries the key at the vendor. Undefined when it is no key, or is refused. */
export async function acceptKey(
  http: Pick<Http, 'send'>,
  vendor: Vendor,
  typed: unknown,
  values: Values,
): Promise<AcceptedKey | undefined> {
  const { data: key } = keySchema.safeParse(typed)
  if (key === undefined) return undefined
  const tested = await requestAccount(http, withValues(vendor, values), key)
  if (tested?.kind === 'expired') return undefined
  const token = { accessToken: key, expiresIn: SESSION_SECONDS, scope: undefined, values }
  return { token, account: tested?.account }
}

interface StoreGrantDeps {
  http: Http
  tokens: Tokens
  accounts: Accounts
}

/** `choice`: the id of the question which account to use. `inOneStep`: `alongside` was stored with the token. */
export interface StoredGrant {
  choice?: string
  inOneStep: boolean
}

/** Where another account than `before` approved, the person chooses first. Rejects when the store does. */
export async function storeGrantedToken(
  deps: StoreGrantDeps,
  tokenKey: TokenKey,
  token: TokenSet,
  { subject, intent, referrer }: Pick<AuthorizationRequest, 'subject' | 'intent' | 'referrer'>,
  before: VendorAccount | undefined,
  alongside: Alongside,
): Promise<StoredGrant> {
  const account = await accountOfGrant(deps.http, tokenKey.vendor, token, before)
  if (account && before && before.id !== account.id) {
    const choice = { at: Date.now(), token, account, before, subject, intent, referrer }
    return { choice: await holdForChoice(deps, tokenKey, choice), inOneStep: false }
  }
  return storeToken(deps, tokenKey, token, account, alongside)
}

/** Returns the choice's id. Access whose question the store does not take is revoked: it is another account's. Rejects when the store does. */
export async function holdForChoice(
  deps: StoreGrantDeps,
  { owner, vendor }: Pick<TokenKey, 'owner' | 'vendor'>,
  choice: AccountChoice,
): Promise<string> {
  const { account, token } = choice
  return deps.accounts
    .createChoice(owner, vendor, choice)
    .catch(revokeOnFailure(deps, { vendor, owners: [owner], account }, token))
}

/** Who approved, as far as the vendor says. */
export async function accountOfGrant(
  http: Http,
  vendor: Vendor,
  token: TokenSet,
  before: VendorAccount | undefined,
): Promise<VendorAccount | undefined> {
  const knowing = withValues(vendor, token.values)
  const named = token.account ?? (await fetchAccount(http, knowing, token.accessToken))
  return named ?? (before && vendor.api.account ? UNNAMED : saidAccount(vendor, token))
}

/** A vendor that names no account: what the person said stands for it ("connected as acme"). */
function saidAccount(vendor: Vendor, { values }: TokenSet): VendorAccount | undefined {
  const said = Object.values(saidOf(vendor, values)).join(' ')
  return said === '' ? undefined : { id: said, name: said }
}

/** The vendor named an account before and names none now: the person is asked. */
export const UNNAMED: VendorAccount = { id: '', name: 'an account that could not be named' }

export async function storeToken(
  { tokens, accounts }: Pick<StoreGrantDeps, 'tokens' | 'accounts'>,
  tokenKey: TokenKey,
  token: TokenSet,
  who: VendorAccount | undefined,
  { guards, commands }: Alongside = { guards: [], commands: [] },
): Promise<StoredGrant> {
  const { owner, vendor } = tokenKey
  const account = who?.id === '' ? undefined : who
  const note = accounts.noteCommands(owner, vendor.id, account, saidOf(vendor, token.values))
  const alongside = { guards, commands: [...note, ...commands] }
  const { inOneStep } = await tokens.put(tokenKey, token, account, alongside)
  if (!inOneStep) await accounts.note(note)
  return { inOneStep }
}
