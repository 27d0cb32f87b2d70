// What becomes of access just granted: it is kept; or, another account than before having approved, held.
import type { Http } from '../http/client.ts'
import { type GrantedTokens, revokeTokens } from '../oauth/revoke.ts'
import type { TokenSet } from '../oauth/token.ts'
import { fetchAccount } from '../vendors/account.ts'
import { withValues } from '../vendors/values.ts'
import type { Vendor } from '../vendors/vendor.ts'
import type { Account, Accounts } from './accounts.ts'
import type { AuthorizationRequest } from './authorization-requests.ts'
import type { TokenPlace, Tokens } from './tokens.ts'

export interface StoreGrantDeps {
  http: Http
  tokens: Tokens
  accounts: Accounts
}

/**
 * Keeps the token, or gives the name it is held under until the person says whose access they want. A token that
 * cannot be stored is given back to the vendor, so that nobody has it. Rejects when the store does.
 */
export async function storeGrantedToken(
  deps: StoreGrantDeps,
  tokenKey: TokenPlace,
  token: TokenSet,
  { subject, intent, referrer }: Pick<AuthorizationRequest, 'subject' | 'intent' | 'referrer'>,
): Promise<{ choice?: string }> {
  const { owner, vendor } = tokenKey
  const knowing = withValues(vendor, token.values)
  const account = token.account ?? (await fetchAccount(deps.http, knowing, token.accessToken))
  const stored = async () => {
    const before = account && (await deps.accounts.lastAccount(owner, vendor.id))
    if (account && before && before.id !== account.id) {
      const choice = { at: Date.now(), token, account, before, subject, intent, referrer }
      return { choice: await deps.accounts.createChoice(owner, vendor.id, choice) }
    }
    await storeToken(deps, tokenKey, token, account)
    return {}
  }
  return stored().catch(revokeOnFailure(deps.http, vendor, token))
}

/** For the `catch` of what keeps a token: one that cannot be kept is given back, so that nobody has it. */
export function revokeOnFailure(http: Http, vendor: Vendor, token: GrantedTokens) {
  return async (error: unknown): Promise<never> => {
    await revokeTokens(http, vendor, token)
    throw error
  }
}

/** The token goes into the cache, and its account is the one in use from now on. */
export async function storeToken(
  { tokens, accounts }: StoreGrantDeps,
  tokenKey: TokenPlace,
  token: TokenSet,
  account: Account | undefined,
): Promise<void> {
  await tokens.put(tokenKey, token, account)
  if (account) await accounts.setLastAccount(tokenKey.owner, tokenKey.vendor.id, account)
}
