// The `api.create`, `update` and `find` of a vendor file: requests as data, and what to keep of their responses.
import { z } from 'zod'
import { headerName, headers, matchList, NAMES, path, template, text } from './fields.ts'

/** A value of a response: a path into its JSON, or a header. */
const responsePath = z.union([path, z.strictObject({ header: text })])

const request = {
  path: z.union([z.literal(''), template(NAMES.operation)]).default(''),
  headers: headers(NAMES.operation),
  /** A JSON value with templates in its strings. */
  body: z.json().optional(),
  encoding: z.enum(['json', 'form']).default('json'),
  /** Values of the response to keep, by the name they have as `${known.name}`. `id` is the vendor's id. */
  keep: z.record(text, responsePath).default({}),
}

/** A request that changes something at the vendor. */
const operation = z.strictObject({
  method: z.enum(['POST', 'PUT', 'PATCH']).default('POST'),
  ...request,
  /** Where the vendor takes an idempotency key. */
  idempotencyHeader: headerName.optional(),
  /** What proves success, where it differs from `api.ok`. */
  ok: matchList().optional(),
  /** Left out when there is no such value: `campaign.budget`, `known.budget`. */
  when: text.optional(),
  /** Of an update: `find.match` covers all it sets, so that `exists` may mean that it is so already. */
  whole: z.boolean().optional(),
})

/** One request, or several in order: each one's values are kept before the next is sent. */
export const operations = z.union([
  operation.transform((one) => [one]),
  z.array(operation).min(1).max(6),
])

const next = z.union([
  /** The response holds the URL of the next page. */
  z.strictObject({ url: path }),
  /** … or a value for this query parameter, as long as `while` is true. */
  z.strictObject({ value: path, param: text, while: path.optional() }),
  /** … or for a member of the body of a POST. */
  z.strictObject({ value: path, member: text }),
  /** `Link: <…>; rel="next"` (RFC 8288). */
  z.strictObject({ link: z.literal(true) }),
  /** A query parameter that counts the items before the page. */
  z.strictObject({ offset: text }),
  /** A query parameter that counts the pages, from 1; with the path of how many there are. */
  z.strictObject({ page: text, pages: path }),
])

/** How to look whether the campaign is at the vendor already. Nothing is changed by it. */
export const find = z.strictObject({
  method: z.enum(['GET', 'POST']).default('GET'),
  ...request,
  /** What proves that the search was made. The status alone does not where refusals are an HTTP 200. */
  ok: matchList({ status: '2xx' }),
  /** Where the list is; absent: the response is the list. `single`: the response is the one object. */
  items: path.optional(),
  single: z.boolean().default(false),
  /** An item is the campaign when the value at `path` equals, or contains, the filled template. */
  match: z
    .strictObject({
      path,
      equals: template(NAMES.operation).optional(),
      contains: template(NAMES.operation).optional(),
    })
    .optional(),
  /** Items that do not count: removed ones. */
  not: matchList().optional(),
  next: next.optional(),
  /** The search does not see everything: "none" proves nothing. */
  complete: z.boolean().default(true),
  /** Seconds until the vendor's own index has what was sent. */
  settleSeconds: z.number().int().min(0).max(600).default(5),
  /** Requests for further values of what was found. */
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
