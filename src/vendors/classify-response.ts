// What a vendor's answer means, by the signs its file names. Pure.
import type { OutboundResponse } from '../http/client.ts'
import { at, matches, type ReadResponse } from './match.ts'
import type { Vendor } from './vendor.ts'
import { bearerParameters } from './www-authenticate.ts'

/**
 * What the vendor said. `unknown`: sent, and no answer that can be believed.
 * `unavailable`: the vendor answers, but not now. `unreachable`: certainly not sent.
 */
export interface PushResponse {
  kind:
    | 'ok'
    | 'expired'
    | 'limited'
    | 'forbidden'
    | 'failed'
    | 'unavailable'
    | 'unreachable'
    | 'unknown'
  /** An earlier attempt of this push may have been applied, whatever the last one said. */
  maybeApplied: boolean
  status?: number
  /** The vendor's own words, at most 200 characters, control characters removed. Escape before showing. */
  message?: string
  externalId?: string
  /** Seconds the vendor asks to be left alone. */
  retryAfter?: number
}

/** Judges in this order: limited, expired, ok, forbidden, failed. Forbidden is a missing permission, never expiry. */
export function classify(vendor: Vendor, answer: ReadResponse): PushResponse {
  const { api } = vendor
  const { status } = answer
  const isOk = matches(answer, api.ok)
  const told = { status, maybeApplied: false, ...said(vendor, answer, isOk) }
  if (matches(answer, api.limited))
    return { ...told, kind: 'limited', retryAfter: retryAfterSeconds(answer.headers) ?? 30 }
  if (matches(answer, api.expired)) return { ...told, kind: 'expired' }
  if (isOk)
    return believable(vendor, answer) ? { ...told, kind: 'ok' } : { ...told, kind: 'unknown' }
  if (matches(answer, api.forbidden)) return { ...told, ...missing(answer), kind: 'forbidden' }
  if (status === 409) return { ...told, kind: 'unknown' }
  if (status >= 500 || status === 408 || status === 425) {
    const retryAfter = retryAfterSeconds(answer.headers)
    return { ...told, kind: 'unavailable', ...(retryAfter !== undefined && { retryAfter }) }
  }
  return { ...told, kind: 'failed' }
}

/**
 * A "yes" must be whole: an empty 204, JSON without an error in it, or what the file asks for beside the status.
 * HTML from a proxy, half a body, or one answer of several (206, 207) proves nothing.
 */
function believable({ api }: Vendor, answer: ReadResponse): boolean {
  const signs = api.ok.filter(({ path, header }) => (path ?? header) !== undefined)
  if (matches(answer, signs)) return true
  if (answer.status === 206 || answer.status === 207) return false
  return answer.status === 204 || (answer.json !== undefined && !saysNo(answer.json))
}

/** A "no" inside a 200, in the words most vendors use. */
function saysNo(json: unknown): boolean {
  const denials = [at(json, 'success'), at(json, 'ok')]
  return denials.includes(false) || isError(at(json, 'error')) || isError(at(json, 'errors'))
}

/** What is under `error`, where it is more than a word for none. */
function isError(error: unknown): boolean {
  if (typeof error === 'object' && error !== null) return Object.keys(error).length > 0
  return error === true || (typeof error === 'string' && error !== '')
}

function said(
  vendor: Vendor,
  answer: ReadResponse,
  isOk: boolean,
): { message?: string; externalId?: string } {
  const { errorMessage } = vendor.api
  const id = isOk ? externalId(vendor, answer) : undefined
  const message = isOk || errorMessage === undefined ? undefined : at(answer.json, errorMessage)
  return {
    ...((typeof id === 'string' || typeof id === 'number') && {
      externalId: String(id).slice(0, 100),
    }),
    ...(typeof message === 'string' && { message: plain(message) }),
  }
}

/** The permission a Bearer challenge names (RFC 6750 §3.1). */
function missing({ headers }: ReadResponse): { message?: string } {
  const scope = bearerParameters(headers['www-authenticate']).get('scope')
  return scope === undefined ? {} : { message: `Missing permission: ${plain(scope)}` }
}

function plain(text: string): string {
  return text.replaceAll(/\p{C}/gu, ' ').slice(0, 200)
}

function externalId({ api }: Vendor, { headers, json }: ReadResponse): unknown {
  const where = api.push.externalId
  if (where === undefined) return undefined
  if (typeof where === 'object' && 'header' in where)
    return [headers[where.header.toLowerCase()]].flat()[0]
  return at(json, where)
}

/** The longest wait that is believed (seconds). */
const MOST_SECONDS = 3600

/** Reads Retry-After (RFC 9110 §10.2.3): a number or a date. Whole seconds to wait, 0 to 3600; undefined when the header is absent or makes no sense. */
export function retryAfterSeconds(
  headers: OutboundResponse['headers'],
  now = Date.now(),
): number | undefined {
  const value = [headers['retry-after']].flat()[0]?.trim()
  if (!value) return undefined
  if (/^\d+(\.\d+)?$/.test(value)) return Math.min(MOST_SECONDS, Math.ceil(Number(value)))
  const date = /^[A-Za-z]{3}/.test(value) ? Date.parse(value) : Number.NaN
  if (Number.isNaN(date)) return undefined
  return Math.min(MOST_SECONDS, Math.max(0, Math.ceil((date - now) / 1000)))
}
