// The `api.create`, `update` and `find` of a vendor file: requests as data, and what to keep of their responses.
import { z } from 'zod'
import { headerName, headers, matchList, NAMES, path, template, text } from './fields.ts'

const responsePath = z.union([path, z.strictObject({ header: text })])

const request = {
  path: z.union([z.literal(''), template(NAMES.operation)]).default(''),
  headers: headers(NAMES.operation),
  body: z.json().optional(),
  encoding: z.enum(['json', 'form']).default('json'),
  keep: z.record(text, responsePath).default({}),
}

const operation = z.strictObject({
  method: z.enum(['POST', 'PUT', 'PATCH']).default('POST'),
  ...request,
  idempotencyHeader: headerName.optional(),
  ok: matchList().optional(),
  when: text.optional(),
  whole: z.boolean().optional(),
})

/** One request, or several in order: each one's values are kept before the next is sent. */
export const operations = z.union([
  operation.transform((one) => [one]),
  z.array(operation).min(1).max(6),
])

const next = z.union([
  z.strictObject({ url: path }),
  z.strictObject({ value: path, param: text, while: path.optional() }),
  z.strictObject({ value: path, member: text }),
  z.strictObject({ link: z.literal(true) }),
  z.strictObject({ offset: text }),
  z.strictObject({ page: text, pages: path }),
])

/** How to look whether the campaign is at the vendor already. Nothing is changed by it. */
export const find = z.strictObject({
  method: z.enum(['GET', 'POST']).default('GET'),
  ...request,
  ok: matchList({ status: '2xx' }),
  items: path.optional(),
  single: z.boolean().default(false),
  match: z
    .strictObject({
      path,
      equals: template(NAMES.operation).optional(),
      contains: template(NAMES.operation).optional(),
    })
    .optional(),
  not: matchList().optional(),
  next: next.optional(),
  complete: z.boolean().default(true),
  settleSeconds: z.number().int().min(0).max(600).default(5),
  after: z
    .array(
      z.strictObject({
        path: template(NAMES.operation),
        headers: headers(NAMES.operation),
        keep: request.keep,
      }),
    )
    .max(3)
    .default([]),
})

export type Operation = z.infer<typeof operation>
export type Find = z.infer<typeof find>
export type ResponsePath = z.infer<typeof responsePath>
