// Where access is filed: whose, at which vendor, what for.
import type { Vendor } from '../vendors/vendor.ts'

export interface TokenKey {
  owner: string
  vendor: Vendor
  /** As `formatSubject` writes it. A vendor with one access for a whole session files every subject as `session`. */
  subject: string
}

export function grantId(tokenKey: TokenKey): string {
  return `${tokenKey.owner} ${fieldOf(tokenKey)}`
}

export function fieldOf({ vendor, subject }: Pick<TokenKey, 'vendor' | 'subject'>): string {
  return `${vendor.id}:${vendor.tokenPer === 'session' ? 'session' : subject}`
}
