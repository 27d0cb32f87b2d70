// Campaign rows from JSON: `[…]` or `{ "campaigns": […] }`.
import type { Faults } from './faults.ts'
import { JsonSyntaxError, type Located, parseLocatedJson } from './json-text.ts'
import type { Row } from './row.ts'

/** Reads the rows; bad JSON (with its line and column) and anything that is no campaign go to `faults`. */
export function jsonRows(text: string, faults: Faults): Row[] {
  const root = readRoot(text, faults)
  const rows: Row[] = []
  for (const { line, value } of root ? listOf(root, faults) : []) {
    if (value instanceof Map) rows.push({ line, fields: plainFields(value) })
    else faults.add({ line, problem: 'each campaign must be an object', got: value })
  }
  return rows
}

/** The fields, their own lines kept and the lines within their values dropped. */
function plainFields(fields: Map<string, Located>): Row['fields'] {
  return new Map(
    [...fields].map(([field, found]) => [field, { line: found.line, value: plain(found) }]),
  )
}

function plain({ value }: Located): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (!(value instanceof Map)) return value
  return Object.fromEntries([...value].map(([name, found]) => [name, plain(found)]))
}

function readRoot(text: string, faults: Faults): Located | undefined {
  try {
    return parseLocatedJson(text)
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    faults.add({ line: error.line, column: error.column, problem: error.message })
  }
}

function listOf({ line, value }: Located, faults: Faults): Located[] {
  if (Array.isArray(value)) return value
  if (!(value instanceof Map) || !value.has('campaigns')) {
    faults.add({
      line,
      problem: 'must be a list of campaigns, or { "campaigns": [ … ] }',
      got: value,
    })
    return []
  }
  let list: Located[] = []
  for (const [field, found] of value) {
    if (field !== 'campaigns')
      faults.add({ line: found.line, field, problem: 'must not stand beside "campaigns"' })
    else if (Array.isArray(found.value)) list = found.value
    else
      faults.add({
        line: found.line,
        field,
        problem: 'must be a list of campaigns',
        got: found.value,
      })
  }
  return list
}
