// Tests a vendor's authorization server as far as possible without a person.
import { type Http, NoResponse } from '../http/client.ts'
import { TokenError } from '../oauth/errors.ts'
import { exchangeCode } from '../oauth/token.ts'
import { fill } from '../vendors/template.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { madeUpCallback } from './show.ts'

const TIMEOUT_MS = 5_000

/** Fetches the server's metadata: RFC 8414, else OpenID Connect discovery. Undefined when there is none. */
export async function metadataOf(
  http: Http,
  { authorize, values }: Vendor,
): Promise<Record<string, unknown> | undefined> {
  const issuer = fill(
    authorize.issuer ?? new URL(fill(authorize.url, values)).origin,
    values,
  ).replace(/\/$/, '')
  for (const path of [
    '/.well-known/oauth-authorization-server',
    '/.well-known/openid-configuration',
  ]) {
    try {
      const request = { method: 'GET', url: issuer + path, headers: { accept: 'application/json' } }
      const response = await http.send({ ...request, timeoutMs: TIMEOUT_MS, maxBytes: 256_000 })
      const json: unknown = response.status === 200 ? JSON.parse(response.body) : undefined
      if (typeof json === 'object' && json !== null) return { ...json }
    } catch {} // no metadata is no fault
  }
  return undefined
}

/** Compares what is advertised with the file. */
export function pkceLine({ authorize }: Vendor, metadata: Record<string, unknown>): string {
  const methods = metadata.code_challenge_methods_supported
  const offered = Array.isArray(methods) && methods.includes('S256')
  if (authorize.pkce)
    return offered ? '✓ PKCE S256 is advertised' : '! PKCE is on here and not advertised there'
  return offered
    ? '! PKCE S256 is advertised there: authorize.pkce can be true'
    : '✓ PKCE is off here and not advertised there'
}

interface Reached {
  ok: boolean
  /** A 4xx status: often the redirect URI or the client id is not registered. */
  refused: boolean
  text: string
}

/** Tests whether a URL responds; redirects are not followed. */
export async function reach(
  http: Http,
  { method, url }: { method: string; url: string },
): Promise<Reached> {
  try {
    const response = await http.send({
      method,
      url,
      headers: { accept: 'text/html' },
      timeoutMs: TIMEOUT_MS,
      maxBytes: 2_000_000,
    })
    const { status } = response
    const refused = status >= 400 && status < 500
    const hint = refused ? ': are the client id and the redirect URI registered?' : ''
    return { ok: status < 500 && status !== 404, refused, text: `HTTP ${status}${hint}` }
  } catch (error) {
    return { ok: false, refused: false, text: error instanceof Error ? error.message : 'no answer' }
  }
}

/** Sends a made-up code. A working endpoint responds invalid_grant, or invalid_client for an unknown client. */
export async function tryCode(http: Http, vendor: Vendor, redirectUri: string, verifier: string) {
  try {
    await exchangeCode(http, vendor, madeUpCallback(vendor, 'vendor-check'), redirectUri, verifier)
    return { ok: false, refusesClient: false, text: 'it gave a token for a code that nobody made' }
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
    if (error.kind === 'spent')
      return {
        ok: true,
        refusesClient: false,
        text: 'it knows the client and refuses a made-up code, as it should',
      }
    if (error.kind === 'setup')
      return {
        ok: true,
        refusesClient: true,
        text: `it does not accept the client (${error.message})`,
      }
    const silent = error.cause instanceof NoResponse
    return {
      ok: !silent,
      refusesClient: false,
      text: silent ? `no answer (${error.message})` : `it answers (${error.message})`,
    }
  }
}
