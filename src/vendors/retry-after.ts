// Reads Retry-After (RFC 9110 §10.2.3): seconds or a date, and whatever else vendors send there.
import type { OutboundResponse } from '../http/client.ts'

const MOST = 3600

/** Whole seconds to wait, 0 to 3600; undefined when the header is absent or makes no sense. */
export function retryAfterSeconds(
  headers: OutboundResponse['headers'],
  now = Date.now(),
): number | undefined {
  const value = [headers['retry-after']].flat()[0]?.trim()
  if (!value) return undefined
  if (/^\d+(\.\d+)?$/.test(value)) return Math.min(MOST, Math.ceil(Number(value)))
  const date = /^[A-Za-z]{3}/.test(value) ? Date.parse(value) : Number.NaN
  if (Number.isNaN(date)) return undefined
  return Math.min(MOST, Math.max(0, Math.ceil((date - now) / 1000)))
}
