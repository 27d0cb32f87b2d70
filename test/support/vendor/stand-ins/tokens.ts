// Authorize and token endpoint of a stand-in (RFC 6749, 4.1): codes are used once, PKCE is checked, refusals are the vendor's own.
import { createHash } from 'node:crypto'
import type { Said } from '../stage.ts'
import type { Call } from './routes.ts'

/** What a token request may be refused for; each vendor has its own words. */
type TokenFault = 'bad_client' | 'bad_code' | 'bad_refresh_token'

export interface TokenRules {
  /** `GET /host/path`, `POST /host/path`; several where a vendor serves old and new paths. */
  authorize: string
  token: string[]
  client: 'basic' | 'form' | 'either'
  pkce?: 'required' | 'optional'
  /** Whether a refresh token is given, and if a refresh gives a new one, the same, or names none. */
  refresh?: 'rotates' | 'same' | 'unnamed'
  /** Only when this scope was asked for. */
  refreshScope?: string
  /** Names that differ from the RFC's. */
  names?: { client?: string; secret?: string; code?: string; back?: string }
  /** The vendor's answer around the token. */
  granted(token: Granted): Said
  refused(fault: TokenFault): Said
}

export interface Granted {
  access: string
  refresh?: string
  scope: string
}

/** Who a token belongs to at the vendor. */
export interface Account {
  id: string
  name: string
}

interface Code {
  redirectUri: string
  challenge?: string
  scope: string
}

export type Tokens = ReturnType<typeof createTokens>

export function createTokens() {
  const codes = new Map<string, Code>()
  const access = new Map<string, { scope: string; account: Account }>()
  let signedIn: Account = { id: '1', name: 'Dana' }
  const refresh = new Map<string, { scope: string; account: Account }>()
  const ended = new Set<string>()
  let number = 1

  function give(scope: string, rules?: TokenRules, account = signedIn): Granted {
    const granted: Granted = { access: `at-${number++}`, scope }
    access.set(granted.access, { scope, account })
    const wanted = rules?.refreshScope === undefined || scope.includes(rules.refreshScope)
    if (!rules?.refresh || !wanted) return granted
    const token = `rt-${number++}`
    refresh.set(token, { scope, account })
    return { ...granted, refresh: token }
  }

  function authorize({ url }: Call, { names = {}, pkce }: TokenRules): Said {
    const client = url.searchParams.get(names.client ?? 'client_id')
    const redirectUri = url.searchParams.get('redirect_uri')
    const challenge = url.searchParams.get('code_challenge') ?? undefined
    if (!client || !redirectUri || (pkce === 'required' && challenge === undefined))
      return { status: 400, body: 'the authorization request lacks something' }
    const code = `code-${number++}`
    codes.set(code, { redirectUri, challenge, scope: url.searchParams.get('scope') ?? '' })
    const back = new URL(redirectUri)
    back.searchParams.set(names.back ?? 'code', code)
    back.searchParams.set('state', url.searchParams.get('state') ?? '')
    return { status: 302, headers: { location: back.href } }
  }

  function token(call: Call, rules: TokenRules): Said {
    const { client, names = {} } = rules
    const sent = new Map(Object.entries(call.members))
    const basic = call.headers.authorization?.startsWith('Basic ') ?? false
    const form = sent.get(names.client ?? 'client_id') && sent.get(names.secret ?? 'client_secret')
    if (!(client === 'basic' ? basic : client === 'form' ? form : basic || form))
      return rules.refused('bad_client')
    if (sent.get('grant_type') === 'refresh_token')
      return refreshed(String(sent.get('refresh_token')), rules)
    const code = String(sent.get(names.code ?? 'code'))
    const known = codes.get(code)
    codes.delete(code)
    const redirect = sent.get('redirect_uri')
    if (!known || (redirect !== undefined && redirect !== known.redirectUri))
      return rules.refused('bad_code')
    if (
      known.challenge !== undefined &&
      known.challenge !== s256(String(sent.get('code_verifier')))
    )
      return rules.refused('bad_code')
    return rules.granted(give(known.scope, rules))
  }

  function refreshed(old: string, rules: TokenRules): Said {
    const known = refresh.get(old)
    if (known === undefined) return rules.refused('bad_refresh_token')
    const { scope, account } = known
    if (rules.refresh === 'rotates') {
      refresh.delete(old)
      return rules.granted(give(scope, rules, account))
    }
    const granted = give(scope, undefined, account)
    return rules.granted(rules.refresh === 'same' ? { ...granted, refresh: old } : granted)
  }

  return {
    authorize,
    token,
    /** Another access token of the same scope, as a second exchange gives. */
    exchange: (old: string): Granted | undefined => {
      const known = ended.has(old) ? undefined : access.get(old)
      return known && give(known.scope, undefined, known.account)
    },
    /** The scope of a token that is good, undefined for any other. */
    scopeOf: (token: string) => (ended.has(token) ? undefined : access.get(token)?.scope),
    /** Who approved the token, or made the key. */
    accountOf: (token: string): Account => access.get(token)?.account ?? signedIn,
    /** A key that a person made at the vendor: good until it is ended. */
    acceptKey: (key: string) => {
      if (!access.has(key)) access.set(key, { scope: '', account: signedIn })
      return !ended.has(key)
    },
    /** Who approves, or makes keys, from now on. */
    signInAs: (account: Account) => {
      signedIn = account
    },
    /** Ends every access token given so far, and the refresh tokens too if asked. */
    end({ refreshToo = false } = {}) {
      for (const token of access.keys()) ended.add(token)
      if (refreshToo) refresh.clear()
    },
  }
}

const s256 = (verifier: string) => createHash('sha256').update(verifier).digest('base64url')
