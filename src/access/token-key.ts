// Where access is filed: whose, at which vendor, what for.
import type { Vendor } from '../vendors/vendor.ts'

/** What a token is for, filed by owner. */
export interface TokenKey {
  owner: string
  vendor: Vendor
  /** As `formatSubject` writes it. A vendor with one access for a whole session files every subject as `session`. */
  subject: string
}

/** Names one grant: whose, at which vendor, what for. Calls made for it may share connections. */
export function grantId(tokenKey: TokenKey): string {
  return `${tokenKey.owner} ${fieldOf(tokenKey)}`
}

/** `<vendor>:<subject>`; the subject is `session` where one access serves all. */
export function fieldOf({ vendor, subject }: Pick<TokenKey, 'vendor' | 'subject'>): string {
  return `${vendor.id}:${vendor.tokenPer === 'session' ? 'session' : subject}`
}
