// What a response of the vendor's API means, one row each: status, headers and body as they came.
import { describe, expect, test } from 'vitest'
import { classify } from '../../src/vendors/classify-response.ts'
import { readResponse } from '../../src/vendors/match.ts'
import { retryAfterSeconds, retrySeconds } from '../../src/vendors/retry-after.ts'
import { plainVendor } from '../support/vendor/plain-vendor.ts'

type Headers = Record<string, string | string[]>

function kindOf(status: number, body: unknown, api: object = {}, headers: Headers = {}) {
  return classify(plainVendor({}, api), read(status, body, headers)).kind
}

function read(status: number, body: unknown, headers: Headers = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return readResponse({ status, headers, body: text })
}

describe('a status', () => {
  test.each([
    [204, '', 'ok'],
    [200, '', 'unknown'],
    [201, '', 'unknown'],
    [202, {}, 'unknown'],
    [206, {}, 'unknown'],
    [207, {}, 'unknown'],
    [299, {}, 'ok'],
    [300, {}, 'unknown'],
    [399, {}, 'unknown'],
    [400, {}, 'failed'],
    [401, {}, 'expired'],
    [403, {}, 'forbidden'],
    [404, {}, 'failed'],
    [408, {}, 'unavailable'],
    [409, {}, 'unknown'],
    [422, {}, 'failed'],
    [425, {}, 'unavailable'],
    [429, {}, 'limited'],
    [499, {}, 'failed'],
    [500, {}, 'unavailable'],
    [599, {}, 'unavailable'],
    [199, {}, 'failed'],
  ])('%s %j is %s', (status, body, kind) => {
    expect(kindOf(status, body)).toBe(kind)
  })

  test('201 with Location and no body is a yes; with a page it is none', () => {
    const location = { location: '/campaigns/1' }
    expect(kindOf(201, '', {}, location)).toBe('ok')
    expect(kindOf(201, '<p>created</p>', {}, location)).toBe('unknown')
    expect(kindOf(200, '', {}, location)).toBe('unknown')
  })
})

describe('a 200', () => {
  test.each([
    [{}, 'ok'],
    [{ error: null }, 'ok'],
    [{ error: {} }, 'ok'],
    [{ error: [] }, 'ok'],
    [{ error: '' }, 'ok'],
    [{ error: 'none' }, 'ok'],
    [{ error: 'FALSE' }, 'ok'],
    [{ error: 0 }, 'ok'],
    [{ error: false }, 'ok'],
    [{ errors: [] }, 'ok'],
    [{ success: true }, 'ok'],
    [{ ok: 1 }, 'ok'],
    [{ ok: 10 }, 'ok'],
    [{ ok: '0.5' }, 'ok'],
    [{ status: ['error'] }, 'ok'],
    [{ status: 'errorless' }, 'ok'],
    [{ status: 'no error' }, 'ok'],
    [true, 'ok'],
    ['"done"', 'ok'],
    [{ error: { code: 1 } }, 'unknown'],
    [{ error: ['x'] }, 'unknown'],
    [{ error: 'nonesuch' }, 'unknown'],
    [{ error: 'is null' }, 'unknown'],
    [{ error: true }, 'unknown'],
    [{ error: -1 }, 'unknown'],
    [{ errors: 2 }, 'unknown'],
    [{ success: false }, 'unknown'],
    [{ success: 0 }, 'unknown'],
    [{ ok: 'false' }, 'unknown'],
    [{ status: 'ERROR' }, 'unknown'],
    [{ status: 'fail' }, 'unknown'],
    [{ status: 'failure' }, 'unknown'],
    [{ status: 'failed' }, 'unknown'],
    [false, 'unknown'],
    ['"Failed"', 'unknown'],
    ['<p>ok</p>', 'unknown'],
  ])('%j is %s', (body, kind) => {
    expect(kindOf(200, body)).toBe(kind)
  })
})

describe('the signs of a file', () => {
  const ok = [{ status: '2xx', path: 'code', equals: 0 }]

  test('its own sign of a yes is proof, whatever else the body says, also beside 206', () => {
    expect(kindOf(200, { code: 0, error: 'x' }, { ok })).toBe('ok')
    expect(kindOf(206, { code: 0 }, { ok })).toBe('ok')
    expect(kindOf(200, { code: 1 }, { ok })).toBe('failed')
    const header = { status: 200, header: 'x-ok', equals: 'yes' }
    expect(kindOf(200, 'text', { ok: header }, { 'x-ok': 'yes' })).toBe('ok')
  })

  test('limited, then expired, then yes, then forbidden', () => {
    const all = { status: 200 }
    const signs = { limited: all, expired: all, forbidden: all, exists: all, gone: all }
    expect(kindOf(200, {}, signs)).toBe('limited')
    expect(kindOf(200, {}, { ...signs, limited: { status: 429 } })).toBe('expired')
    const neither = { limited: { status: 429 }, expired: { status: 401 } }
    expect(kindOf(200, {}, { ...signs, ...neither })).toBe('ok')
    expect(kindOf(404, {}, { gone: { status: 404 } })).toBe('gone')
    expect(kindOf(409, {}, { exists: { status: 409 } })).toBe('exists')
  })

  test('an operation with signs of its own is judged by those, and one without by those of the file', () => {
    const vendor = plainVendor()
    const own = [{ status: 404 }]
    expect(classify(vendor, read(404, {}), { ok: own }).kind).toBe('ok')
    expect(classify(vendor, read(200, {}), { ok: own }).kind).toBe('failed')
    expect(classify(vendor, read(200, {}), { ok: [] }).kind).toBe('ok')
    expect(classify(vendor, read(200, {}), {}).kind).toBe('ok')
  })
})

describe('what is told', () => {
  const told = { push: { method: 'PUT', path: '/c', externalId: 'id' }, errorMessage: 'message' }
  const result = (status: number, body: object, headers: Headers = {}) =>
    classify(plainVendor({}, told), read(status, body, headers))

  test('of a yes the id, as text of at most 100 characters, and no message', () => {
    expect(result(200, { id: 7, message: 'x' })).toEqual({
      status: 200,
      maybeApplied: false,
      kind: 'ok',
      externalId: '7',
    })
    expect(result(200, { id: '😀'.repeat(101) }).externalId).toBe('😀'.repeat(100))
    expect(result(200, { id: { a: 1 } }).externalId).toBeUndefined()
    expect(result(200, { id: '\ud800' }).externalId).toBe('\ufffd')
  })

  test('of a no the message, as one line of at most 200 characters, and no id', () => {
    expect(result(422, { id: 7, message: 'too\nlong' })).toEqual({
      status: 422,
      maybeApplied: false,
      kind: 'failed',
      message: 'too long',
    })
    expect(result(422, { message: 'x'.repeat(201) }).message).toHaveLength(200)
    expect(result(422, { message: 5 })).not.toHaveProperty('message')
    expect(classify(plainVendor(), read(422, { message: 'x' }))).not.toHaveProperty('message')
  })

  test('the permission that is missing, in place of the message', () => {
    const named = {
      'www-authenticate': 'Bearer error="insufficient_scope", scope="campaigns:write"',
    }
    expect(result(403, { message: 'no' }, named).message).toBe(
      'Missing permission: campaigns:write',
    )
    expect(result(403, { message: 'no' }).message).toBe('no')
  })

  test('when to come back: 30 s when a limit does not say, nothing when it is down and does not', () => {
    expect(result(429, {})).toMatchObject({ retryAfter: 30 })
    expect(result(429, {}, { 'retry-after': '7' })).toMatchObject({ retryAfter: 7 })
    expect(result(503, {})).not.toHaveProperty('retryAfter')
    expect(result(503, {}, { 'retry-after': '0' })).toMatchObject({ retryAfter: 0 })
    expect(result(400, {}, { 'retry-after': '7' })).not.toHaveProperty('retryAfter')
  })
})

describe('Retry-After', () => {
  const now = Date.parse('2026-11-26T10:00:00Z')
  test.each<[string | string[] | undefined, number | undefined]>([
    [undefined, undefined],
    ['', undefined],
    ['  ', undefined],
    ['soon', undefined],
    ['-1', undefined],
    ['1e3', undefined],
    ['5x', undefined],
    ['x5', undefined],
    ['1.', undefined],
    ['2026-11-26', undefined],
    ['0', 0],
    [' 12 ', 12],
    ['1.2', 2],
    ['1.25', 2],
    ['3600', 3600],
    ['3601', 3600],
    [['8', '9'], 8],
    ['Thu, 26 Nov 2026 10:01:00 GMT', 60],
    ['Thu, 26 Nov 2026 09:00:00 GMT', 0],
    ['Thu, 26 Nov 2026 23:00:00 GMT', 3600],
    ['Someday', undefined],
    ['26 Nov 2026 10:01:00 GMT', undefined],
    ['M1', undefined],
  ])('%j is %s', (header, seconds) => {
    const headers: Headers = header === undefined ? {} : { 'retry-after': header }
    expect(retryAfterSeconds(headers, now)).toBe(seconds)
  })
})

describe('when to come back, said elsewhere', () => {
  const now = Date.parse('2026-11-26T10:00:00Z')
  const response = (value: unknown, headers: Headers = {}) => read(429, { wait: value }, headers)
  const at = (unit: 'seconds' | 'ms' | 'date' | 'epoch') => [{ path: 'wait', unit }]

  test.each<['seconds' | 'ms' | 'date' | 'epoch', unknown, number | undefined]>([
    ['seconds', 7, 7],
    ['seconds', ' 7s ', 7],
    ['seconds', '2026-11-26', undefined],
    ['seconds', { a: 1 }, undefined],
    ['ms', 1500, 2],
    ['ms', 'May', undefined],
    ['date', '2026-11-26T10:00:09Z', 9],
    ['date', 'soon', undefined],
    ['epoch', now / 1000 + 9, 9],
    ['epoch', now + 9000, 9],
    ['epoch', 'Thu, 26 Nov 2026 10:01:00 GMT', undefined],
  ])('%s %j is %s', (unit, value, seconds) => {
    expect(retrySeconds(at(unit), response(value), now)).toBe(seconds)
  })

  test('Retry-After comes first, then the sources in their order; a header by any case', () => {
    const sources = [{ header: 'X-Reset', unit: 'seconds' as const }, ...at('seconds')]
    const both = { 'retry-after': '3', 'x-reset': '5' }
    expect(retrySeconds(sources, response(7, both), now)).toBe(3)
    expect(retrySeconds(sources, response(7, { 'x-reset': ['5', '6'] }), now)).toBe(5)
    expect(retrySeconds(sources, response(7, { 'x-reset': 'soon' }), now)).toBe(7)
    expect(retrySeconds(sources, response(undefined), now)).toBeUndefined()
    expect(retrySeconds([], response(7), now)).toBeUndefined()
  })
})
