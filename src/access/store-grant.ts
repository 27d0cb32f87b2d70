// What becomes of access just granted: it is kept; or, another account than before having approved, held.
import type { Http } from '../http/client.ts'
import { type Given, revokeGiven } from '../oauth/revoke.ts'
import type { TokenSet } from '../oauth/token.ts'
import { fetchAccount } from '../vendors/account.ts'
import { withValues } from '../vendors/values.ts'
import type { Vendor } from '../vendors/vendor.ts'
import type { Account, Accounts } from './accounts.ts'
import type { Pending } from './authorization-requests.ts'
import type { TokenPlace, Tokens } from './tokens.ts'

export interface GrantParts {
  http: Http
  tokens: Tokens
  accounts: Accounts
}

/**
 * Keeps the token, or gives the name it is held under until the person says whose access they want. A token that
 * cannot be stored is given back to the vendor, so that nobody has it. Rejects when the store does.
 */
export async function grant(
  parts: GrantParts,
  place: TokenPlace,
  token: TokenSet,
  { subject, intent, referrer }: Pick<Pending, 'subject' | 'intent' | 'referrer'>,
): Promise<{ held?: string }> {
  const { owner, vendor } = place
  const knowing = withValues(vendor, token.values)
  const account = token.account ?? (await fetchAccount(parts.http, knowing, token.accessToken))
  const stored = async () => {
    const before = account && (await parts.accounts.last(owner, vendor.id))
    if (account && before && before.id !== account.id) {
      const held = { at: Date.now(), token, account, before, subject, intent, referrer }
      return { held: await parts.accounts.hold(owner, vendor.id, held) }
    }
    await keep(parts, place, token, account)
    return {}
  }
  return stored().catch(giveBack(parts.http, vendor, token))
}

/** For the `catch` of what keeps a token: one that cannot be kept is given back, so that nobody has it. */
export function giveBack(http: Http, vendor: Vendor, token: Given) {
  return async (error: unknown): Promise<never> => {
    await revokeGiven(http, vendor, token)
    throw error
  }
}

/** The token goes into the cache, and its account is the one in use from now on. */
export async function keep(
  { tokens, accounts }: GrantParts,
  place: TokenPlace,
  token: TokenSet,
  account: Account | undefined,
): Promise<void> {
  await tokens.put(place, token, account)
  if (account) await accounts.use(place.owner, place.vendor.id, account)
}
