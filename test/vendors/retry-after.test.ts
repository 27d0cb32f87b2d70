// When to come back after "too many requests": Retry-After, or where the vendor's file says that it stands.
import { describe, expect, test } from 'vitest'
import type { OutboundResponse } from '../../src/http/client.ts'
import { classify } from '../../src/vendors/classify-response.ts'
import { loadVendor } from '../../src/vendors/load.ts'
import { readResponse } from '../../src/vendors/match.ts'
import { retrySeconds } from '../../src/vendors/retry-after.ts'

const NOW = Date.parse('2026-11-26T12:00:00Z')
const EPOCH = NOW / 1000

function limited(headers: OutboundResponse['headers'], body: unknown = {}) {
  return readResponse({ status: 429, headers, body: JSON.stringify(body) })
}

describe('a file that says where it stands', () => {
  test.each([
    ['seconds in a header', { header: 'X-Wait', unit: 'seconds' }, { 'x-wait': '17' }, {}, 17],
    ['seconds with their unit', { path: 'delay', unit: 'seconds' }, {}, { delay: '12s' }, 12],
    ['a number in the body', { path: 'retry_after', unit: 'seconds' }, {}, { retry_after: 1.2 }, 2],
    ['milliseconds', { path: 'wait', unit: 'ms' }, {}, { wait: 1500 }, 2],
    [
      'a time since 1970',
      { header: 'x-reset', unit: 'epoch' },
      { 'x-reset': `${EPOCH + 60}` },
      {},
      60,
    ],
    ['the same in ms', { path: 'reset', unit: 'epoch' }, {}, { reset: NOW + 60_000 }, 60],
    ['a date', { path: 'until', unit: 'date' }, {}, { until: '2026-11-26T12:01:30Z' }, 90],
    [
      'a date that is past',
      { path: 'until', unit: 'date' },
      {},
      { until: '2026-11-26T11:00:00Z' },
      0,
    ],
    ['longer than is believed', { path: 'wait', unit: 'seconds' }, {}, { wait: 86_400 }, 3600],
    ['less than nothing', { path: 'wait', unit: 'seconds' }, {}, { wait: -5 }, undefined],
    ['words', { path: 'wait', unit: 'seconds' }, {}, { wait: 'soon' }, undefined],
    ['an object', { path: 'wait', unit: 'epoch' }, {}, { wait: {} }, undefined],
    ['nothing there', { header: 'x-wait', unit: 'date' }, {}, {}, undefined],
  ] as const)('%s', (_, place, headers, body, seconds) => {
    expect(retrySeconds([place], limited(headers, body), NOW)).toBe(seconds)
  })

  test('the standard’s header counts first, and of several places the first that makes sense', () => {
    const places = [
      { header: 'x-wait', unit: 'seconds' },
      { path: 'wait', unit: 'ms' },
    ] as const
    expect(retrySeconds(places, limited({ 'retry-after': '5', 'x-wait': '9' }), NOW)).toBe(5)
    expect(retrySeconds(places, limited({ 'x-wait': 'soon' }, { wait: 3000 }), NOW)).toBe(3)
  })
})

test.each([
  ['github', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inSeconds(60) }, 403],
  ['x', { 'x-rate-limit-reset': inSeconds(60) }, 429],
  ['brevo', { 'x-sib-ratelimit-reset': '60' }, 429],
])('%s is left alone for as long as it says', (id, headers, status) => {
  const settings: Record<string, string> = { BREVO_FROM_EMAIL: 'dana@acme.example' }
  const { vendor, faults } = loadVendor(id, (name) => settings[name] ?? '5')
  if (!vendor) throw new Error(faults?.join())
  const { kind, retryAfter } = classify(vendor, { ...limited(headers), status })
  expect(kind).toBe('limited')
  expect(retryAfter).toBeGreaterThan(55)
  expect(retryAfter).toBeLessThan(62)
})

function inSeconds(seconds: number): string {
  return String(Math.round(Date.now() / 1000) + seconds)
}
