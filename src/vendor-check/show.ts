// Shows the requests that the app would send to a vendor, in lines for people, with secrets masked. Sends nothing.
import { type Http, NoResponse, type OutboundRequest } from '../http/client.ts'
import { validateCallback } from '../oauth/callback.ts'
import { TokenError } from '../oauth/errors.ts'
import { exchangeCode } from '../oauth/token.ts'
import { NoAddress, operationRequest, pushRequest } from '../vendors/request.ts'
import { fill } from '../vendors/template.ts'
import type { Vendor } from '../vendors/vendor.ts'

export const MASK = '••••'

export async function tokenLine(vendor: Vendor, redirectUri: string): Promise<string> {
  const request = await buildTokenRequest(vendor, redirectUri)
  if (request instanceof TokenError)
    return `! the token request cannot be built: ${request.message}`
  const { url, headers, body = '' } = request
  const { encoding } = vendor.token
  const members: unknown =
    encoding === 'json' ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body))
  const authorization = headers.authorization?.replace(/^Basic .*/, `Basic ${MASK}`)
  if (members && typeof members === 'object' && 'client_assertion' in members)
    Object.assign(members, { client_assertion: MASK })
  const shown = authorization === undefined ? '' : `, Authorization: ${authorization}`
  return `→ a code is exchanged at ${readable(url)} as ${encoding}: ${JSON.stringify(members)}${shown}`
}

/** Has the app exchange a code through a client that keeps the request instead of sending it. */
async function buildTokenRequest(
  vendor: Vendor,
  redirectUri: string,
): Promise<OutboundRequest | TokenError> {
  let built: OutboundRequest | undefined
  const http: Http = {
    async send(request) {
      built = request
      throw new NoResponse('not sent', false, false)
    },
  }
  const masked = withPlaceholders(vendor)
  try {
    await exchangeCode(http, masked, madeUpCallback(masked, '...'), redirectUri, MASK)
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
    return built ?? error
  }
  throw new Error('a request that was not sent cannot give a token')
}

/** The callback of a person who approved, with a code that nobody issued. */
export function madeUpCallback(vendor: Vendor, code: string): URLSearchParams {
  const { issuer } = vendor.authorize
  const parameters = new URLSearchParams({ code, state: 's' })
  if (issuer !== undefined) parameters.set('iss', fill(issuer, vendor.values))
  return validateCallback(vendor, parameters, 's')
}

/** The push of a campaign, as the app builds it; of several requests the first that makes something. */
export function pushLine(vendor: Vendor): string {
  const { auth, push, create } = vendor.api
  const { idempotencyHeader } = create?.[0] ?? push
  try {
    const { method, url, headers } = firstRequest(withPlaceholders(vendor))
    const key = idempotencyHeader ?? 'none: a push without an answer is not repeated by itself'
    return `→ a campaign goes to ${method} ${readable(url)} with ${auth.name}: ${headers[auth.name.toLowerCase()]}; idempotency: ${key}`
  } catch (error) {
    if (!(error instanceof NoAddress)) throw error
    return `! the push cannot be built: ${error.message}`
  }
}

function firstRequest(vendor: Vendor) {
  const operation = vendor.api.create?.[0]
  if (!operation) return pushRequest(vendor, CAMPAIGN, MASK, 'key')
  return operationRequest(vendor, operation, { campaign: CAMPAIGN, token: MASK, known: {} })
}

/** A campaign whose fields are the names that a vendor file gives them. */
const CAMPAIGN = {
  id: '${campaign.id}',
  name: '${campaign.name}',
  type: '${campaign.type}',
  status: '${campaign.status}',
  currency: '${campaign.currency}',
}

/** The vendor with its secret masked, and each value that it sends later standing as its own name. */
function withPlaceholders(vendor: Vendor): Vendor {
  const { token, api, vars, client } = vendor
  const later = Object.keys(vars).map((name) => {
    const placeholder = `\${vars.${name}}`
    const isWholeHost = [token.url, api.baseUrl].some((url) => url.startsWith(placeholder))
    return [`vars.${name}`, isWholeHost ? `https://${placeholder}` : placeholder]
  })
  return {
    ...vendor,
    client: { ...client, secret: MASK },
    values: { ...Object.fromEntries(later), ...vendor.values },
  }
}

/** A URL with its placeholders as they stand in the file. */
function readable(url: string): string {
  return url.replaceAll('%24', '$').replaceAll('%7B', '{').replaceAll('%7D', '}')
}
