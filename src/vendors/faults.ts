// What is wrong with a vendor file in words for whoever writes it, and the name that was meant.
import { z } from 'zod'

/** The sentence for an issue that the schema has no words for; undefined leaves the library's. */
export function plainFault(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is required' : (TYPES[issue.expected] ?? undefined)
    case 'invalid_value': {
      const words = issue.values.map(String)
      const meant = typeof issue.input === 'string' ? didYouMean(issue.input, words) : ''
      const list = issue.values.map((value) => JSON.stringify(value)).join(', ')
      return `must be ${words.length > 1 ? 'one of ' : ''}${list}${meant}`
    }
    case 'unrecognized_keys': {
      const known = issue.inst instanceof z.ZodObject ? Object.keys(issue.inst.shape) : []
      const keys = issue.keys.map((key) => `"${key}"${didYouMean(key, known)}`)
      return `Unrecognized key${keys.length > 1 ? 's' : ''}: ${keys.join(', ')}`
    }
    case 'too_small':
      return Number(issue.minimum) === 1 && issue.origin !== 'number'
        ? 'must not be empty'
        : `must be at least ${issue.minimum}`
    case 'too_big':
      return `must be at most ${issue.maximum}${issue.origin === 'string' ? ' characters' : ''}`
    default:
      return undefined
  }
}

const TYPES: Record<string, string> = {
  string: 'must be text, in quotes',
  array: 'must be a list of texts, like ["a", "b"]',
  object: 'must be an object, like { "name": … }',
  record: 'must be an object, like { "name": … }',
  boolean: 'must be true or false',
  number: 'must be a number, without quotes',
  int: 'must be a whole number',
}

/** `api.push.method: must be …`; of a choice of shapes, what is wrong with the one that fits best. */
export function faultLines(issue: z.core.$ZodIssue, parent: PropertyKey[] = []): string[] {
  const path = [...parent, ...issue.path]
  const shapes = issue.code === 'invalid_union' ? issue.errors : []
  const nested = shapes.filter((one) =>
    one.some((inner) => inner.path.length > 0 || inner.code === 'custom'),
  )
  if (nested[0])
    return nested[0].flatMap((inner) => faultLines({ ...inner, path: inner.path }, path))
  const where = z.core.toDotPath(path) || 'the file'
  if (where === 'client' && issue.code === 'unrecognized_keys' && issue.keys.includes('secret'))
    return [`client.secret: secrets come from the environment, never from the file`]
  if (issue.message !== 'Invalid input') return [`${where}: ${issue.message}`]
  const expected = shapes.flatMap((one) => one.map(({ message }) => message))
  return [`${where}: ${[...new Set(expected)].join(', or ') || issue.message}`]
}

/** The known name that somebody meant, when exactly what they wrote is not one; undefined when none is near. */
export function closest(name: string, known: readonly string[]): string | undefined {
  if (known.includes(name)) return undefined
  const same = known.find((one) => plain(one) === plain(name))
  if (same !== undefined) return same
  const [nearest] = known
    .map((one) => ({ one, distance: editDistance(name.toLowerCase(), one.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
  if (!nearest) return undefined
  const length = Math.min(name.length, nearest.one.length)
  const most = length < 4 ? 0 : length < 6 ? 1 : 2
  return nearest.distance <= most ? nearest.one : undefined
}

/** `; did you mean "scopes"?`, or nothing. */
export function didYouMean(name: string, known: readonly string[]): string {
  const meant = closest(name, known)
  return meant === undefined ? '' : `; did you mean "${meant}"?`
}

/** `start_date` and `startDate` are the same. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
}

/** Letters to add, remove, change, or swap with the next one (optimal string alignment). */
function editDistance(from: string, to: string): number {
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, index) => index)]
  const cell = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY
  for (let row = 1; row <= from.length; row++) {
    rows[row] = [row]
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1]
      const isSwapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      rows[row]?.push(
        Math.min(
          cell(row - 1, column) + 1,
          cell(row, column - 1) + 1,
          cell(row - 1, column - 1) + (isSame ? 0 : 1),
          isSwapped ? cell(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      )
    }
  }
  return cell(from.length, to.length)
}
