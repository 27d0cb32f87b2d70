// Campaign rows from JSON: `[…]` or `{ "campaigns": […] }`.
import { type Campaign, campaignSchema } from './campaign.ts'
import { type Faults, isGiven, type Row } from './faults.ts'
import { DEEPEST, JsonSyntaxError, type Located, parseLocatedJson } from './json-text.ts'

const NAME_END = /"\s*:/g

/** Reads a file without faults by JSON.parse; undefined when there may be a fault, which `jsonRows` then locates. */
export function quickCampaigns(text: string): Campaign[] | undefined {
  const root = parseFast(text)
  const list = Array.isArray(root) ? root : listIn(root)
  if (!list) return undefined
  // JSON.parse keeps the last of two equal names: then the text has more names than the objects.
  if (namesIn(root, 0) !== (text.match(NAME_END)?.length ?? 0)) return undefined
  const campaigns: Campaign[] = []
  const ids = new Set<string>()
  for (const row of list) {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) return undefined
    const { data } = campaignSchema.safeParse(
      Object.fromEntries(Object.entries(row).filter(hasValue)),
    )
    if (!data || ids.has(data.id)) return undefined
    ids.add(data.id)
    campaigns.push(data)
  }
  return campaigns
}

/** As JSON.parse; undefined for what it refuses. */
function parseFast(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The list of `{ "campaigns": […] }` with no other member. */
function listIn(root: unknown): unknown[] | undefined {
  if (typeof root !== 'object' || root === null || !('campaigns' in root)) return undefined
  return Object.keys(root).length === 1 && Array.isArray(root.campaigns)
    ? root.campaigns
    : undefined
}

/** How many names the objects have; NaN, which equals nothing, when they are nested too deep. */
function namesIn(value: unknown, depth: number): number {
  if (typeof value !== 'object' || value === null) return 0
  if (depth > DEEPEST) return Number.NaN
  const inner = Object.values(value)
  let names = Array.isArray(value) ? 0 : inner.length
  for (const one of inner) names += namesIn(one, depth + 1)
  return names
}

function hasValue([, value]: [string, unknown]): boolean {
  return isGiven(value)
}

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

/** The fields with their lines, and their values as plain JSON. */
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
