// Revokes tokens that were just issued and that nobody will use, where that ends nothing else.
import type { Http } from '../http/client.ts'
import { type GrantedTokens, TokenError } from '../oauth/errors.ts'
import { revokeTokens } from '../oauth/revoke.ts'
import type { VendorAccount } from '../vendors/account.ts'
import type { Vendor } from '../vendors/vendor.ts'
import type { Tokens } from './tokens.ts'

interface RevokeDeps {
  http: Http
  tokens: Pick<Tokens, 'connections'>
}

/** Where they were issued, and the owners who may have other access there by the same person. */
interface Issued {
  vendor: Vendor
  owners: string[]
  /** Who approved, where that is known: access of another account does not count. */
  account?: VendorAccount | undefined
  /** When it was begun they had no access at all. */
  isFirst?: boolean | undefined
}

/**
 * Many vendors end all of a person's access with one of its tokens: only the person's only access there is revoked. Where the
 * store cannot tell, that is a first one. Never rejects.
 */
export async function revokeAlone(
  { http, tokens }: RevokeDeps,
  { vendor, owners, account, isFirst = false }: Issued,
  unused: GrantedTokens,
): Promise<void> {
  const isAlone = async () => {
    const connections = await Promise.all(owners.map((owner) => tokens.connections(owner)))
    const others = connections
      .flatMap((one) => [...one])
      .filter(([name]) => name.startsWith(`${vendor.id}:`))
    return !others.some(([, other]) => mayBeSame(account, other.account))
  }
  if (await isAlone().catch(() => isFirst)) await revokeTokens(http, vendor, unused)
}

function mayBeSame(one: VendorAccount | undefined, other: VendorAccount | undefined): boolean {
  return !one?.id || !other?.id || one.id === other.id
}

/** Makes a `catch` handler for an exchange: what was issued and cannot be used is revoked. */
export function revokeUnused(deps: RevokeDeps, issued: Issued) {
  return async (error: unknown): Promise<never> => {
    if (error instanceof TokenError && error.unused) await revokeAlone(deps, issued, error.unused)
    throw error
  }
}

/**
 * Makes a `catch` handler for what stores a token: one that nobody has is revoked. If it was stored all the same it is
 * listed, and stays. Of two handlers of one error the inner one counts: it knows whose access it is.
 */
export function revokeOnFailure(deps: RevokeDeps, issued: Issued, token: GrantedTokens) {
  return async (error: unknown): Promise<never> => {
    const isHandled = error instanceof Error && handled.has(error)
    if (error instanceof Error) handled.add(error)
    if (!isHandled) await revokeAlone(deps, issued, token)
    throw error
  }
}

const handled = new WeakSet<Error>()
