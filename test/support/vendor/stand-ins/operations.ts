// The vendors' documented requests as data (test/data/vendor-operations.json): create, update, find, steps, and the signs of an answer.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { pointed } from './render.ts'

const values = z.record(z.string(), z.string())
const request = z.object({
  method: z.string(),
  path: z.string(),
  headers: values.default({}),
  encoding: z.literal('form').optional(),
  body: z.unknown().optional(),
  keep: values.default({}),
})
const next = z.object({
  url: z.string().optional(),
  header: z.string().optional(),
  pointer: z.string().optional(),
  param: z.string().optional(),
  member: z.string().optional(),
  while: z.string().optional(),
  offset: z.string().optional(),
  total: z.string().optional(),
  page: z.string().optional(),
  pages: z.string().optional(),
})
const find = request.extend({
  items: z.string().optional(),
  match: z
    .object({ pointer: z.string(), equals: z.string().optional(), contains: z.string().optional() })
    .optional(),
  not: z.object({ pointer: z.string(), in: z.array(z.unknown()) }).optional(),
  next: next.optional(),
  after: z.array(request).default([]),
})
const base = z.object({
  status: z.union([z.number(), z.literal('2xx')]).optional(),
  header: z.string().optional(),
  path: z.string().optional(),
  exists: z.boolean().optional(),
  equals: z.unknown().optional(),
  contains: z.string().optional(),
  in: z.array(z.unknown()).optional(),
})
const sign = base.extend({ and: base.optional() })
const signs = z.array(sign)
const vendorOperations = z.object({
  base: z.string(),
  vars: values,
  headers: values,
  oauth: z
    .object({
      authorize: z.string(),
      token: z.string(),
      scopes: z.array(z.string()),
      basic: z.boolean(),
      json: z.boolean(),
      pkce: z.boolean(),
      refresh: z.boolean(),
    })
    .optional(),
  create: request,
  update: z.array(request),
  find,
  steps: z.array(request).default([]),
  signs: z.object({
    ok: signs,
    expired: signs,
    limited: signs,
    forbidden: signs,
    exists: signs,
    gone: signs,
  }),
})

export type VendorOperations = z.infer<typeof vendorOperations>
export type Request = z.infer<typeof request>

const FILE = join(import.meta.dirname, '..', '..', '..', 'data', 'vendor-operations.json')

/** By the vendor's id: create, update, find and signs as data, with templates. */
export const OPERATIONS = z
  .record(z.string(), vendorOperations)
  .parse(JSON.parse(readFileSync(FILE, 'utf8')))

export interface Answer {
  status: number
  headers: Headers
  body: unknown
}

/** Whether an answer bears one of the signs. */
export function fits(list: z.infer<typeof signs>, answer: Answer): boolean {
  return list.some((one) => bears(one, answer) && (one.and === undefined || bears(one.and, answer)))
}

function bears(one: z.infer<typeof base>, { status, headers, body }: Answer): boolean {
  const isStatus = one.status === '2xx' ? status >= 200 && status < 300 : status === one.status
  if (one.status !== undefined && !isStatus) return false
  if (one.path === undefined && one.header === undefined) return true
  const value = one.header
    ? (headers.get(one.header) ?? undefined)
    : pointed(body, `/${one.path?.replaceAll('.', '/')}`)
  if (one.in) return one.in.includes(value)
  if (one.contains !== undefined) return String(value).includes(one.contains)
  return one.exists ? value !== undefined : value === one.equals
}

/** Reads a response to its end; a body is JSON or absent. */
export async function read(response: Response): Promise<Answer> {
  const text = await response.text()
  const { status, headers } = response
  return { status, headers, body: text === '' ? undefined : JSON.parse(text) }
}
