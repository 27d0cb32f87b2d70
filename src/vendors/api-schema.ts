// The `api` part of a vendor file: how to push a campaign, its operations as requests, and what the responses mean.
import { z } from 'zod'
import {
  headerName,
  headers,
  headerValue,
  matchList,
  NAMES,
  path,
  template,
  text,
} from './fields.ts'

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
const operations = z.union([operation.transform((one) => [one]), z.array(operation).min(1).max(6)])

const next = z.union([
  z.strictObject({ url: path }),
  z.strictObject({ value: path, param: text, while: path.optional() }),
  z.strictObject({ value: path, member: text }),
  z.strictObject({ link: z.literal(true) }),
  z.strictObject({ offset: text }),
  z.strictObject({ page: text, pages: path }),
])

/** How to look whether the campaign is at the vendor already. Nothing is changed by it. */
const find = z.strictObject({
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

const push = z.strictObject({
  method: z.enum(['POST', 'PUT', 'PATCH']).default('POST'),
  path: z.union([z.literal(''), template(NAMES.push)]).default(''),
  body: z.json().optional(),
  encoding: z.enum(['json', 'form']).default('json'),
  idempotencyHeader: headerName.optional(),
  externalId: z.union([path, z.strictObject({ header: text })]).optional(),
  repeatable: z.boolean().default(false),
})

const retrySource = z
  .strictObject({
    header: headerName.optional(),
    path: path.optional(),
    unit: z.enum(['seconds', 'ms', 'epoch', 'date']).default('seconds'),
  })
  .refine(
    ({ header, path }) => (header === undefined) !== (path === undefined),
    'must have a header or a path',
  )
export type RetrySource = z.infer<typeof retrySource>

export const api = z.strictObject({
  baseUrl: template(NAMES.url),
  concurrency: z.number().int().min(1).max(64).default(4),
  auth: z
    .strictObject({
      in: z.literal('header').default('header'),
      name: headerName,
      value: headerValue(NAMES.api),
    })
    .default({ in: 'header', name: 'Authorization', value: 'Bearer ${token}' }),
  headers: headers(NAMES.api),
  push: push.prefault({}),
  create: operations.optional(),
  update: operations.optional(),
  find: find.optional(),
  exists: matchList(),
  gone: matchList(),
  needs: z.array(text).default([]),
  currency: template(NAMES.url).optional(),
  objectsOf: template(NAMES.url).optional(),
  live: z.boolean().default(false),
  validateOnly: z.record(text, z.json()).optional(),
  account: z.strictObject({ path: template(NAMES.api), id: path, name: path }).optional(),
  ok: matchList({ status: '2xx' }),
  expired: matchList({ status: 401 }),
  limited: matchList({ status: 429 }),
  retryAfter: z
    .union([retrySource.transform((one) => [one]), z.array(retrySource).min(1)])
    .default([]),
  forbidden: matchList({ status: 403 }),
  errorMessage: path.optional(),
  campaignUrl: template(NAMES.link).optional(),
})
