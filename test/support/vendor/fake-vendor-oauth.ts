// The fake vendor's authorization server: the code grant, judged strictly, with every fault written down.
import { createHash, randomBytes } from 'node:crypto'
import type { VendorRequest, VendorSettings } from './fake-vendor.ts'
import type { Answer } from './misbehave.ts'

/** A value that is found wherever it leaks. */
export function canaryValue(prefix: string): string {
  return `${prefix}_${randomBytes(24).toString('base64url')}`
}

interface Code {
  redirectUri: string
  challenge: string | null
  scope: string
  endsAt: number
  used?: string
}

/** `fault` is told whatever a correct client would not have done. */
export function createAuthorizationServer(settings: VendorSettings, fault: (text: string) => void) {
  const codes = new Map<string, Code>()
  const tokens = new Map<string, { endsAt: number }>()
  const issued: string[] = []
  const seen = { states: new Set<string>(), verifiers: new Set<string>() }

  function authorize({ url }: VendorRequest): Answer {
    const query = url.searchParams
    const redirectUri = query.get('redirect_uri') ?? ''
    const state = query.get('state')
    if (state) seen.states.add(state)
    const wrong = authorizeFault(query, settings)
    if (wrong) return refuse(400, 'invalid_request', `authorize: ${wrong}`, fault)
    const code = canaryValue('code')
    const challenge = query.get('code_challenge')
    const scope = query.get('scope') ?? ''
    codes.set(code, { redirectUri, challenge, scope, endsAt: Date.now() + 60_000 })
    const back = new URL(redirectUri)
    for (const [name, value] of Object.entries({
      code,
      state,
      iss: settings.iss && settings.issuer,
    }))
      if (typeof value === 'string') back.searchParams.set(name, value)
    return { status: 302, headers: { location: back.href } }
  }

  function token(request: VendorRequest): Answer {
    const form = new URLSearchParams(request.body)
    const verifier = form.get('code_verifier')
    if (verifier) seen.verifiers.add(verifier)
    const client = clientFault(request, form, settings)
    if (client) return refuse(401, 'invalid_client', `token: ${client}`, fault)
    const shape =
      formFault(request) ?? (request.headers.accept?.includes('json') ? undefined : 'accept')
    if (shape) return refuse(400, 'invalid_request', `token: ${shape}`, fault)
    if (form.get('grant_type') !== 'authorization_code')
      return refuse(400, 'unsupported_grant_type', 'token: grant_type', fault)
    const code = codes.get(form.get('code') ?? '')
    const wrong = codeFault(code, form.get('redirect_uri'), verifier)
    if (!code || wrong) {
      if (code?.used !== undefined) tokens.delete(code.used)
      return refuse(400, 'invalid_grant', `token: ${wrong}`, fault)
    }
    code.used = canaryValue('at')
    issued.push(code.used)
    const life =
      typeof settings.expiresIn === 'number' && settings.expiresIn > 0 ? settings.expiresIn : 3600
    tokens.set(code.used, { endsAt: Date.now() + life * 1000 })
    const body = { access_token: code.used, token_type: 'Bearer', scope: code.scope }
    return { status: 200, body: { ...body, expires_in: settings.expiresIn } }
  }

  function revoke(request: VendorRequest): Answer {
    const form = new URLSearchParams(request.body)
    const wrong = clientFault(request, form, settings) ?? formFault(request)
    if (wrong) return refuse(401, 'invalid_client', `revoke: ${wrong}`, fault)
    tokens.delete(form.get('token') ?? '')
    return { status: 200 }
  }

  return {
    authorize,
    token,
    revoke,
    /** Undefined for a token that was never given, has ended, or was revoked. */
    isGood: (value: string) => (tokens.get(value)?.endsAt ?? 0) > Date.now(),
    revokeAll: () => tokens.clear(),
    values: () => ({
      codes: [...codes.keys()],
      tokens: [...issued],
      states: [...seen.states],
      verifiers: [...seen.verifiers],
    }),
  }
}

function authorizeFault(query: URLSearchParams, settings: VendorSettings): string | undefined {
  const names = [...query.keys()]
  if (names.length !== new Set(names).size) return 'a parameter is there twice'
  if (query.get('response_type') !== 'code') return 'response_type'
  if (query.get('client_id') !== settings.clientId) return 'client_id'
  if (!settings.redirectUris.has(query.get('redirect_uri') ?? '')) return 'redirect_uri'
  const challenge = query.get('code_challenge') ?? ''
  if (!settings.pkce) return challenge === '' ? undefined : 'code_challenge'
  const isS256 = query.get('code_challenge_method') === 'S256' && /^[\w-]{43}$/.test(challenge)
  return isS256 ? undefined : 'code_challenge'
}

/** Exactly one way of client authentication, the registered one (RFC 6749 §2.3). */
function clientFault({ headers }: VendorRequest, form: URLSearchParams, settings: VendorSettings) {
  const { authorization } = headers
  const { auth, clientId, clientSecret } = settings
  if (auth === 'basic') {
    if (form.has('client_secret')) return 'two ways of client authentication'
    const pair = [clientId, clientSecret].map((part) =>
      new URLSearchParams({ '': part }).toString().slice(1),
    )
    const good = `Basic ${Buffer.from(pair.join(':')).toString('base64')}`
    return authorization === good ? undefined : 'client authentication'
  }
  if (authorization !== undefined) return 'two ways of client authentication'
  if (form.get('client_id') !== clientId) return 'client_id'
  const secret = auth === 'post' ? clientSecret : null
  return form.get('client_secret') === secret ? undefined : 'client authentication'
}

function formFault({ method, headers }: VendorRequest): string | undefined {
  if (method !== 'POST') return 'method'
  return headers['content-type']?.startsWith('application/x-www-form-urlencoded')
    ? undefined
    : 'content-type'
}

function codeFault(code: Code | undefined, redirectUri: string | null, verifier: string | null) {
  if (!code) return 'unknown code'
  if (code.used !== undefined) return 'code used twice'
  if (code.endsAt < Date.now()) return 'code too old'
  if (code.redirectUri !== redirectUri) return 'redirect_uri is not that of the authorization'
  const challenge =
    verifier === null ? null : createHash('sha256').update(verifier).digest('base64url')
  return challenge === code.challenge ? undefined : 'code_verifier'
}

function refuse(
  status: number,
  error: string,
  text: string,
  fault: (text: string) => void,
): Answer {
  fault(text)
  return { status, headers: { 'cache-control': 'no-store' }, body: { error } }
}
