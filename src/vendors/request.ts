// Builds the requests to a vendor's API as its file describes them. They are sent elsewhere.
import type { Campaign } from '../campaigns/campaign.ts'
import type { OutboundRequest } from '../http/client.ts'
import { fingerprint } from '../store/fingerprint.ts'
import { fill, fillJson, type Scope } from './template.ts'
import { urlFault } from './url.ts'
import { missingValues } from './values.ts'
import type { Vendor } from './vendor.ts'

/** A request cannot be built: a value of its URL is missing or unsafe. */
export class NoAddress extends Error {}

type Bare = Omit<OutboundRequest, 'timeoutMs' | 'maxBytes'>

/** The push of one campaign. @throws NoAddress */
export function pushRequest(vendor: Vendor, campaign: Campaign, token: string, key: string): Bare {
  const { push } = vendor.api
  const scope: Scope = scopeOf(vendor, token)
  for (const [field, value] of Object.entries(campaign)) scope[`campaign.${field}`] = value
  const content = push.body === undefined ? campaign : fillJson(push.body, scope)
  const form = push.encoding === 'form'
  return {
    method: push.method,
    url: address(vendor, push.path, scope),
    headers: {
      ...apiHeaders(vendor, token),
      'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json',
      ...(push.idempotencyHeader && { [push.idempotencyHeader.toLowerCase()]: key }),
    },
    body: form ? formEncoded(content) : JSON.stringify(content),
  }
}

/**
 * Names what a push of this campaign would send: method, path and body without access, key or what only a token
 * brings. Two versions of a campaign with one name are the same to the vendor. 132 bits of SHA-256.
 */
export function contentHash(vendor: Vendor, campaign: Campaign): string {
  const { push } = vendor.api
  const scope: Scope = { ...vendor.values }
  for (const [field, value] of Object.entries(campaign)) scope[`campaign.${field}`] = value
  const content = push.body === undefined ? campaign : fillJson(push.body, scope)
  return fingerprint(JSON.stringify([push.method, fill(push.path, scope), content]))
}

/** The request for the token's account. Undefined when the file describes none. @throws NoAddress */
export function accountRequest(vendor: Vendor, token: string): Bare | undefined {
  const { account } = vendor.api
  if (!account) return undefined
  const url = address(vendor, account.path, scopeOf(vendor, token))
  return { method: 'GET', url, headers: apiHeaders(vendor, token) }
}

function scopeOf({ values, client }: Vendor, token: string): Scope {
  return { ...values, 'client.id': client.id, token }
}

function apiHeaders(vendor: Vendor, token: string): Record<string, string> {
  const { auth, headers } = vendor.api
  const scope = scopeOf(vendor, token)
  const made: Record<string, string> = { accept: 'application/json' }
  for (const [name, template] of Object.entries(headers)) {
    const value = fill(template, scope)
    if (value !== '') made[name.toLowerCase()] = value
  }
  made[auth.name.toLowerCase()] = fill(auth.value, scope)
  return made
}

/** The base URL and, after it, the path; or the path alone when it is a URL. Each value in the path is encoded. */
function address(vendor: Vendor, path: string, scope: Scope): string {
  const baseUrl = /^https?:/.test(path) ? '' : vendor.api.baseUrl
  const missing = missingValues(vendor, baseUrl, path)
  if (missing.length > 0) throw new NoAddress(`${vendor.name} has not said ${missing.join(', ')}`)
  const base = fill(baseUrl, vendor.values)
  const url =
    (path.startsWith('/') ? base.replace(/\/+$/, '') : base) + fill(path, scope, encodeSegment)
  if (urlFault(url) !== undefined)
    throw new NoAddress(`${vendor.name} has named an address that is not safe`)
  return url
}

/** Encodes a value in a path. ".." is refused: URL parsers resolve it even when encoded. @throws NoAddress */
function encodeSegment(value: string): string {
  if (/^\.{0,2}$/.test(value)) throw new NoAddress('a value in the address is empty or climbs it')
  return encodeURIComponent(value)
}

/** Members of a flat object; what is not text or number is sent as JSON. */
function formEncoded(content: unknown): string {
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(Object(content)))
    if (value !== undefined && value !== null)
      form.set(name, typeof value === 'object' ? JSON.stringify(value) : String(value))
  return form.toString()
}
