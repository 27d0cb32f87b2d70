// Looks whether a campaign is at the vendor already, by the `find` of the vendor's file. Changes nothing there.
import type { z } from 'zod'
import type { Campaign } from '../campaigns/campaign.ts'
import type { Http } from '../http/client.ts'
import type { Find } from './api-schema.ts'
import { classify, type PushResponse } from './classify-response.ts'
import { type FoundPage, nextPage, type Where } from './find-pages.ts'
import { at, matches, type ReadResponse, readResponse } from './match.ts'
import { keptValues, withoutResponse } from './push.ts'
import { campaignScope, operationRequest } from './request.ts'
import { fill, type Scope } from './template.ts'
import type { Vendor } from './vendor.ts'

const PAGE_MS = 8_000
const MOST_PAGES = 20
const MAX_BYTES = 4_000_000

export interface Candidate {
  id: string
  name?: string
}

export type Found =
  | { kind: 'one'; values: Record<string, string> }
  | { kind: 'none' }
  | { kind: 'several'; candidates: Candidate[]; isComplete: boolean }
  | { kind: 'failed'; response: PushResponse }

interface Search {
  vendor: Vendor
  campaign: Campaign
  token: string
  /** Those of these objects that are another campaign's: they are no match, as long as there is another one. */
  linkedElsewhere?(ids: string[]): Promise<ReadonlySet<string>>
}

/** As it was sent before, and only if that is nowhere as it is now. */
export async function findVersions(
  http: Http,
  { sentBefore, ...search }: Search & { sentBefore?: Campaign | undefined },
): Promise<Found> {
  const before = sentBefore && (await findCampaign(http, { ...search, campaign: sentBefore }))
  return before && before.kind !== 'none' ? before : findCampaign(http, search)
}

/** Reads at most 20 pages. `none` only when the search has seen everything. */
export async function findCampaign(http: Http, search: Search): Promise<Found> {
  const { vendor, campaign } = search
  const find = vendor.api.find
  if (!find) return { kind: 'several', candidates: [], isComplete: false }
  const scope = campaignScope(vendor, campaign, {})
  const matched: ReadResponse[] = []
  let seen = 0
  let where: Where = {}
  for (let page = 1; page <= MOST_PAGES; page++) {
    const read = await readPage(http, search, find, where)
    if ('failure' in read) return read.failure ?? { kind: 'none' }
    const items = itemsOf(find, read.response)
    matched.push(...items.filter((item) => isCampaign(find, item, scope)))
    seen += items.length
    const next = items.length === 0 ? undefined : nextPage(find, read, { seen, page })
    if (next === 'elsewhere') break
    if (next === undefined) return conclude(http, search, find, matched)
    where = next
  }
  return several(find, matched, false)
}

/** What a search compares: campaigns of one name have one. Undefined where nothing is compared. */
export function comparedWith({ api, ...vendor }: Vendor, campaign: Campaign): string | undefined {
  const { equals, contains = equals } = api.find?.match ?? {}
  return contains && fill(contains, campaignScope({ api, ...vendor }, campaign, {}))
}

async function conclude(
  http: Http,
  search: Search,
  find: Find,
  matched: ReadResponse[],
): Promise<Found> {
  const ids = matched.map((item) => keptValues(find.keep, item).id ?? '')
  const elsewhere = ids.length > 0 ? await search.linkedElsewhere?.(ids) : undefined
  const free = matched.filter((_, index) => !elsewhere?.has(ids[index] ?? ''))
  const [only] = free
  if (free.length > 1) return several(find, free, find.complete)
  if (!only && (matched.length > 0 || !find.complete)) return several(find, matched, find.complete)
  if (!only) return { kind: 'none' }
  return furtherValues(http, search, find, keptValues(find.keep, only))
}

function several(find: Find, matched: ReadResponse[], isComplete: boolean): Found {
  const candidates = matched.map((item) => {
    const name = find.match && at(item.json, find.match.path)
    const { id = '' } = keptValues(find.keep, item)
    return { id, name: typeof name === 'string' ? name.slice(0, 120) : undefined }
  })
  return { kind: 'several', candidates, isComplete }
}

/** A page; or why there is none. A `single` object that is gone is simply not there. */
async function readPage(
  http: Http,
  { vendor, campaign, token }: Search,
  find: Find,
  { url, member }: Where,
): Promise<FoundPage | { failure: Found | undefined }> {
  try {
    const body = member && isObject(find.body) ? { ...find.body, ...member } : find.body
    const first = operationRequest(vendor, { ...find, body }, { campaign, token, known: {} })
    const request = { ...first, url: url ?? first.url, timeoutMs: PAGE_MS, maxBytes: MAX_BYTES }
    const response = readResponse(await http.send(request), token)
    const result = classify(vendor, response, { ok: find.ok })
    if (find.single && (result.kind === 'gone' || response.status === 404)) {
      return { failure: undefined }
    }
    const isRead = response.status === 200 && response.json !== undefined
    if (isRead && result.kind === 'ok') return { url: request.url, response }
    return { failure: failed(result) }
  } catch (error) {
    return { failure: failed(withoutResponse(error)) }
  }
}

/** A request that looks changes nothing: that it was not answered leaves nothing uncertain. */
function failed(response: PushResponse): Found {
  return { kind: 'failed', response: { ...response, kind: certain(response.kind) } }
}

const SAY_NOTHING: readonly PushResponse['kind'][] = ['ok', 'unknown', 'exists', 'gone']

function certain(kind: PushResponse['kind']): PushResponse['kind'] {
  return SAY_NOTHING.includes(kind) ? 'unavailable' : kind
}

function isObject(value: unknown): value is Record<string, z.core.util.JSONType> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function itemsOf(find: Find, response: ReadResponse): ReadResponse[] {
  if (find.single) return [response]
  const list = find.items === undefined ? response.json : at(response.json, find.items)
  return Array.isArray(list) ? list.map((json: unknown) => ({ ...response, json })) : []
}

function isCampaign(find: Find, item: ReadResponse, scope: Scope): boolean {
  if (find.not !== undefined && matches(item, find.not)) return false
  if (!find.match) return find.single
  const value = String(at(item.json, find.match.path) ?? '')
  const { equals, contains } = find.match
  if (equals !== undefined) return value === fill(equals, scope)
  return contains !== undefined && value.includes(fill(contains, scope))
}

/** `after`: what the list does not show of the one that was found. Without it nothing is linked: it may be needed. */
async function furtherValues(
  http: Http,
  { vendor, campaign, token }: Search,
  find: Find,
  found: Record<string, string>,
): Promise<Found> {
  let values = found
  for (const further of find.after) {
    const operation = { ...further, method: 'GET' as const, encoding: 'json' as const }
    try {
      const request = operationRequest(vendor, operation, { campaign, token, known: values })
      const sent = { ...request, timeoutMs: PAGE_MS, maxBytes: MAX_BYTES }
      const response = readResponse(await http.send(sent), token)
      const result = classify(vendor, response, { ok: find.ok })
      if (result.kind !== 'ok') return failed(result)
      values = { ...values, ...keptValues(further.keep, response) }
    } catch (error) {
      return failed(withoutResponse(error))
    }
  }
  return { kind: 'one', values }
}
