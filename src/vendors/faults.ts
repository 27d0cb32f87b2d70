// What is wrong with a vendor file in words for whoever writes it, in place of the schema library's own.
import { z } from 'zod'
import { didYouMean } from './closest.ts'

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
