// One push of one campaign: build the request, send it, judge the answer, repeat only where that is safe.
import { setTimeout as wait } from 'node:timers/promises'
import type { Campaign } from '../campaigns/campaign.ts'
import { type Http, NoAnswer, type OutboundRequest } from '../http.ts'
import { at, matches, type ReadAnswer, readAnswer } from './match.ts'
import { retryAfterSeconds } from './retry-after.ts'
import { fill, fillJson, type Scope } from './template.ts'
import type { Vendor } from './vendor.ts'

/**
 * What the vendor said, in the words of DESIGN.md. `unknown`: sent, and no answer that can be believed.
 * `unavailable`: the vendor answers, but not now. `unreachable`: certainly not sent.
 */
export interface PushAnswer {
  kind: 'ok' | 'expired' | 'limited' | 'forbidden' | 'failed' | 'unavailable' | 'unreachable' | 'unknown'
  /** An earlier attempt of this push may have been applied, whatever the last one said. */
  maybeApplied: boolean
  status?: number
  /** The vendor's own words, at most 200 characters, control characters removed. Escape before showing. */
  message?: string
  externalId?: string
  /** Seconds the vendor asks to be left alone. */
  retryAfter?: number
}

const DEADLINE_MS = 10_000
const ATTEMPTS = 3
const MAX_BYTES = 1_000_000

/** Pushes with `key` as Idempotency-Key; at most 3 attempts and 10 s in all. Never throws for what a vendor does. */
export async function push(
  http: Http,
  vendor: Vendor,
  campaign: Campaign,
  token: string,
  key: string,
): Promise<PushAnswer> {
  const end = Date.now() + DEADLINE_MS
  const request = pushRequest(vendor, campaign, token, key)
  const repeatable = vendor.api.push.idempotencyHeader !== undefined
  let maybeApplied = false
  for (let attempt = 1; ; attempt++) {
    const answer = await attemptPush(http, vendor, { ...request, timeoutMs: Math.max(1, end - Date.now()) })
    maybeApplied ||= answer.kind === 'unknown' || answer.kind === 'unavailable'
    const pause = 200 * 2 ** attempt * (0.5 + Math.random() / 2)
    const again = retryPause(answer, pause)
    if (again === undefined || !repeatable || attempt === ATTEMPTS || Date.now() + again > end)
      return { ...answer, maybeApplied: maybeApplied && answer.kind !== 'ok' }
    await wait(again)
  }
}

/** The request as the vendor's file describes it. Pure. */
export function pushRequest(vendor: Vendor, campaign: Campaign, token: string, key: string): OutboundRequest {
  const { api } = vendor
  const scope: Scope = { ...vendor.values, token }
  for (const [field, value] of Object.entries(campaign)) scope[`campaign.${field}`] = value
  const headers: Record<string, string> = { accept: 'application/json', 'content-type': 'application/json' }
  for (const [name, value] of Object.entries(api.headers)) headers[name.toLowerCase()] = fill(value, scope)
  headers[api.auth.name.toLowerCase()] = fill(api.auth.value, scope)
  if (api.push.idempotencyHeader) headers[api.push.idempotencyHeader.toLowerCase()] = key
  return {
    method: api.push.method,
    url: fill(api.baseUrl, vendor.values) + fill(api.push.path, scope, encodeURIComponent),
    headers,
    body: JSON.stringify(api.push.body === undefined ? campaign : fillJson(api.push.body, scope)),
    timeoutMs: DEADLINE_MS,
    maxBytes: MAX_BYTES,
  }
}

async function attemptPush(http: Http, vendor: Vendor, request: OutboundRequest): Promise<PushAnswer> {
  try {
    return judge(vendor, readAnswer(await http.send(request)))
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error
    return { kind: error.sent ? 'unknown' : 'unreachable', maybeApplied: false, message: error.message }
  }
}

/** Judges in this order: limited, expired, ok, failed. 403 is a missing permission, never expiry. Pure. */
export function judge(vendor: Vendor, answer: ReadAnswer): PushAnswer {
  const { api } = vendor
  const { status } = answer
  const told = { status, maybeApplied: false, ...said(vendor, answer) }
  if (matches(answer, api.limited))
    return { ...told, kind: 'limited', retryAfter: retryAfterSeconds(answer.headers) ?? 30 }
  if (matches(answer, api.expired)) return { ...told, kind: 'expired' }
  if (matches(answer, api.ok))
    return believable(answer) ? { ...told, kind: 'ok' } : { ...told, kind: 'unknown' }
  if (status === 403) return { ...told, kind: 'forbidden' }
  if (status === 409) return { ...told, kind: 'unknown' }
  if (status >= 500 || status === 408 || status === 425) {
    const retryAfter = retryAfterSeconds(answer.headers)
    return { ...told, kind: 'unavailable', ...(retryAfter !== undefined && { retryAfter }) }
  }
  return { ...told, kind: 'failed' }
}

/** A "yes" must be whole: an empty 204, or JSON. HTML from a proxy or half a body proves nothing. */
function believable(answer: ReadAnswer): boolean {
  return answer.status === 204 || answer.json !== undefined
}

function said(vendor: Vendor, { json, status }: ReadAnswer): { message?: string; externalId?: string } {
  const id = vendor.api.push.externalId === undefined ? undefined : at(json, vendor.api.push.externalId)
  const message =
    vendor.api.errorMessage === undefined || status < 300 ? undefined : at(json, vendor.api.errorMessage)
  return {
    ...((typeof id === 'string' || typeof id === 'number') && { externalId: String(id).slice(0, 100) }),
    ...(typeof message === 'string' && { message: message.replaceAll(/\p{C}/gu, ' ').slice(0, 200) }),
  }
}

/** Milliseconds until the next attempt makes sense; undefined when it does not. */
function retryPause(answer: PushAnswer, pause: number): number | undefined {
  if (answer.kind === 'unknown' || answer.kind === 'unreachable') return pause
  if (answer.kind === 'unavailable') return Math.max(pause, (answer.retryAfter ?? 0) * 1000)
  return undefined
}
