// Builds the requests to a vendor's API as its file describes them. They are sent elsewhere.
import { randomUUID } from 'node:crypto'
import type { Campaign } from '../campaigns/campaign.ts'
import type { OutboundRequest } from '../http/client.ts'
import { fingerprint } from '../store/stored-text.ts'
import type { Operation } from './api-schema.ts'
import { jsonOf, oncePerVersion } from './once-per-version.ts'
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
  const scope: Scope = { ...fieldScope(vendor, campaign), token }
  const content = pushContent(vendor, campaign, scope)
  const json = content === campaign ? jsonOf(campaign) : JSON.stringify(content)
  return requestOf(vendor, push, scope, { token, key, content, json })
}

/** What the file makes of the campaign, or the whole of it. */
function pushContent({ api }: Vendor, campaign: Campaign, scope: Scope): unknown {
  return api.push.body === undefined ? campaign : fillJson(api.push.body, scope)
}

export interface Filling {
  campaign: Campaign
  token: string
  /** Values kept from earlier responses, as `${known.NAME}`. */
  known: Record<string, string>
  /** Idempotency-Key; undefined: none is sent. */
  key?: string
}

type Described = Pick<Operation, 'path' | 'encoding' | 'body' | 'idempotencyHeader' | 'headers'>

/** A request of a vendor's operations. Without a body where the file describes none. @throws NoAddress */
export function operationRequest(
  vendor: Vendor,
  operation: Described & { method: Operation['method'] | 'GET' },
  { campaign, token, known, key }: Filling,
): Bare {
  const scope: Scope = { ...campaignScope(vendor, campaign, known), token }
  const content = fillJson(operation.body, scope)
  return requestOf(vendor, operation, scope, { token, key, content })
}

interface Sent {
  token: string
  key?: string
  content: unknown
  /** The content as JSON, where that is known. */
  json?: string
}

function requestOf(
  vendor: Vendor,
  described: Partial<Described> & { method: string; path: string },
  scope: Scope,
  { token, key, content, json = JSON.stringify(content) }: Sent,
): Bare {
  const { method, path, encoding, idempotencyHeader, headers = {} } = described
  const isForm = encoding === 'form'
  const made = apiHeaders(vendor, token)
  for (const [name, value] of Object.entries(headers)) made[name.toLowerCase()] = fill(value, scope)
  if (content !== undefined && isForm) made['content-type'] = 'application/x-www-form-urlencoded'
  else if (content !== undefined) made['content-type'] ??= 'application/json'
  if (idempotencyHeader !== undefined && key !== undefined)
    made[idempotencyHeader.toLowerCase()] = key
  const body = isForm ? formEncoded(content) : json
  return {
    method,
    url: address(vendor, path, scope),
    headers: made,
    ...(content !== undefined && { body }),
  }
}

/** The names that templates about a campaign may use. No token: what is named so may be shown. */
export function campaignScope(
  vendor: Vendor,
  campaign: Campaign,
  known: Record<string, string>,
): Scope {
  const scope: Scope = { ...fieldScope(vendor, campaign) }
  for (const [name, value] of Object.entries(known)) scope[`known.${name}`] = value
  return scope
}

const fieldScope = oncePerVersion(({ values, client }: Vendor, campaign: Campaign): Scope => {
  const fields = Object.entries(campaign).map(([field, value]) => [`campaign.${field}`, value])
  return { ...values, 'client.id': client.id, ...Object.fromEntries(fields) }
})

/**
 * Names what a push of this campaign would send: method, path and body without access, key or what only a token
 * brings. Two versions of a campaign with one name are the same to the vendor.
 */
export const contentHash = oncePerVersion(hashOf)

function hashOf(vendor: Vendor, campaign: Campaign): string {
  const { push, create, update = [] } = vendor.api
  const scope = fieldScope(vendor, campaign)
  if (!create) {
    const content = pushContent(vendor, campaign, scope)
    return fingerprint(JSON.stringify([push.method, fill(push.path, scope), content]))
  }
  const requests = [...create, ...update].map(({ method, path, body }) => [
    method,
    fill(path, scope),
    fillJson(body, scope),
  ])
  return fingerprint(JSON.stringify(requests))
}

/** The request for the token's account. Undefined when the file describes none. @throws NoAddress */
export function accountRequest(vendor: Vendor, token: string): Bare | undefined {
  const { account } = vendor.api
  if (!account) return undefined
  const url = address(vendor, account.path, scopeOf(vendor, token))
  return { method: 'GET', url, headers: apiHeaders(vendor, token) }
}

function scopeOf({ values, client }: Vendor, token: string): Scope {
  return { ...values, random: randomUUID(), 'client.id': client.id, token }
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
