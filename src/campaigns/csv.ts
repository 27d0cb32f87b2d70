// Campaign rows from CSV: a header row of the schema's names, then a row for each campaign.
import { CsvError, parse } from 'csv-parse/sync'
import type { Faults, Row } from './faults.ts'

interface Cell {
  line: number
  value: string
}

const NEWLINE = /\r\n|\n|\r/g
/** Spreadsheets write one of these, by country. No field name has one, so the header shows which. */
const DELIMITERS = [',', ';', '\t']
const REQUIRED = ['id', 'name']
const QUOTE_FAULTS: Record<string, string> = {
  CSV_QUOTE_NOT_CLOSED: 'has a quote that is never closed',
  CSV_INVALID_CLOSING_QUOTE:
    'has text after its closing quote; a quote inside a quoted cell is written ""',
  INVALID_OPENING_QUOTE:
    'has a quote in its middle; put the cell in quotes and write that quote as ""',
}

export function csvRows(text: string, faults: Faults): Row[] {
  const [header, ...records] = readRecords(text, faults)
  if (!header || !checkHeader(header, faults)) return []
  const rows: Row[] = []
  for (const cells of records.filter((record) => !isBlank(record))) {
    const line = cells[0]?.line ?? 0
    if (cells.length === header.length) rows.push({ line, fields: namedCells(header, cells) })
    else
      faults.add({
        line,
        problem: `has ${cells.length} cells where the header has ${header.length}`,
      })
  }
  return rows
}

/** Reads records up to the first that is badly quoted; after it a parser can only guess. */
function readRecords(text: string, faults: Faults): Cell[][] {
  const records: Cell[][] = []
  let header: string[] | undefined
  let endLine = 0
  let emptyLines = 0
  let quotedCrlfs = 0
  try {
    parse(text, {
      delimiter: delimiterOf(text),
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      skip_empty_lines: true,
      on_record(record: string[], info) {
        // csv-parse counts a CRLF inside quotes as two lines.
        quotedCrlfs += record.join('\0').split('\r\n').length - 1
        endLine = info.lines - quotedCrlfs
        emptyLines = info.empty_lines
        header ??= record
        records.push(locate(record, endLine))
        return null
      },
    })
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const skipped = Number(error.empty_lines) - emptyLines
    const field = header?.[Number(error.column)]
    const fault = {
      line: endLine + 1 + skipped,
      problem: QUOTE_FAULTS[error.code] ?? error.message,
    }
    faults.add(field === undefined ? fault : { ...fault, field })
  }
  return records
}

function delimiterOf(text: string): string {
  const header = text.trimStart().split(/[\r\n]/, 1)[0] ?? ''
  return DELIMITERS.find((delimiter) => header.includes(delimiter)) ?? ','
}

function locate(record: readonly string[], endLine: number): Cell[] {
  const breaks = record.map((value) => value.match(NEWLINE)?.length ?? 0)
  let line = endLine - breaks.reduce((sum, count) => sum + count, 0)
  return record.map((value, index) => {
    const cell = { line, value }
    line += breaks[index] ?? 0
    return cell
  })
}

/** False when the rows cannot be checked: a column that every campaign needs is missing. */
function checkHeader(header: readonly Cell[], faults: Faults): boolean {
  const seen = new Set<string>()
  for (const { line, value: field } of header) {
    if (seen.has(field)) faults.add({ line, field, problem: 'is in the header twice' })
    seen.add(field)
  }
  const missing = REQUIRED.filter((field) => !seen.has(field))
  for (const field of missing) {
    faults.add({ line: header[0]?.line ?? 1, field, problem: 'is missing from the header' })
  }
  return missing.length === 0
}

/** A row of commas only, as spreadsheets write below a table. */
function isBlank(cells: readonly Cell[]): boolean {
  return cells.every(({ value }) => value.trim() === '')
}

/** The cells of a row by field. A repeated field keeps its last cell. */
function namedCells(header: readonly Cell[], cells: readonly Cell[]): Row['fields'] {
  const fields: Row['fields'] = new Map()
  header.forEach(({ value: field }, index) => {
    const cell = cells[index]
    if (cell) fields.set(field, cell)
  })
  return fields
}
