// When to come back: Retry-After (RFC 9110 §10.2.3), or where the vendor's file says that it stands.
import type { OutboundResponse } from '../http/client.ts'
import type { RetrySource } from './api-schema.ts'
import { at, isValue, type ReadResponse } from './match.ts'

const BELIEVED_MOST_SECONDS = 3600

/** Whole seconds to wait, 0 to 3600; undefined when neither the standard's header nor the file makes sense. */
export function retrySeconds(
  sources: readonly RetrySource[],
  response: ReadResponse,
  now = Date.now(),
): number | undefined {
  const standard = retryAfterSeconds(response.headers, now)
  if (standard !== undefined) return standard
  for (const { header, path, unit } of sources) {
    const value =
      path === undefined
        ? [response.headers[(header ?? '').toLowerCase()]].flat()[0]
        : at(response.json, path)
    const seconds = isValue(value) ? secondsOf(String(value).trim(), unit, now) : undefined
    if (seconds !== undefined) return seconds
  }
  return undefined
}

/** Reads Retry-After: a number or a date. Undefined when the header is absent or makes no sense. */
export function retryAfterSeconds(
  headers: OutboundResponse['headers'],
  now = Date.now(),
): number | undefined {
  const value = [headers['retry-after']].flat()[0]?.trim() ?? ''
  return secondsOf(value, /^[A-Za-z]{3}/.test(value) ? 'date' : 'seconds', now)
}

/** A vendor may write `12s`. */
const NUMBER = /^(\d+(?:\.\d+)?)s?$/
/** The year 5138 in seconds, 1973 in ms. */
const FIRST_IN_MS = 1e11

function secondsOf(value: string, unit: RetrySource['unit'], now: number): number | undefined {
  const number = Number(NUMBER.exec(value)?.[1] ?? Number.NaN)
  if (unit === 'seconds') return bounded(number)
  if (unit === 'ms') return bounded(number / 1000)
  const time = unit === 'date' ? Date.parse(value) : number * (number < FIRST_IN_MS ? 1000 : 1)
  return bounded((time - now) / 1000)
}

function bounded(seconds: number): number | undefined {
  if (Number.isNaN(seconds)) return undefined
  return Math.min(BELIEVED_MOST_SECONDS, Math.max(0, Math.ceil(seconds)))
}
