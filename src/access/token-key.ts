// Where access is filed: whose, at which vendor, what for.
import type { Vendor } from '../vendors/vendor.ts'

/** What a token is for, filed by owner. */
export interface TokenKey {
  owner: string
  vendor: Vendor
  /** `campaign:<id>` or `run:<id>`. A vendor with one access for all of a session files every subject as one. */
  subject: string
}

/** Names one grant: whose, at which vendor, what for. Calls made for it may share connections. */
export function grantId(tokenKey: TokenKey): string {
  return `${tokenKey.owner} ${fieldOf(tokenKey)}`
}

/** The subject of access for one campaign. */
export function campaignSubject(id: string): string {
  return `campaign:${id}`
}

/** The campaign that a subject is about, if it is one. */
export function campaignOf(subject: string | undefined): string | undefined {
  return /^campaign:(.+)$/.exec(subject ?? '')?.[1]
}

/** `<vendor>:<subject>`; the subject is `session` where one access serves all. */
export function fieldOf({ vendor, subject }: Pick<TokenKey, 'vendor' | 'subject'>): string {
  return `${vendor.id}:${vendor.tokenPer === 'session' ? 'session' : subject}`
}
