// A request body against a vendor's documented field table: its first fault, for the vendor's own words.
import type { z } from 'zod'
import type { Said } from '../stage.ts'

export interface Fault {
  why: 'missing' | 'type' | 'too_long' | 'unknown' | 'value'
  /** Dotted, and the last part of it. */
  path: string
  field: string
  message: string
  /** The limit of `too_long`. */
  most?: number
}

/** Gives what `accept` answers to a good body, and what `refuse` says to the first fault of any other. */
export function check<T>(
  schema: z.ZodType<T>,
  data: unknown,
  refuse: (fault: Fault) => Said,
  accept: (value: T) => Said,
): Said {
  const parsed = schema.safeParse(data, { reportInput: true })
  return parsed.success ? accept(parsed.data) : refuse(faultOf(parsed.error))
}

function faultOf({ issues }: z.ZodError): Fault {
  const [issue] = issues
  if (issue === undefined) throw new Error('a refusal without a fault')
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys : []
  const parts = [...issue.path, ...unknown.slice(0, 1)].map(String)
  const path = parts.join('.')
  const most = issue.code === 'too_big' ? Number(issue.maximum) : undefined
  return { why: why(issue), path, field: parts.at(-1) ?? '', message: issue.message, most }
}

function why(issue: z.core.$ZodIssue): Fault['why'] {
  if (issue.input === undefined && issue.code !== 'unrecognized_keys') return 'missing'
  if (issue.code === 'unrecognized_keys') return 'unknown'
  if (issue.code === 'too_big' && issue.origin === 'string') return 'too_long'
  return issue.code === 'invalid_type' ? 'type' : 'value'
}

/** A slice of a list and where the next one starts, undefined at the end. */
export function pageOf<T>(items: T[], start: number, size: number) {
  const next = start + size < items.length ? start + size : undefined
  return { items: items.slice(start, start + size), next }
}

/** A whole number from a query, kept between its documented bounds. */
export function count(text: string | null, fallback: number, most: number): number {
  const number = Number(text ?? fallback)
  return Number.isInteger(number) && number >= 0 ? Math.min(number, most) : fallback
}
