// Tests a vendor's authorization server as far as possible without a person.
import { type Http, NoResponse } from '../http/client.ts'
import { TokenError } from '../oauth/errors.ts'
import { exchangeCode } from '../oauth/token.ts'
import { accountRequest } from '../vendors/request.ts'
import { missingValues } from '../vendors/values.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { madeUpCallback } from './show.ts'

const TIMEOUT_MS = 5_000

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

/** What a request that nobody approved showed: ✓ as it should be, ! cannot tell, ✗ wrong. */
export interface Finding {
  sign: '✓' | '!' | '✗'
  text: string
}

/**
 * Sends a made-up code. A working endpoint responds invalid_grant, or invalid_client for an unknown client, which
 * proves nothing when `guessing`: the client is a stand-in.
 */
export async function tryCode(
  http: Http,
  vendor: Vendor,
  redirectUri: string,
  verifier: string,
  guessing: boolean,
): Promise<Finding> {
  try {
    await exchangeCode(http, vendor, madeUpCallback(vendor, 'vendor-check'), redirectUri, verifier)
    return { sign: '✗', text: 'it gave a token for a code that nobody made' }
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
    return findingOf(vendor, error, guessing)
  }
}

function findingOf({ token }: Vendor, error: TokenError, guessing: boolean): Finding {
  const { kind, message, status = 0, said = message } = error
  if (error.cause instanceof NoResponse) return { sign: '✗', text: `no answer (${message})` }
  if (kind === 'spent')
    return { sign: '✓', text: 'it knows the client and refuses a made-up code, as it should' }
  const isClient = ['invalid_client', 'unauthorized_client', ...token.unknownClient]
  if (kind === 'setup' && isClient.includes(message))
    return { sign: guessing ? '!' : '✗', text: `it does not accept the client (${said})` }
  if (kind === 'setup') return { sign: '✗', text: `it does not take the request (${said})` }
  if (status === 429) return { sign: '!', text: `it has had enough requests for now (${said})` }
  const elsewhere = ': token.url is not its token endpoint'
  if (status >= 500) return { sign: '✗', text: `HTTP ${status} (${said})` }
  if (status === 404 || status === 405)
    return { sign: '✗', text: `HTTP ${status} (${said})${elsewhere}` }
  if (error.said === undefined && status > 0)
    return { sign: '✗', text: `HTTP ${status}, and ${NOT_A_TOKEN}${elsewhere}` }
  const own = 'if they say that the code is not known, token.spent should name them'
  return { sign: '!', text: `it answers in words of its own (${said}): ${own}` }
}

const NOT_A_TOKEN = 'not a token answer'

/**
 * Sends the account request, else a GET of the base URL, without access. Both should be refused; a 404 of the account
 * request, or nobody there, means that the address is wrong.
 */
export async function tryApi(http: Http, vendor: Vendor): Promise<Finding> {
  const { account, auth, baseUrl } = vendor.api
  const path = account?.path ?? ''
  const missing = missingValues(vendor, path.startsWith('http') ? '' : baseUrl, path)
  if (missing.length > 0 || path.includes('${token}'))
    return { sign: '!', text: 'its address is known only after an approval: not tried' }
  const request = accountRequest(
    { ...vendor, api: { ...vendor.api, account: account ?? ROOT } },
    '',
  )
  if (!request) return { sign: '!', text: 'not tried' }
  delete request.headers[auth.name.toLowerCase()]
  try {
    const { status } = await http.send({ ...request, timeoutMs: TIMEOUT_MS, maxBytes: 2_000_000 })
    if (status >= 500) return { sign: '✗', text: `HTTP ${status}` }
    if (status === 401 || status === 403)
      return { sign: '✓', text: `HTTP ${status} without access, as it should be` }
    if (status === 404 && account)
      return { sign: '✗', text: `HTTP 404: api.baseUrl or api.account.path is wrong` }
    return { sign: '!', text: `HTTP ${status} without access: somebody is there, no more is known` }
  } catch (error) {
    return { sign: '✗', text: error instanceof Error ? error.message : 'no answer' }
  }
}

const ROOT = { path: '', id: 'id', name: 'id' }
