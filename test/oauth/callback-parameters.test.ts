// What comes back with the person, one row each: taken, or refused and as what (RFC 6749 §4.1.2, RFC 9207).
import { describe, expect, test } from 'vitest'
import { callbackParameters, validateCallback } from '../../src/oauth/callback.ts'
import { CallbackError } from '../../src/oauth/errors.ts'
import { plainVendor } from '../support/vendor/plain-vendor.ts'

const STATE = 'a-state'

/** The code that would be exchanged, or the kind of the refusal and what the vendor said. */
function outcome(query: string, file: object = {}): string {
  const vendor = plainVendor(file)
  try {
    const parameters = callbackParameters(vendor, `/oauth/plain/callback?${query}`)
    return `code ${validateCallback(vendor, parameters, STATE).get('code')}`
  } catch (error) {
    if (!(error instanceof CallbackError)) throw error
    return [error.kind, error.said].filter(Boolean).join(': ')
  }
}

const authorize = (change: object) => ({ authorize: { url: 'https://plain.test/a', ...change } })
const withIssuer = authorize({ issuer: 'https://plain.test' })

describe('a callback', () => {
  test.each([
    [`state=${STATE}&code=c1`, 'code c1'],
    [`state=${STATE}&code=a%20b~`, 'code a b~'],
    [`state=${STATE}&code=${'c'.repeat(4096)}`, `code ${'c'.repeat(4096)}`],
    [`state=${STATE}&code=${'c'.repeat(4097)}`, 'malformed'],
    [`state=${STATE}&code=`, 'malformed'],
    [`state=${STATE}&code=%0A`, 'malformed'],
    [`state=${STATE}&code=c%7F`, 'malformed'],
    [`state=${STATE}`, 'malformed'],
    ['code=c1', 'malformed'],
    ['state=another&code=c1', 'malformed'],
    [`state=${STATE}&state=${STATE}&code=c1`, 'malformed'],
    [`state=${STATE}&code=c1&x=1&x=2`, 'malformed'],
    ['state=a%20state&code=c1', 'malformed'],
    [`state=%20${STATE}&code=c1`, 'malformed'],
    [`state=${STATE}%20&code=c1`, 'malformed'],
    [`state=${STATE}&code=%0Ac1`, 'malformed'],
    [`state=${'s'.repeat(513)}&code=c1`, 'malformed'],
    [`state=${STATE}&code=c1&id_token=x&token=y&response=z`, 'code c1'],
    [`state=${STATE}&code=c1&iss=https://elsewhere.test`, 'code c1'],
    [`state=${STATE}&error=access_denied`, 'denied'],
    [`state=${STATE}&error=consent_required`, 'denied'],
    [`state=${STATE}&error=access_denied&code=c1`, 'denied'],
    [`state=${STATE}&error=invalid_scope`, 'setup: invalid_scope'],
    [`state=${STATE}&error=invalid_client`, 'setup: invalid_client'],
    [`state=${STATE}&error=unauthorized_client`, 'setup: unauthorized_client'],
    [`state=${STATE}&error=unsupported_response_type`, 'setup: unsupported_response_type'],
    [
      `state=${STATE}&error=invalid_request&error_description=no+uri`,
      'setup: invalid_request: no uri',
    ],
    [`state=${STATE}&error=server_error`, 'vendor: server_error'],
    [`state=another&error=access_denied`, 'malformed'],
  ])('%s', (query, end) => {
    expect(outcome(query)).toBe(end)
  })

  test('of at most 20 parameters', () => {
    const more = (count: number) =>
      Array.from({ length: count }, (_, index) => `p${index}=1`).join('&')
    expect(outcome(`state=${STATE}&code=c1&${more(18)}`)).toBe('code c1')
    expect(outcome(`state=${STATE}&code=c1&${more(19)}`)).toBe('malformed')
  })

  test('without a query, or with an empty one, is malformed', () => {
    const refused = expect.objectContaining({ kind: 'malformed' })
    for (const url of ['/oauth/plain/callback', '/oauth/plain/callback?'])
      expect(() => callbackParameters(plainVendor(), url)).toThrow(refused)
  })

  test('says nothing of the code when it says no by a word of the vendor’s own', () => {
    const file = authorize({ denied: ['user_said_no'] })
    expect(outcome(`state=${STATE}&error=user_said_no`, file)).toBe('denied')
    expect(outcome(`state=${STATE}&error=user_said_no`)).toBe('vendor: user_said_no')
  })

  test('of a vendor with an issuer names exactly that one', () => {
    const iss = (value: string) => outcome(`state=${STATE}&code=c1&iss=${value}`, withIssuer)
    expect(iss('https://plain.test')).toBe('code c1')
    expect(iss('https://plain.test/')).toBe('malformed')
    expect(outcome(`state=${STATE}&code=c1`, withIssuer)).toBe('code c1')
    const promised = authorize({ issuer: 'https://plain.test', issParameter: true })
    expect(outcome(`state=${STATE}&code=c1`, promised)).toBe('malformed')
  })
})

test('the state of the callback is known before its code is looked at', () => {
  const read = (url: string) => callbackParameters(plainVendor(), url).state
  expect(read('/oauth/plain/callback?state=s1&code=c1')).toBe('s1')
  expect(read(`/oauth/plain/callback?state=${'s'.repeat(512)}`)).toHaveLength(512)
  for (const odd of ['%20s', 's%20', '%7Fs', 's%7F'])
    expect(() => read(`/oauth/plain/callback?state=${odd}`)).toThrow(
      'repeated, missing or malformed parameters',
    )
})

test('a refusal says in the log what was wrong', () => {
  const refuse = (query: string) => () => {
    const parameters = callbackParameters(plainVendor(), `/callback?${query}`)
    validateCallback(plainVendor(), parameters, STATE)
  }
  expect(refuse(`state=${STATE}&code=`)).toThrow('no code')
  expect(refuse(`state=${STATE}&error=server_error`)).toThrow('the vendor answered with an error')
  expect(refuse('state=another&code=c1')).toThrow(
    expect.objectContaining({ message: 'not this vendor’s answer', cause: expect.any(Error) }),
  )
})

test('names of the vendor’s own count, and the standard ones beside them do not', () => {
  const file = { callback: { code: 'auth_code', state: 'st', error: 'problem' } }
  expect(outcome(`st=${STATE}&auth_code=c1&code=other&state=other`, file)).toBe('code c1')
  expect(outcome(`st=${STATE}&code=other`, file)).toBe('malformed')
  expect(outcome(`st=${STATE}&problem=access_denied`, file)).toBe('denied')
  expect(outcome(`st=${STATE}&auth_code=c1&error=access_denied`, file)).toBe('code c1')
})
