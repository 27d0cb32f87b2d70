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
  /** A JSON value with templates in its strings; without it the whole campaign is sent. */
  body: z.json().optional(),
  encoding: z.enum(['json', 'form']).default('json'),
  /** Where the vendor takes an idempotency key. Without it nothing is ever repeated on its own. */
  idempotencyHeader: headerName.optional(),
  /** The path of the vendor's own campaign id in the response. */
  externalId: z.union([path, z.strictObject({ header: text })]).optional(),
  /** The same request again changes nothing, so it may be repeated without a key. */
  repeatable: z.boolean().default(false),
})

export const api = z.strictObject({
  baseUrl: template(NAMES.url),
  /** Pushes of runs that may be under way at once, in one process. */
  concurrency: z.number().int().min(1).max(64).default(4),
  auth: z
    .strictObject({
      in: z.literal('header').default('header'),
      name: headerName,
      value: headerValue(NAMES.api),
    })
    .default({ in: 'header', name: 'Authorization', value: 'Bearer ${token}' }),
  headers: headers(NAMES.api),
  /** One request that makes or changes the campaign: a vendor with a true upsert. */
  push: push.prefault({}),
  /** For all others: what makes it, what changes what was made, and how to look for it. In place of `push`. */
  create: operations.optional(),
  update: operations.optional(),
  find: find.optional(),
  /** Signs, in what is not ok, that the campaign is there already, or no longer. Looked for before `forbidden`. */
  exists: matchList(),
  gone: matchList(),
  /** Fields without which a campaign cannot go there. */
  needs: z.array(text).default([]),
  /** The currency of the account: a budget in another one cannot go there. */
  currency: template(NAMES.url).optional(),
  /** What is created is public, or spends, at once: the vendor has no draft. */
  live: z.boolean().default(false),
  /** Who approved, for "connected as dana@acme"; a GET, and the one that tests a connection. */
  account: z.strictObject({ path: template(NAMES.api), id: path, name: path }).optional(),
  ok: matchList({ status: '2xx' }),
  expired: matchList({ status: 401 }),
  limited: matchList({ status: 429 }),
  /** Signs of a missing permission, looked for in what is not ok. */
  forbidden: matchList({ status: 403 }),
  errorMessage: path.optional(),
  /** Where a person sees the campaign at the vendor. */
  campaignUrl: template(NAMES.link).optional(),
})
