// The `api` part of the vendor schema: how to push a campaign, and what the responses mean.
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
import { find, operations } from './operations-schema.ts'

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
