// Where access is filed: whose, at which vendor, what for, and for which hosts it was granted.
import { fingerprint } from '../store/stored-text.ts'
import { fill } from '../vendors/template.ts'
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

/** What access is for. `kind` is `session` where one access serves everything; its `id` is then empty. */
export interface Subject {
  kind: string
  id: string
}

/** `<kind>:<id>`, or `session`. */
export function formatSubject({ kind, id }: Subject): string {
  return kind === 'session' ? kind : `${kind}:${id}`
}

export function parseSubject(text: string): Subject | undefined {
  if (text === 'session') return { kind: 'session', id: '' }
  const [, kind, id] = /^([a-z]+):([\w-]{1,64})$/.exec(text) ?? []
  return kind === undefined || id === undefined ? undefined : { kind, id }
}

const known = new WeakMap<Vendor['vars'], string>()

/** Names the token endpoint's and the API's host: a token granted under other hosts is not sent to these. */
export function originsOf({ vars, values, token, api }: Vendor): string {
  const found = known.get(vars)
  if (found !== undefined) return found
  const configured = Object.entries(vars).filter(([, variable]) => variable.from === 'config')
  const scope = Object.fromEntries(
    configured.map(([name]) => [`vars.${name}`, values[`vars.${name}`]]),
  )
  const hosts = [token.url, api.baseUrl].map((url) => hostOf(fill(url, scope)))
  const origins = fingerprint(hosts.join(' '))
  known.set(vars, origins)
  return origins
}

/** Whether what was stored then was for the hosts of now. Older versions have not noted them. */
export function isGrantedFor(now: string, stored: { origins?: string | undefined } = {}): boolean {
  return stored.origins === undefined || stored.origins === now
}

/** Scheme, host and port; of a URL that is not whole yet, what stands there. */
function hostOf(url: string): string {
  return /^[a-z]+:\/\/[^/?#]*/i.exec(url)?.[0] ?? url
}
