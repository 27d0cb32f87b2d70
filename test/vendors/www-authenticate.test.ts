// WWW-Authenticate as vendors write it: read right, and never a throw.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bearerParameters, challenges } from '../../src/vendors/www-authenticate.ts'

const plain = (header: string | string[]) =>
  challenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)])

test('one challenge, and several in one line or in two', () => {
  expect(plain('Bearer realm="x", error="invalid_token"')).toEqual([
    ['bearer', { realm: 'x', error: 'invalid_token' }],
  ])
  const two = 'Basic realm="x", Bearer error="invalid_token", error_description="a, \\"b\\" c"'
  const read = [
    ['basic', { realm: 'x' }],
    ['bearer', { error: 'invalid_token', error_description: 'a, "b" c' }],
  ]
  expect(plain(two)).toEqual(read)
  expect(
    plain(['Basic realm="x"', 'bearer ERROR=invalid_token, error_description="a, \\"b\\" c"']),
  ).toEqual(read)
})

test('parameters without a scheme, a scheme without parameters, and nothing', () => {
  expect(bearerParameters('error="invalid_token"').get('error')).toBe('invalid_token')
  expect(plain('Bearer')).toEqual([['bearer', {}]])
  expect(challenges(undefined)).toEqual([])
  expect(bearerParameters('Basic error="invalid_token"').get('error')).toBe(undefined)
})

test('words inside a description are not an error', () => {
  const header = 'Bearer error="insufficient_scope", error_description="not error=invalid_token"'
  expect(bearerParameters(header).get('error')).toBe('insufficient_scope')
})

test('what was written comes back, whatever the values', () => {
  const value = fc.string({ unit: 'grapheme-ascii' })
  fc.assert(
    fc.property(value, value, (error, scope) => {
      const quoted = (text: string) => `"${text.replaceAll(/["\\]/g, '\\$&')}"`
      const parameters = bearerParameters(
        `Basic a="b", Bearer error=${quoted(error)}, scope=${quoted(scope)}`,
      )
      expect([parameters.get('error'), parameters.get('scope')]).toEqual([error, scope])
    }),
  )
})

test('junk of any length is passed over', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (junk) => void challenges(junk)),
  )
  for (const junk of [
    '"'.repeat(16_000),
    'a="'.repeat(5_000),
    '\\'.repeat(16_000),
    'Bearer '.repeat(2_000),
  ])
    expect(() => challenges(junk)).not.toThrow()
})
