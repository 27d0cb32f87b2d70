// Reads JSON as JSON.parse does, and keeps the line of every value, so that a fault can name it.

/** A value and the line (from 1) it stands on; in an object, the line of its name. */
export interface Located {
  line: number
  value: string | number | boolean | null | Located[] | Map<string, Located>
}

/** Where the text stops being JSON; `line` and `column` count from 1. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError'
  readonly line: number
  readonly column: number

  constructor(problem: string, line: number, column: number) {
    super(problem)
    this.line = line
    this.column = column
  }
}

interface Cursor {
  readonly text: string
  at: number
  line: number
  lineStart: number
}

/** Objects and lists inside one another. */
export const DEEPEST = 32
const SCALAR = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y

/**
 * Reads a JSON text (RFC 8259). Stricter than JSON.parse in two things: a name may stand only once in an
 * object, and nesting ends at 32. Throws a JsonSyntaxError.
 */
export function parseLocatedJson(text: string): Located {
  const cursor: Cursor = { text, at: 0, line: 1, lineStart: 0 }
  const located = readValue(cursor, 0)
  if (peek(cursor) !== '') throw unexpected(cursor, 'nothing after the end of the JSON')
  return located
}

function readValue(cursor: Cursor, depth: number): Located {
  const first = peek(cursor)
  const line = cursor.line
  if (depth > DEEPEST) throw syntaxError(cursor, `is nested more than ${DEEPEST} deep`)
  if (first === '{') return { line, value: readObject(cursor, depth) }
  if (first === '[') return { line, value: readList(cursor, depth) }
  if (first === '"') return { line, value: readString(cursor) }
  return { line, value: readScalar(cursor) }
}

function readObject(cursor: Cursor, depth: number): Map<string, Located> {
  const fields = new Map<string, Located>()
  cursor.at += 1
  if (takeIf(cursor, '}')) return fields
  do {
    if (peek(cursor) !== '"') throw unexpected(cursor, 'a field name in double quotes')
    const { line, at } = cursor
    const name = readString(cursor)
    if (fields.has(name))
      throw syntaxError({ ...cursor, at }, `field ${JSON.stringify(name)} is given twice`)
    if (!takeIf(cursor, ':')) throw unexpected(cursor, '":"')
    fields.set(name, { line, value: readValue(cursor, depth + 1).value })
  } while (takeIf(cursor, ','))
  if (!takeIf(cursor, '}')) throw unexpected(cursor, '"," or "}"')
  return fields
}

function readList(cursor: Cursor, depth: number): Located[] {
  const items: Located[] = []
  cursor.at += 1
  if (takeIf(cursor, ']')) return items
  do items.push(readValue(cursor, depth + 1))
  while (takeIf(cursor, ','))
  if (!takeIf(cursor, ']')) throw unexpected(cursor, '"," or "]"')
  return items
}

function readString(cursor: Cursor): string {
  const end = closingQuote(cursor)
  const value = end === -1 ? undefined : parsed(cursor.text.slice(cursor.at, end + 1))
  if (typeof value !== 'string')
    throw syntaxError(cursor, 'text that is not closed on its line, or a bad "\\"')
  cursor.at = end + 1
  return value
}

function closingQuote({ text, at }: Cursor): number {
  let quote = at
  let slashes: number
  do {
    quote = text.indexOf('"', quote + 1)
    slashes = 0
    while (text[quote - 1 - slashes] === '\\') slashes += 1
  } while (slashes % 2 === 1)
  return quote
}

/** As JSON.parse, and undefined for what it refuses. */
export function parsed(token: string): unknown {
  try {
    return JSON.parse(token)
  } catch {
    return undefined
  }
}

function readScalar(cursor: Cursor): number | boolean | null {
  SCALAR.lastIndex = cursor.at
  const token = SCALAR.exec(cursor.text)?.[0]
  if (token === undefined) throw unexpected(cursor, 'a value')
  cursor.at += token.length
  if (token === 'null') return null
  return token === 'true' || token === 'false' ? token === 'true' : Number(token)
}

function takeIf(cursor: Cursor, character: string): boolean {
  if (peek(cursor) !== character) return false
  cursor.at += 1
  return true
}

/** The next character that is not white space, or '' at the end. Newlines of JSON stand nowhere else. */
function peek(cursor: Cursor): string {
  for (;;) {
    const character = cursor.text[cursor.at] ?? ''
    if (character === '\n') {
      cursor.line += 1
      cursor.lineStart = cursor.at + 1
    } else if (character !== ' ' && character !== '\t' && character !== '\r') return character
    cursor.at += 1
  }
}

function unexpected(cursor: Cursor, expected: string): JsonSyntaxError {
  const code = cursor.text.codePointAt(cursor.at)
  const found =
    code === undefined ? 'the end of the file' : JSON.stringify(String.fromCodePoint(code))
  return syntaxError(cursor, `expected ${expected}, found ${found}`)
}

function syntaxError({ at, line, lineStart }: Cursor, problem: string): JsonSyntaxError {
  return new JsonSyntaxError(problem, line, at - lineStart + 1)
}
