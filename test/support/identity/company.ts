// A company's sign-in as an app under test meets one: OpenID Connect over HTTP, who comes is let in as `person` at once.
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { listen } from '../app/listen.ts'

export const DANA = { sub: 'dana-1', email: 'dana@company.example', roles: ['admin'] }
export const SAM = { sub: 'sam-1', email: 'sam@company.example', roles: ['sender'] }
export const ADA = { sub: 'ada-1', email: 'ada@company.example', roles: ['approver'] }
export const VIC = { sub: 'vic-1', email: 'vic@company.example', roles: ['viewer'] }
export const NOBODY = { sub: 'nobody-1', email: 'nobody@company.example', roles: [] }

type Person = { sub: string } & Record<string, unknown>

/** What it does otherwise than it should, until it is set back. */
interface Misbehaviour {
  /** Changes the ID token before it is signed. */
  idToken?: (claims: JWTPayload) => JWTPayload
  /** Changes the query of the callback. */
  callback?: (query: URLSearchParams) => void
  /** Signs the ID token otherwise than by its key: with the client's secret, or not at all. */
  signature?: 'HS256' | 'none'
  /** Signs with a key that it does not publish. */
  otherKey?: boolean
  /** Leaves all claims but the subject to userinfo. */
  onlyUserinfo?: boolean
  /** The token endpoint says 500. */
  fails?: boolean
}

export type Company = Awaited<ReturnType<typeof startCompany>>

/** Listens on a free port; `environment` is what an app is to be started with. */
export async function startCompany(environment: Record<string, string> = {}) {
  const [own, other] = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256')])
  const jwk = { ...(await exportJWK(own.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }
  const clientSecret = `company secret ${randomBytes(16).toString('base64url')}`
  const server = createServer()
  const issuer = `http://127.0.0.1:${await listen(server)}`
  const codes = new Map<string, { query: URLSearchParams; person: Person }>()
  const given: { codes: string[]; states: string[]; tokens: string[] } = {
    codes: [],
    states: [],
    tokens: [],
  }
  const requests: { path: string; query: URLSearchParams; body: string }[] = []
  const state = { person: DANA as Person, denies: false, wrong: {} as Misbehaviour }

  const sign = (claims: JWTPayload, header = {}) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: 'one', ...header })
      .sign((state.wrong.otherKey ? other : own).privateKey)

  /** As somebody would who has no key of the issuer. */
  function signAs(signature: Misbehaviour['signature'], claims: JWTPayload) {
    if (signature === 'none') return new UnsecuredJWT(claims).encode()
    if (signature === undefined) return sign(claims)
    const secret = new TextEncoder().encode(clientSecret)
    return new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'one' }).sign(secret)
  }

  function authorize(query: URLSearchParams): string {
    const back = new URL(query.get('redirect_uri') ?? '')
    const code = randomBytes(24).toString('base64url')
    const answer: Record<string, string> = state.denies ? { error: 'access_denied' } : { code }
    if (!state.denies) codes.set(code, { query, person: state.person })
    given.codes.push(code)
    given.states.push(query.get('state') ?? '')
    const callback = new URLSearchParams({
      ...answer,
      state: query.get('state') ?? '',
      iss: issuer,
    })
    state.wrong.callback?.(callback)
    back.search = callback.toString()
    return back.href
  }

  async function token(req: IncomingMessage, form: URLSearchParams) {
    if (state.wrong.fails) return { status: 500, body: { error: 'server_error' } }
    const code = codes.get(form.get('code') ?? '')
    codes.delete(form.get('code') ?? '')
    if (secretOf(req) !== clientSecret) return { status: 401, body: { error: 'invalid_client' } }
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    if (
      !code ||
      code.query.get('code_challenge') !== challenge ||
      code.query.get('redirect_uri') !== form.get('redirect_uri')
    )
      return { status: 400, body: { error: 'invalid_grant' } }
    const accessToken = randomBytes(24).toString('base64url')
    const { sub, ...claims } = code.person
    const now = Math.floor(Date.now() / 1000)
    const nonce = code.query.get('nonce') ?? ''
    const payload = {
      iss: issuer,
      aud: 'sync',
      iat: now,
      exp: now + 300,
      nonce,
      sub,
      sid: `sid ${sub}`,
      ...(!state.wrong.onlyUserinfo && claims),
    }
    const idToken = await signAs(state.wrong.signature, state.wrong.idToken?.(payload) ?? payload)
    given.tokens.push(accessToken, idToken)
    persons.set(accessToken, code.person)
    return {
      status: 200,
      body: { access_token: accessToken, token_type: 'Bearer', expires_in: 300, id_token: idToken },
    }
  }

  const persons = new Map<string, Person>()

  async function respond(req: IncomingMessage, path: string, query: URLSearchParams, body: string) {
    if (path === '/.well-known/openid-configuration') return { status: 200, body: metadata(issuer) }
    if (path === '/jwks') return { status: 200, body: { keys: [jwk] } }
    if (path === '/authorize') return { status: 302, location: authorize(query), body: {} }
    if (path === '/token') return token(req, new URLSearchParams(body))
    if (path === '/userinfo')
      return { status: 200, body: persons.get(req.headers.authorization?.slice(7) ?? '') ?? {} }
    if (path === '/end')
      return { status: 302, location: query.get('post_logout_redirect_uri') ?? '', body: {} }
    return { status: 404, body: {} }
  }

  server.on('request', async (req, res) => {
    const { pathname, searchParams } = new URL(req.url ?? '', issuer)
    const body = await text(req)
    requests.push({ path: pathname, query: searchParams, body })
    const response: { status: number; location?: string; body: object } = await respond(
      req,
      pathname,
      searchParams,
      body,
    )
    res.writeHead(response.status, {
      'content-type': 'application/json',
      ...(response.location && { location: response.location }),
    })
    res.end(JSON.stringify(response.body))
  })

  return {
    issuer,
    state,
    requests,
    sign,
    environment: {
      OIDC_ISSUER: issuer,
      OIDC_CLIENT_ID: 'sync',
      OIDC_CLIENT_SECRET: clientSecret,
      ...environment,
    },
    /** As a vendor's: for the canary. */
    values: () => ({
      clientSecrets: [clientSecret],
      tokens: given.tokens,
      codes: given.codes,
      states: given.states,
      verifiers: [],
    }),
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** As RFC 6749 section 2.3.1 has it: form-encoded, then base64. */
function secretOf({ headers }: IncomingMessage): string {
  const basic = Buffer.from(
    headers.authorization?.slice('Basic '.length) ?? '',
    'base64',
  ).toString()
  return new URLSearchParams(`secret=${basic.replace(/^[^:]*:/, '')}`).get('secret') ?? ''
}

function metadata(issuer: string) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    end_session_endpoint: `${issuer}/end`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    backchannel_logout_supported: true,
  }
}
