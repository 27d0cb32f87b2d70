// What an authorization server says of itself (RFC 8414, OpenID Connect discovery), and how it compares with the file.
import type { Http } from '../http/client.ts'
import { fill } from '../vendors/template.ts'
import type { Vendor } from '../vendors/vendor.ts'

const TIMEOUT_MS = 5_000

/** The metadata of the vendor's issuer, else of its authorization endpoint's origin. Undefined when there is none. */
export async function metadataOf(
  http: Http,
  { authorize, values }: Vendor,
): Promise<Record<string, unknown> | undefined> {
  const issuer = authorize.issuer ?? new URL(fill(authorize.url, values)).origin
  return (await fetchMetadata(http, fill(issuer, values)))?.metadata
}

/** Fetches an issuer's metadata: RFC 8414 (section 3: before the path), else OpenID Connect discovery. */
export async function fetchMetadata(
  http: Http,
  issuer: string,
): Promise<{ url: string; metadata: Record<string, unknown> } | undefined> {
  const base = issuer.replace(/\/$/, '')
  const { origin, pathname } = new URL(base)
  const known = '/.well-known/oauth-authorization-server'
  const urls = [
    `${origin}${known}${pathname.replace(/\/$/, '')}`,
    `${base}${known}`,
    `${base}/.well-known/openid-configuration`,
  ]
  for (const url of new Set(urls)) {
    try {
      const request = { method: 'GET', url, headers: { accept: 'application/json' } }
      const response = await http.send({ ...request, timeoutMs: TIMEOUT_MS, maxBytes: 256_000 })
      const json: unknown = response.status === 200 ? JSON.parse(response.body) : undefined
      if (typeof json === 'object' && json !== null) return { url, metadata: { ...json } }
    } catch {} // no metadata is no fault
  }
  return undefined
}

export function pkceLine({ authorize }: Vendor, metadata: Record<string, unknown>): string {
  const methods = metadata.code_challenge_methods_supported
  const offered = Array.isArray(methods) && methods.includes('S256')
  if (authorize.pkce)
    return offered ? '✓ PKCE S256 is advertised' : '! PKCE is on here and not advertised there'
  return offered
    ? '! PKCE S256 is advertised there: authorize.pkce can be true'
    : '✓ PKCE is off here and not advertised there'
}
