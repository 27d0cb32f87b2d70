// `npm run vendor:check FILE`: reads a vendor file and walks it as far as one can without a person. Sends no secret anywhere but to the file's own token endpoint.
import { createHttp, type Http } from '../http.ts'
import { authorizationUrl, createFlow, redirectUri } from '../oauth/authorize.ts'
import { environmentPrefix, loadVendor, readVendorFile } from './load.ts'
import { fill } from './template.ts'
import type { Vendor } from './vendor.ts'

type Say = (line: string) => void
type Lookup = (name: string) => string | undefined

const TIMEOUT_MS = 5_000
const MASK = '••••'

/** Checks one file and says what it finds, a line each. True when nothing is wrong. */
export async function checkVendor(
  file: string,
  lookup: Lookup,
  publicUrl: string,
  say: Say,
): Promise<boolean> {
  const read = readVendorFile(file)
  if (!read.vendor) {
    for (const fault of read.faults) say(`✗ ${fault}`)
    return false
  }
  say(`✓ ${read.vendor.name}: the file is well formed`)
  const unset: string[] = []
  const { vendor, faults } = loadVendor(file, (name) => lookup(name) ?? standIn(name, read.vendor, unset))
  for (const fault of faults ?? []) say(`✗ ${fault}`)
  for (const name of unset) say(`! ${name} is not set: a stand-in is used here`)
  if (!vendor) return false
  if (vendor.client.auth === 'key') say('✓ people bring an API key; there is nothing to register')
  const http = createHttp(2)
  try {
    return vendor.client.auth === 'key' || (await walk(http, vendor, publicUrl, unset.length > 0, say))
  } finally {
    await http.close()
  }
}

/** What a template needs to be shown although nobody has set it. */
function standIn(
  name: string,
  { id, vars }: Pick<Vendor, 'id' | 'vars'>,
  unset: string[],
): string | undefined {
  const key = name.slice(environmentPrefix(id).length)
  const variable = Object.values(vars).find((one) => one.from === 'config' && one.key === key)
  if (variable?.default !== undefined || variable?.pattern !== undefined) return undefined
  unset.push(name)
  return key.toLowerCase().replaceAll('_', '-')
}

async function walk(
  http: Http,
  vendor: Vendor,
  publicUrl: string,
  guessing: boolean,
  say: Say,
): Promise<boolean> {
  const back = redirectUri(publicUrl, vendor)
  say(`→ register this redirect URI at ${vendor.name}: ${back}`)
  const flow = createFlow()
  const url = await authorizationUrl(vendor, flow, back)
  say(`→ people are sent to ${url.replaceAll(flow.state, MASK)}`)
  say(tokenLine(vendor, back))
  say(pushLine(vendor))
  const metadata = await metadataOf(http, vendor)
  if (metadata) say(pkceLine(vendor, metadata))
  else say('! no metadata (RFC 8414) was found: PKCE and the endpoints cannot be compared')
  const opened = await reach(http, { method: 'GET', url })
  say(opened.ok ? `✓ the authorize URL answers (${opened.text})` : `✗ the authorize URL: ${opened.text}`)
  const exchanged = await tryCode(http, vendor, back, flow.codeVerifier)
  const isFine = guessing || !exchanged.refusesClient
  say(`${exchanged.ok && isFine ? '✓' : '✗'} the token endpoint: ${exchanged.text}`)
  return opened.ok && exchanged.ok && isFine
}

function tokenLine({ token, client, authorize }: Vendor, back: string): string {
  const standard: Record<string, string> = {
    grant_type: 'authorization_code',
    code: '…',
    redirect_uri: back,
    ...(authorize.pkce && { code_verifier: MASK }),
    ...(client.auth !== 'basic' && { client_id: client.id }),
    ...(client.auth === 'post' && { client_secret: MASK }),
  }
  const known = {
    'client.id': client.id,
    'client.secret': MASK,
    'flow.code': '…',
    'flow.redirectUri': back,
    'flow.codeVerifier': MASK,
  }
  for (const [name, value] of Object.entries(token.params)) {
    if (value === null) delete standard[name]
    else standard[name] = fill(String(value), known)
  }
  const basic = client.auth === 'basic' ? `, Authorization: Basic ${MASK}` : ''
  return `→ a code is exchanged at ${token.url} as ${token.encoding}: ${JSON.stringify(standard)}${basic}`
}

function pushLine({ api, values }: Vendor): string {
  const place = fill(api.baseUrl, { ...placeholders(api.baseUrl), ...values }) + api.push.path
  const key = api.push.idempotencyHeader ?? 'none: a push without an answer is not repeated by itself'
  return `→ a campaign goes to ${api.push.method} ${place} with ${api.auth.name}: ${api.auth.value.replace('${token}', MASK)}; idempotency: ${key}`
}

function placeholders(template: string): Record<string, string> {
  return Object.fromEntries([...template.matchAll(/\$\{([^}]+)\}/g)].map(([hole, name]) => [name, hole]))
}

/** RFC 8414, and the place OpenID Connect has for the same. */
async function metadataOf(
  http: Http,
  { authorize, values }: Vendor,
): Promise<Record<string, unknown> | undefined> {
  const issuer = fill(authorize.issuer ?? new URL(fill(authorize.url, values)).origin, values).replace(
    /\/$/,
    '',
  )
  for (const path of ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration']) {
    try {
      const request = { method: 'GET', url: issuer + path, headers: { accept: 'application/json' } }
      const answer = await http.send({ ...request, timeoutMs: TIMEOUT_MS, maxBytes: 256_000 })
      const json: unknown = answer.status === 200 ? JSON.parse(answer.body) : undefined
      if (typeof json === 'object' && json !== null) return { ...json }
    } catch {} // no metadata is no fault
  }
  return undefined
}

function pkceLine({ authorize }: Vendor, metadata: Record<string, unknown>): string {
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
  text: string
}

async function reach(http: Http, { method, url }: { method: string; url: string }): Promise<Reached> {
  try {
    const answer = await http.send({
      method,
      url,
      headers: { accept: 'text/html' },
      timeoutMs: TIMEOUT_MS,
      maxBytes: 2_000_000,
    })
    return { ok: answer.status < 500 && answer.status !== 404, text: `HTTP ${answer.status}` }
  } catch (error) {
    return { ok: false, text: error instanceof Error ? error.message : 'no answer' }
  }
}

/** A code nobody gave: a good endpoint says invalid_grant, one that does not know us says invalid_client. */
async function tryCode(http: Http, vendor: Vendor, back: string, verifier: string) {
  const { exchangeCode } = await import('../oauth/token.ts')
  const { TokenError } = await import('../oauth/errors.ts')
  const { validateCallback } = await import('../oauth/callback.ts')
  try {
    const issuer =
      vendor.authorize.issuer === undefined ? undefined : fill(vendor.authorize.issuer, vendor.values)
    const parameters = new URLSearchParams({
      code: 'vendor-check',
      state: 's',
      ...(issuer && { iss: issuer }),
    })
    await exchangeCode(http, vendor, validateCallback(vendor, parameters, 's'), back, verifier)
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
      return { ok: true, refusesClient: true, text: `it does not accept the client (${error.message})` }
    return {
      ok: error.kind !== 'timeout' && error.message !== 'ECONNREFUSED',
      refusesClient: false,
      text: `it answers (${error.message})`,
    }
  }
}
