// Classifies a vendor's response by the signs in its file.
import { at, matches, type ReadResponse, valueAt } from './match.ts'
import { retrySeconds } from './retry-after.ts'
import type { Match, Vendor } from './vendor.ts'
import { bearerParameters } from './www-authenticate.ts'

/**
 * The outcome of a push. `unknown`: sent, without a response that proves success or failure.
 * `unavailable`: the vendor is temporarily down. `unreachable`: certainly not sent. `busy`: the same, as somebody else
 * makes the campaign's object at this moment.
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
    | 'busy'
    | 'unknown'
    | 'exists'
    | 'gone'
    | 'ambiguous'
    | 'partly'
    | 'incomplete'
  /** An earlier attempt of this push may have been applied, whatever the last response is. */
  maybeApplied: boolean
  status?: number
  /** The vendor's message, at most 200 characters, without control characters. Escape before showing. */
  message?: string
  externalId?: string
  retryAfter?: number
  /** Values to keep for later requests about the same campaign; `id` is the vendor's id of it. */
  values?: Record<string, string>
  /** Of `ambiguous`: what could be the campaign, at most five. */
  candidates?: { id: string; name?: string }[]
}

/** Checks in this order: limited, expired, ok, exists, gone, forbidden, failed. Forbidden means a missing permission, not expiry. */
export function classify(
  vendor: Vendor,
  response: ReadResponse,
  operation?: { ok?: Match[] },
): PushResponse {
  const { api } = vendor
  const signsOfOk = operation?.ok?.length ? operation.ok : api.ok
  const { status } = response
  const isOk = matches(response, signsOfOk)
  const common = { status, maybeApplied: false, ...details(vendor, response, isOk) }
  if (matches(response, api.limited))
    return { ...common, kind: 'limited', retryAfter: retrySeconds(api.retryAfter, response) ?? 30 }
  if (matches(response, api.expired)) return { ...common, kind: 'expired' }
  if (!isOk && matches(response, api.exists)) return { ...common, kind: 'exists' }
  if (!isOk && matches(response, api.gone)) return { ...common, kind: 'gone' }
  if (isOk)
    return isBelievable(signsOfOk, response)
      ? { ...common, kind: 'ok' }
      : { ...common, kind: 'unknown' }
  if (matches(response, api.forbidden))
    return { ...common, ...missingScope(response), kind: 'forbidden' }
  if (status === 409 || (status >= 300 && status <= 399)) return { ...common, kind: 'unknown' }
  if (status >= 500 || status === 408 || status === 425) {
    const retryAfter = retrySeconds(api.retryAfter, response)
    return { ...common, kind: 'unavailable', ...(retryAfter !== undefined && { retryAfter }) }
  }
  return { ...common, kind: 'failed' }
}

/**
 * Success needs proof: an empty 204, JSON without an error, or the file's own sign beside the status.
 * HTML from a proxy, half a body, or a partial or multiple response (206, 207) proves nothing.
 */
function isBelievable(ok: Match[], response: ReadResponse): boolean {
  const signs = ok.filter(({ path, header }) => (path ?? header) !== undefined)
  if (matches(response, signs)) return true
  if (PROVES_NOTHING.includes(response.status)) return false
  return isEmptyYes(response) || (response.json !== undefined && !hasError(response.json))
}

/** Accepted and not yet done, a part, several responses in one (RFC 9110 §15.3.3, §15.3.7; RFC 4918 §13). */
const PROVES_NOTHING = [202, 206, 207]

/** 204; or a 201 that names in `Location` what it created and says no more (RFC 9110 §15.3.2). */
function isEmptyYes({ status, headers, body }: ReadResponse): boolean {
  return status === 204 || (status === 201 && headers.location !== undefined && body === '')
}

/** Whether a 2xx reports an error, in the fields most vendors use; docs/VENDORS.md lists them. */
function hasError(json: unknown): boolean {
  if (json === false || isFailure(json) || isFailure(at(json, 'status'))) return true
  const denials = [at(json, 'success'), at(json, 'ok')]
  if (denials.some((one) => /^(false|0)$/.test(String(one)))) return true
  return isError(at(json, 'error')) || isError(at(json, 'errors'))
}

function isFailure(word: unknown): boolean {
  return typeof word === 'string' && /^(error|fail(ed|ure)?)$/i.test(word)
}

/** Whether the value of an `error` field is one: not empty, and no word for none. */
function isError(error: unknown): boolean {
  if (typeof error === 'object' && error !== null) return Object.keys(error).length > 0
  if (typeof error === 'string') return !/^(0|false|no|none|null)?$/i.test(error)
  return error === true || (typeof error === 'number' && error !== 0)
}

function details(
  vendor: Vendor,
  response: ReadResponse,
  isOk: boolean,
): { message?: string; externalId?: string } {
  const { errorMessage, push } = vendor.api
  const { externalId } = push
  const id = isOk && externalId !== undefined ? valueAt(externalId, response) : undefined
  const message = isOk || errorMessage === undefined ? undefined : at(response.json, errorMessage)
  return {
    ...((typeof id === 'string' || typeof id === 'number') && {
      externalId: cut(String(id), 100),
    }),
    ...(typeof message === 'string' && { message: plain(message) }),
  }
}

/** The permission a Bearer challenge names (RFC 6750 §3.1). */
function missingScope({ headers }: ReadResponse): { message?: string } {
  const scope = bearerParameters(headers['www-authenticate']).get('scope')
  return scope === undefined ? {} : { message: `Missing permission: ${plain(scope)}` }
}

function plain(text: string): string {
  return cut(text.replaceAll(/\p{C}/gu, ' '), 200)
}

/** At most so many characters, none of them half: they are shown, and become part of links. */
function cut(text: string, most: number): string {
  return [...text.toWellFormed()].slice(0, most).join('')
}
