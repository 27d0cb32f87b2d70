// The JSON reader that keeps lines agrees with JSON.parse, and says where a text stops being JSON.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { JsonSyntaxError, type Located, parseLocatedJson } from '../../src/campaigns/json-text.ts'

function plain({ value }: Located): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([name, found]) => [name, plain(found)]))
  return value
}

function outcome(read: () => unknown): unknown {
  try {
    return { value: read() }
  } catch (error) {
    if (error instanceof JsonSyntaxError || error instanceof SyntaxError) return 'refused'
    throw error
  }
}

test('it reads what JSON.parse reads', () => {
  fc.assert(
    fc.property(
      fc.jsonValue({ maxDepth: 5 }),
      fc.constantFrom('', ' ', '\t', '\r\n'),
      (value, space) => {
        const text = JSON.stringify(value, null, space.includes('\n') ? 2 : space)
        expect(plain(parseLocatedJson(text))).toEqual(JSON.parse(text))
      },
    ),
  )
})

test('it refuses what JSON.parse refuses', () => {
  const part = fc.constantFrom(
    ...'{}[],:"\\\n 01-.eE+',
    '"a"',
    '"b"',
    'true',
    'null',
    'nul',
    '1.5',
    '\\u00e9',
    '\\"',
    "'",
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      const text = parts.join('')
      const ours = outcome(() => plain(parseLocatedJson(text)))
      const theirs = outcome(() => JSON.parse(text))
      if (!twice(text)) expect(ours).toEqual(theirs)
    }),
    { numRuns: 5000 },
  )
})

/** The one thing that is refused here and not there: a name that stands twice in an object. */
function twice(text: string): boolean {
  try {
    parseLocatedJson(text)
    return false
  } catch (error) {
    return error instanceof JsonSyntaxError && error.message.endsWith('is given twice')
  }
}

test('every value knows the line it stands on', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(3), { minLength: 1 }),
      fc.constantFrom('\n', '\r\n'),
      (gaps, newline) => {
        let line = 1
        const lines = gaps.map((gap) => (line += gap))
        const text = `[${gaps.map((gap, index) => `${newline.repeat(gap)}"${index}\\n"`).join(',')}]`
        const { value } = parseLocatedJson(text)
        expect(Array.isArray(value) && value.map((item) => item.line)).toEqual(lines)
      },
    ),
  )
})

test.each([
  ['', 1, 1, 'expected a value, found the end of the file'],
  ['[1,\n 2', 2, 3, 'expected "," or "]", found the end of the file'],
  ['[1]\n\n x', 3, 2, 'expected nothing after the end of the JSON, found "x"'],
  ['{"a" 1}', 1, 6, 'expected ":", found "1"'],
  ['[01]', 1, 3, 'expected "," or "]", found "1"'],
  ['["a\n"]', 1, 2, 'text that is not closed on its line, or a bad "\\"'],
  ['["\\x"]', 1, 2, 'text that is not closed on its line, or a bad "\\"'],
  ['['.repeat(100_000), 1, 34, 'is nested more than 32 deep'],
])('%.20j ends at line %i, column %i', (text, line, column, message) => {
  expect(() => parseLocatedJson(text)).toThrow(expect.objectContaining({ line, column, message }))
})
