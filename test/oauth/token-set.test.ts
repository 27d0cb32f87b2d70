// What is read from a token response: the standard form of it, the token, what is missing, and the vendor's words.
import { describe, expect, test } from 'vitest'
import { vendorMessage } from '../../src/oauth/errors.ts'
import { lifetime, standardTokenResponse } from '../../src/oauth/token-response.ts'
import { asToken, tokenSet } from '../../src/oauth/token-set.ts'
import { tokenResponse } from '../../src/vendors/fields.ts'
import { plainVendor } from '../support/vendor/plain-vendor.ts'

const paths = (change: object = {}) => tokenResponse.parse(change)

/** Status and body of the standard response. */
function standard(status: number, body: unknown, change: object = {}, type = 'application/json') {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const response = { status, headers: { 'content-type': type }, body: text }
  const read = standardTokenResponse(response, paths(change), 300)
  const members: Record<string, unknown> = JSON.parse(read.body)
  return [read.status, members] as const
}

describe('the standard form', () => {
  const good = { access_token: 'at', token_type: 'bearer', expires_in: 300 }

  test('has bearer and the default lifetime where the vendor says nothing', () => {
    expect(standard(200, { access_token: 'at' })).toEqual([200, good])
    expect(standard(201, { access_token: 'at' })).toEqual([200, good])
    expect(standard(200, { access_token: 'at', token_type: 'mac' })[1]).toMatchObject({
      token_type: 'mac',
    })
    expect(standard(200, { access_token: 'at', token_type: 'mac' }, { tokenType: null })).toEqual([
      200,
      good,
    ])
    const elsewhere = { accessToken: 'data.token' }
    expect(standard(200, { data: { token: 'at' }, token_type: 'user' }, elsewhere)).toEqual([
      200,
      good,
    ])
  })

  test('has scopes as one text, and a refresh token only when there is one', () => {
    const scoped = (scope: unknown) => standard(200, { access_token: 'at', scope })[1].scope
    expect(scoped('a b')).toBe('a b')
    expect(scoped(['a', 'b'])).toBe('a b')
    for (const none of [null, 5, { a: 1 }]) expect(scoped(none)).toBeUndefined()
    const refreshed = (refresh_token: unknown) =>
      standard(200, { access_token: 'at', refresh_token })[1]
    expect(refreshed('rt')).toMatchObject({ refresh_token: 'rt' })
    for (const none of ['', null, 7]) expect(refreshed(none)).not.toHaveProperty('refresh_token')
  })

  test.each([
    [
      'a form by its type',
      'access_token=at&expires_in=60',
      'application/x-www-form-urlencoded; charset=x',
    ],
    ['a form in capitals', 'access_token=at&expires_in=60', 'Application/X-WWW-Form-Urlencoded'],
    [
      'a form by its type alone',
      'expires_in=60&access_token=at',
      'application/x-www-form-urlencoded',
    ],
    ['a form by its look', 'access_token=at&expires_in=60', 'text/html'],
  ])('is read from %s', (_, body, type) => {
    expect(standard(200, body, {}, type)).toEqual([200, { ...good, expires_in: 60 }])
  })

  test('is no form whose type only names one', () => {
    const type = 'text/plain; was=application/x-www-form-urlencoded'
    expect(standard(200, 'expires_in=60', {}, type)).toEqual([502, {}])
    const bare = { status: 200, headers: {}, body: '{"access_token":"at"}' }
    expect(standardTokenResponse(bare, paths(), 300).status).toBe(200)
  })

  test.each<[string, number, unknown, number, object]>([
    ['an error in a 200', 200, { error: 'invalid_grant' }, 400, { error: 'invalid_grant' }],
    ['an error that is no text', 200, { error: { code: 1 } }, 400, { error: 'server_error' }],
    ['a 401 that says nothing', 401, '', 401, { error: 'invalid_client' }],
    ['a 401 whose error is no text', 401, { error: 7 }, 401, { error: 'invalid_client' }],
    ['a 401 with an error', 401, { error: 'invalid_grant' }, 401, { error: 'invalid_grant' }],
    ['a 400', 400, { error: 'x', more: 1 }, 400, { error: 'x', more: 1 }],
    ['a page in a 200', 200, '<p>', 502, {}],
    ['a list in a 200', 200, '[1]', 502, {}],
    ['a page in a 503', 503, '<p>', 503, {}],
    ['a 199', 199, { error: 'x' }, 199, { error: 'x' }],
    ['a 200 of another kind', 203, { access_token: 'at' }, 502, {}],
    ['a 206', 206, { access_token: 'at' }, 502, {}],
    ['a 204', 204, '', 502, {}],
    ['a 299', 299, { access_token: 'at' }, 502, {}],
    ['a 302', 302, '', 302, {}],
    ['not access_token= at the start', 200, 'x&access_token=at', 502, {}],
  ])('of %s is no token', (_, status, body, endStatus, end) => {
    expect(standard(status, body, {}, 'text/plain')).toEqual([endStatus, end])
  })
})

describe('a lifetime', () => {
  test.each([
    ['60', 60],
    [' 60 ', 60],
    ['  ', 300],
    ['soon', 300],
    [0, 300],
    [Number.NaN, 300],
    [true, 300],
    [[5], 300],
    ['', 300],
    [-0.5, 1],
    [1, 1],
    [1.9, 1],
    [2, 2],
    [34_560_000, 34_560_000],
    [34_560_001, 34_560_000],
    [null, 300],
  ])('of %s is %s s', (value, seconds) => {
    expect(lifetime(value, 300)).toBe(seconds)
  })

  test('that the file names is that one, whatever the vendor says', () => {
    expect(standard(200, { expires_in: 60 }, { lifetime: 42 })[1].expires_in).toBe(42)
  })

  test('in milliseconds is a thousandth', () => {
    expect(lifetime(60_999, 300, 1000)).toBe(60)
    expect(
      standard(200, { expires_in: 60_000 }, { expiresInUnit: 'milliseconds' })[1].expires_in,
    ).toBe(60)
  })

  test('that is an end in the past, or none that can be read, is 1 s or the default', () => {
    const until = (exp: unknown) => standard(200, { exp }, { expiresAt: 'exp' })[1].expires_in
    expect(until('2020-01-01T00:00:00Z')).toBe(1)
    expect(until(1)).toBe(1)
    for (const none of ['soon', 0, -5, null, {}, true, Number.NaN, '5 apples', 'May', [7]])
      expect(until(none)).toBe(300)
    const inAMinute = Math.floor(Date.now() / 1000) + 60
    for (const end of [inAMinute, `${inAMinute}`, `${inAMinute}.25`, inAMinute * 1000])
      expect(Math.abs(Number(until(end)) - 59)).toBeLessThan(3)
  })
})

describe('a token', () => {
  test.each(['a', 'x'.repeat(8192), "A-._~+/=!$&'()*,:;@|#%^{}[]<>?z"])('may be %.20s', (token) => {
    expect(asToken(token)).toBe(token)
  })
  test.each([undefined, null, 7, '', 'a b', 'a\n', 'ä', 'a"b', 'a\\b', 'x'.repeat(8193)])(
    'may not be %.20j',
    (token) => {
      const message =
        String(token).length > 8192 ? 'the token is longer than 8192 characters' : 'not a token'
      expect(() => asToken(token)).toThrow(expect.objectContaining({ kind: 'vendor', message }))
    },
  )
})

describe('a token set', () => {
  const response = { access_token: 'at', token_type: 'bearer' } as const

  test('has what the file says to keep, and the default lifetime', () => {
    const seconds = { lifetime: { defaultSeconds: 77 } }
    const given = { ...response, refresh_token: 'rt', scope: 'a' }
    expect(tokenSet(plainVendor(seconds), given, {})).toEqual({
      accessToken: 'at',
      expiresIn: 77,
      scope: 'a',
      values: {},
      account: undefined,
      refreshToken: undefined,
    })
    const using = plainVendor({ lifetime: { refresh: 'use' } })
    expect(tokenSet(using, { ...given, expires_in: 5 }, {})).toMatchObject({
      refreshToken: 'rt',
      expiresIn: 5,
    })
    expect(() => tokenSet(plainVendor(), { ...response, token_type: 'dpop' }, {})).toThrow(
      expect.objectContaining({ kind: 'vendor', message: 'not a bearer token' }),
    )
  })

  test('captures the values of the file, and refuses one that does not fit', () => {
    const host = { from: 'token', key: 'host', pattern: '[a-z]+\\.plain\\.test' }
    const vendor = plainVendor({ vars: { host } })
    const values = tokenSet(vendor, response, { host: 'eu.plain.test' }).values
    expect(Object.values(values ?? {})).toEqual(['eu.plain.test'])
    expect(() => tokenSet(vendor, response, { host: 'evil.test' })).toThrow(
      expect.objectContaining({ kind: 'vendor', cause: expect.any(Error) }),
    )
  })

  test('says who approved, by one path or by two', () => {
    const by = (account: unknown) =>
      plainVendor({ token: { url: 'https://plain.test/token', response: { account } } })
    const members = { user: { id: 7, mail: 'dana@acme.test' } }
    expect(tokenSet(by('user.mail'), response, members).account).toEqual({
      id: 'dana@acme.test',
      name: 'dana@acme.test',
    })
    const two = by({ id: 'user.id', name: 'user.mail' })
    expect(tokenSet(two, response, members).account).toEqual({ id: '7', name: 'dana@acme.test' })
  })

  test.each([
    ['a b', 'a b', ''],
    ['a b', 'a', 'b'],
    ['a b', 'a,b', ''],
    ['a,b', 'a', 'b'],
    ['a b', undefined, ''],
    ['a b', '', ''],
    ['a b', 'a other', ''],
    ['a openid offline_access offline.access offline refresh_token email profile', 'a', ''],
    ['a b', 'a openid', 'b'],
    ['a b c', 'a', 'b c'],
    ['a,  b', 'a,  b', ''],
    ['a myopenid', 'a', 'myopenid'],
    ['a b', ' ', ''],
    ['a openid_x', 'a', 'openid_x'],
  ])('asked for %s and given %s lacks: %s', (asked, scope, missing) => {
    const vendor = plainVendor({ authorize: { url: 'https://plain.test/a', scopes: [asked] } })
    const read = () => tokenSet(vendor, { ...response, ...(scope !== undefined && { scope }) }, {})
    if (missing === '') expect(read().accessToken).toBe('at')
    else expect(read).toThrow(expect.objectContaining({ kind: 'scope', message: missing }))
  })
})

describe('the vendor’s words', () => {
  test.each<[object, string | undefined]>([
    [{ error: 'e' }, 'e'],
    [{ error: 'e', error_description: 'why' }, 'e: why'],
    [{ error: 'e', error_description: 'e' }, 'e'],
    [{ error: 'e', error_description: '' }, 'e'],
    [{ error: { code: 5, message: 'why' } }, '5: why'],
    [{ error: { type: 'T' }, error_message: 'why' }, 'T: why'],
    [{ code: 'C', message: 'why' }, 'C: why'],
    [{ detail: 'why' }, 'why'],
    [{ errors: [{ message: 'why' }] }, 'why'],
    [{ msg: 'why' }, 'why'],
    [{ error: {}, message: [] }, undefined],
    [{}, undefined],
  ])('of %j are %s', (members, said) => {
    expect(vendorMessage({ ...members })).toBe(said)
  })

  test('are one line of at most 200 characters, without our secrets', () => {
    const said = (error: string, secrets: unknown[] = []) => vendorMessage({ error }, secrets)
    expect(said(' a\u0000\u0007b \n\t c ')).toBe('a b c')
    expect(said('😀'.repeat(201))).toBe('😀'.repeat(200))
    expect(said('12345678 and 12345678', ['12345678'])).toBe('[secret] and [secret]')
    expect(said('1234567', ['1234567', undefined, 12345678])).toBe('1234567')
    expect(vendorMessage(undefined)).toBeUndefined()
  })
})
