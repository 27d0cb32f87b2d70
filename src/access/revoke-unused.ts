// Revokes tokens that were just issued and that nobody will use, where that ends nothing else.
import type { Http } from '../http/client.ts'
import { type GrantedTokens, TokenError } from '../oauth/errors.ts'
import { revokeTokens } from '../oauth/revoke.ts'
import type { Vendor } from '../vendors/vendor.ts'
import type { Tokens } from './tokens.ts'

interface RevokeDeps {
  http: Http
  tokens: Pick<Tokens, 'connections'>
}

/** Where they were issued, and the owners who may have other access there by the same person. */
export interface Issued {
  vendor: Vendor
  owners: string[]
}

/** Many vendors end all of a person's access with one of its tokens: only the person's only access there is revoked. */
export async function revokeAlone(
  { http, tokens }: RevokeDeps,
  { vendor, owners }: Issued,
  unused: GrantedTokens,
): Promise<void> {
  const connections = await Promise.all(owners.map((owner) => tokens.connections(owner)))
  const names = connections.flatMap((one) => [...one.keys()])
  if (names.some((name) => name.startsWith(`${vendor.id}:`))) return
  await revokeTokens(http, vendor, unused)
}

/** Makes a `catch` handler for an exchange: what was issued and cannot be used is revoked. */
export function revokeUnused(deps: RevokeDeps, issued: Issued) {
  return async (error: unknown): Promise<never> => {
    if (error instanceof TokenError && error.unused) await revokeAlone(deps, issued, error.unused)
    throw error
  }
}
