// Requests after the token request, where the vendor file has them: a second token exchange, a discovery call.
import { randomUUID } from 'node:crypto'
import { type Http, NoResponse } from '../http/client.ts'
import { at, readResponse } from '../vendors/match.ts'
import { fill, mergeJsonParams, mergeParams, type Scope } from '../vendors/template.ts'
import { capture, captureNamed, withValues } from '../vendors/values.ts'
import type { Step, Vendor } from '../vendors/vendor.ts'
import { TokenError } from './errors.ts'
import { endpoint, requireValues } from './server.ts'
import { withQuery } from './token-adapter.ts'
import { standardTokenResponse } from './token-response.ts'
import { asToken, captured, type TokenSet } from './token-set.ts'

const TIMEOUT_MS = 5_000
const MAX_BYTES = 64 * 1024

/**
 * Runs the steps in order; each may replace the token or add values. `onlyExchanges` skips the steps that only
 * add values. @throws TokenError when a required step fails, or a value of the API's base URL or headers is still missing
 */
export async function runSteps(
  http: Http,
  vendor: Vendor,
  first: TokenSet,
  { onlyExchanges = false } = {},
): Promise<TokenSet> {
  let set = first
  for (const step of vendor.steps) {
    if (onlyExchanges && step.token === undefined) continue
    try {
      set = await runStep(http, withValues(vendor, set.values), step, set)
    } catch (error) {
      if (!(error instanceof TokenError)) throw error
      if (!step.optional) throw error
    }
  }
  const { baseUrl, headers } = vendor.api
  requireValues(withValues(vendor, set.values), baseUrl, ...Object.values(headers))
  return set
}

async function runStep(http: Http, vendor: Vendor, step: Step, set: TokenSet): Promise<TokenSet> {
  const response = await sendStep(http, stepRequest(vendor, step, set.accessToken))
  if (response.status < 200 || response.status > 299)
    throw new TokenError('vendor', `a step was answered with ${response.status}`)
  const { json } = readResponse(response)
  const values = captured(() => ({
    ...set.values,
    ...capture(vendor, 'step', json),
    ...captureNamed(vendor, step.capture, json),
  }))
  if (step.token === undefined) return { ...set, values }
  const { body } = standardTokenResponse(response, step.token, set.expiresIn)
  const standard: unknown = JSON.parse(body)
  const accessToken = asToken(at(standard, 'access_token'))
  return { ...set, values, accessToken, expiresIn: Number(at(standard, 'expires_in')) }
}

function stepRequest(vendor: Vendor, { request }: Step, token: string) {
  const { id, secret } = vendor.client
  const scope: Scope = {
    ...vendor.values,
    random: randomUUID(),
    'client.id': id,
    'client.secret': secret,
    token,
  }
  const url = new URL(endpoint(vendor, request.url))
  const params = mergeParams({}, request.params, scope)
  const headers: Record<string, string> = { accept: 'application/json' }
  for (const [name, value] of Object.entries(request.headers))
    headers[name.toLowerCase()] = fill(value, scope)
  if (request.method === 'GET') {
    for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value)
    return { method: 'GET', url: url.href, headers }
  }
  if (request.encoding === 'query') {
    const query = new URLSearchParams(params).toString()
    return { method: 'POST', url: withQuery(url.href, query), headers }
  }
  const isJson = request.encoding === 'json'
  headers['content-type'] = isJson ? 'application/json' : 'application/x-www-form-urlencoded'
  const body = isJson
    ? JSON.stringify(mergeJsonParams({}, request.params, scope))
    : new URLSearchParams(params).toString()
  return { method: 'POST', url: url.href, headers, body }
}

async function sendStep(http: Http, request: ReturnType<typeof stepRequest>) {
  try {
    return await http.send({ ...request, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES })
  } catch (error) {
    if (!(error instanceof NoResponse)) throw error
    throw new TokenError(error.timedOut ? 'timeout' : 'vendor', error.message, undefined, error)
  }
}
