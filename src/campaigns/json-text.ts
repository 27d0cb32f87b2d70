// Reads JSON with the line of every value, so that a fault in a campaign file can name it.
import { printParseErrorCode, visit } from 'jsonc-parser'

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

/** How deep objects and lists may be nested. */
export const DEEPEST = 32
const BAD_STRING = 'text that is not closed on its line, or a bad "\\"'
/** What is wrong inside a token, by jsonc-parser's code for it. Any other error is about the token's position. */
const TOKEN_PROBLEMS: Record<string, string> = {
  UnexpectedEndOfString: BAD_STRING,
  InvalidUnicode: BAD_STRING,
  InvalidEscapeCharacter: BAD_STRING,
  InvalidCharacter: BAD_STRING,
  UnexpectedEndOfNumber: 'a number that is not complete',
}

/** An object or list that has begun and not ended; `field` is the name last read. */
interface Container {
  value: Located[] | Map<string, Located>
  field: string
  line: number
}

/**
 * Reads a JSON text (RFC 8259). Stricter than JSON.parse in two things: a name may stand only once in an
 * object, and nesting ends at 32. @throws JsonSyntaxError
 */
export function parseLocatedJson(text: string): Located {
  const open: Container[] = []
  let root: Located | undefined
  let expected = 'a value'

  function add(value: Located['value'], line: number, column: number): void {
    if (open.length > DEEPEST)
      throw new JsonSyntaxError(`is nested more than ${DEEPEST} deep`, line, column)
    const parent = open.at(-1)
    if (!parent) root = { line, value }
    else if (Array.isArray(parent.value)) parent.value.push({ line, value })
    else parent.value.set(parent.field, { line: parent.line, value })
    expected = afterValue(parent)
  }

  function begin(value: Container['value'], line: number, column: number): void {
    add(value, line, column)
    open.push({ value, field: '', line })
    expected = beforeItem(value)
  }

  function end(offset: number): void {
    if (offset === text.length) return // the end of the text, not of the container: onError comes next
    open.pop()
    expected = afterValue(open.at(-1))
  }

  visit(
    text,
    {
      onObjectBegin: (_offset, _length, line, column) => begin(new Map(), line + 1, column + 1),
      onArrayBegin: (_offset, _length, line, column) => begin([], line + 1, column + 1),
      onObjectEnd: end,
      onArrayEnd: end,
      onLiteralValue: (value: string | number | boolean | null, _offset, _length, line, column) =>
        add(value, line + 1, column + 1),
      onObjectProperty(field, _offset, _length, line, column) {
        const object = open.at(-1)
        if (object?.value instanceof Map && object.value.has(field)) {
          const problem = `field ${JSON.stringify(field)} is given twice`
          throw new JsonSyntaxError(problem, line + 1, column + 1)
        }
        Object.assign(object ?? {}, { field, line: line + 1 })
        expected = '":"'
      },
      onSeparator(character) {
        const parent = open.at(-1)
        expected = character === ':' || !parent ? 'a value' : beforeItem(parent.value)
      },
      onError(code, offset, _length, line, column) {
        const found = `expected ${expected}, found ${characterAt(text, offset)}`
        const problem = TOKEN_PROBLEMS[printParseErrorCode(code)] ?? found
        throw new JsonSyntaxError(problem, line + 1, column + 1)
      },
    },
    { disallowComments: true },
  )
  if (!root) throw new JsonSyntaxError('expected a value, found the end of the file', 1, 1)
  return root
}

function beforeItem(container: Container['value']): string {
  return Array.isArray(container) ? 'a value' : 'a field name in double quotes'
}

function afterValue(parent: Container | undefined): string {
  if (!parent) return 'nothing after the end of the JSON'
  return Array.isArray(parent.value) ? '"," or "]"' : '"," or "}"'
}

function characterAt(text: string, offset: number): string {
  const code = text.codePointAt(offset)
  return code === undefined ? 'the end of the file' : JSON.stringify(String.fromCodePoint(code))
}
