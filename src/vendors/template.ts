// Templates in vendor files: "${token}", "${campaign.name|line}"; only known names, filled by one pass.
import { BoundedMap } from '../store/bounded-map.ts'
import { applyFilters, filterFault, type Scope } from './filters.ts'

export type { Scope } from './filters.ts'

const NAME = '[A-Za-z][A-Za-z0-9_.-]*'
const HOLE = new RegExp(`\\$\\{(${NAME})((?:\\|[a-z]+(?::[^|{}]*)?)*)\\}`, 'g')
const WHOLE = new RegExp(`^${HOLE.source}$`)

/** The names a template uses. @throws Error when a `${` is not a plain name, or a filter is not known. */
export function namesIn(template: string): string[] {
  const { start, holes } = readTemplate(template)
  if (start.includes('${') || holes.some(({ after }) => after.includes('${')))
    throw new Error(`"${template}" has a \${ that is not a name`)
  for (const { name, filters } of holes) {
    const fault = filterFault(filters)
    if (fault !== undefined) throw new Error(`"\${${name}${filters}}": ${fault}`)
  }
  return holes.map(({ name }) => name)
}

/** Text, and then holes with the text after each. */
interface Template {
  start: string
  holes: readonly { name: string; filters: string; after: string }[]
}

const read = new BoundedMap<string, Template>(1_000)

function readTemplate(template: string): Template {
  const known = read.get(template)
  if (known) return known
  const [start = '', ...rest] = template.split(HOLE)
  const holes = []
  for (let at = 0; at < rest.length; at += 3) {
    const [name = '', filters = '', after = ''] = rest.slice(at, at + 3)
    holes.push({ name, filters, after })
  }
  read.set(template, { start, holes })
  return { start, holes }
}

/** The names in a template; none for a malformed one, which the check of its own field reports. */
export function readableNames(template: string): string[] {
  try {
    return namesIn(template)
  } catch {
    return []
  }
}

/** What looks like a hole of another tool's templates: `{campaign.id}`, `{{ token }}`. Each with what was meant. */
export function foreignHoles(template: string): { written: string; meant: string }[] {
  const rest = template.replaceAll(HOLE, '')
  return [...rest.matchAll(FOREIGN)].map(([written, dotted, braced, bare]) => ({
    written,
    meant: `\${${dotted ?? braced ?? bare}}`,
  }))
}

const FOREIGN =
  /\{\{?\s*((?:campaign|vars|client|flow|known)\.[\w.]+)\s*\}\}?|\{\{\s*(token|externalId|random)\s*\}\}|\{(token|externalId|random)\}/g

/**
 * Fills a template. `encode` is applied to each value and not to the text around it
 * (encodeURIComponent in a URL, nothing in a header). A name without a value becomes ''.
 */
export function fill(
  template: string,
  scope: Scope,
  encode: (value: string) => string = String,
): string {
  const { start, holes } = readTemplate(template)
  let filled = start
  for (const { name, filters, after } of holes)
    filled += encode(String(applyFilters(scope[name], filters, scope) ?? '')) + after
  return filled
}

/**
 * Fills every string of a JSON value. A string that is exactly one hole keeps the value's own type
 * (a number stays a number), and a member whose only hole has no value is left out. `{ "$if": "campaign.budget",
 * "$then": … }` stands for what `$then` holds, and is left out as a whole when there is no such value.
 */
export function fillJson(value: unknown, scope: Scope): unknown {
  if (typeof value === 'string') {
    const [, name, filters = ''] = WHOLE.exec(value) ?? []
    return name === undefined ? fill(value, scope) : applyFilters(scope[name], filters, scope)
  }
  if (Array.isArray(value)) {
    return value.map((item) => fillJson(item, scope)).filter((item) => item !== undefined)
  }
  if (value === null || typeof value !== 'object') return value
  if ('$if' in value && '$then' in value) {
    return hasValue(scope, value.$if) ? fillJson(value.$then, scope) : undefined
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, fillJson(item, scope)]),
  )
}

/** Whether there is a value under this name: not absent, not empty. */
export function hasValue(scope: Scope, name: unknown): boolean {
  const value = typeof name === 'string' ? scope[name] : undefined
  return value !== undefined && value !== null && value !== ''
}

/** Parameters as a file shapes them: its own merged over the standard's, `null` removing one. */
export function mergeParams(
  standard: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string | number | boolean | null>>,
  scope: Scope,
): Record<string, string> {
  const merged = { ...standard }
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) delete merged[name]
    else merged[name] = fill(String(value), scope)
  }
  return merged
}

/** The same for a JSON request, in which the file's numbers and booleans stay what they are. */
export function mergeJsonParams(
  ...[standard, changes, scope]: Parameters<typeof mergeParams>
): Record<string, string | number | boolean> {
  const typed = Object.entries(changes).flatMap(([name, value]): [string, number | boolean][] =>
    typeof value === 'number' || typeof value === 'boolean' ? [[name, value]] : [],
  )
  return { ...mergeParams(standard, changes, scope), ...Object.fromEntries(typed) }
}

export type FieldPath = (string | number)[]

/** Every text in a vendor file with the path of its field. Walks objects and lists; `['api', 'push', 'path']` and its text, one after the other. */
export function* strings(value: unknown, path: FieldPath = []): Generator<[FieldPath, string]> {
  if (typeof value === 'string') yield [path, value]
  else if (Array.isArray(value))
    for (const [index, item] of value.entries()) yield* strings(item, [...path, index])
  else if (typeof value === 'object' && value !== null)
    for (const [name, item] of Object.entries(value)) yield* strings(item, [...path, name])
}
