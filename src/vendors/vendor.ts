// A vendor is data: the schema of a vendor file, and what each field means.
import { z } from 'zod'
import { namesIn } from './template.ts'

const text = z.string().min(1)

/** A template that may use only `names`; an unknown one is a fault of the file. */
function template(...names: string[]) {
  return text.superRefine((value, check) => {
    try {
      for (const name of namesIn(value))
        if (
          !names.some(
            (allowed) =>
              name === allowed || (allowed.endsWith('.*') && name.startsWith(allowed.slice(0, -1))),
          )
        )
          check.addIssue(
            `"\${${name}}" is not known here; known: ${names.map((allowed) => `\${${allowed}}`).join(' ')}`,
          )
    } catch (error) {
      check.addIssue(error instanceof Error ? error.message : 'not a template')
    }
  })
}

const path = z.union([text, z.array(text).min(1)])
const names = [
  'vars.*',
  'client.id',
  'flow.redirectUri',
  'flow.scope',
  'flow.state',
  'flow.codeChallenge',
] as const
const url = template('vars.*')
const authorizeParams = z.record(z.string(), z.union([template(...names), z.null()]))
const tokenParams = z.record(
  z.string(),
  z.union([template('vars.*', 'client.id', 'flow.redirectUri', 'flow.code', 'flow.codeVerifier'), z.null()]),
)
const headers = z.record(z.string(), template('vars.*', 'token'))

/** All named fields hold; a list of matches holds when any of them does. */
const match = z.strictObject({
  status: z.union([z.number().int(), z.array(z.number().int())]).optional(),
  header: text.optional(),
  path: text.optional(),
  exists: z.boolean().optional(),
  equals: z.union([z.string(), z.number(), z.boolean()]).optional(),
  in: z.array(z.union([z.string(), z.number()])).optional(),
  contains: text.optional(),
})

const lifetime = z.strictObject({
  /** Seconds to assume when the vendor does not say (absent, 0, null). */
  defaultSeconds: z.number().int().min(1).default(300),
  /** Seconds before the end at which the token is no longer used; at most a tenth of its life. */
  skewSeconds: z.number().int().min(0).default(60),
  /** Seconds for which a new token may be refused before that is believed. */
  freshGraceSeconds: z.number().int().min(0).max(30).default(2),
})

const push = z.strictObject({
  method: z.enum(['POST', 'PUT', 'PATCH']),
  path: template('vars.*', 'campaign.*'),
  /** A JSON value with templates in its strings; without it the whole campaign is sent. */
  body: z.unknown().optional(),
  /** Where the vendor takes an idempotency key. Without it nothing is ever repeated on its own. */
  idempotencyHeader: text.optional(),
  /** Where the vendor's own id of the campaign is in its answer. */
  externalId: path.optional(),
})

export const vendorSchema = z.strictObject({
  $schema: z.string().optional(),
  id: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be 1 to 32 of a-z 0-9 -, a letter first'),
  name: text.max(60),
  docs: z.union([text, z.record(z.string(), text), z.array(text)]).optional(),
  /** Values from the environment, `<ID>_<KEY>`, for use in templates. */
  vars: z
    .record(
      z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/),
      z.strictObject({
        from: z.literal('config'),
        key: z.string().regex(/^[A-Z][A-Z0-9_]*$/),
        default: z.string().optional(),
        pattern: text.optional(),
      }),
    )
    .default({}),
  client: z
    .strictObject({
      auth: z.enum(['post', 'basic', 'none']).default('post'),
      basicEncoding: z.enum(['form', 'raw']).default('form'),
    })
    .prefault({}),
  authorize: z.strictObject({
    url,
    /** RFC 9207 issuer, compared with `iss` on the callback. */
    issuer: url.optional(),
    /** The vendor promises `iss` on each callback: one without it is refused. */
    issParameter: z.boolean().default(false),
    scopes: z.array(text).default([]),
    scopeSeparator: z.string().min(1).default(' '),
    /** What each scope lets this app do, in words for people. */
    permissions: z.array(text).default([]),
    pkce: z.boolean().default(true),
    params: authorizeParams.default({}),
  }),
  token: z.strictObject({ url, params: tokenParams.default({}), headers: headers.default({}) }),
  revoke: z.strictObject({ url }).optional(),
  lifetime: lifetime.prefault({}),
  api: z.strictObject({
    baseUrl: url,
    auth: z
      .strictObject({ in: z.literal('header'), name: text, value: template('token', 'vars.*') })
      .default({ in: 'header', name: 'Authorization', value: 'Bearer ${token}' }),
    headers: headers.default({}),
    push,
    /** Who approved: for "connected as dana@acme". */
    account: z.strictObject({ path: template('vars.*'), id: path, name: path }).optional(),
    ok: z.array(match).default([{ status: [200, 201, 202, 203, 204] }]),
    expired: z.array(match).default([{ status: 401 }]),
    limited: z.array(match).default([{ status: 429 }]),
    errorMessage: path.optional(),
    /** Where a person sees the campaign at the vendor. */
    campaignUrl: template('vars.*', 'externalId').optional(),
  }),
})

/** The vendor file, read and with every default in its place. */
export type VendorFile = z.infer<typeof vendorSchema>
export type Match = z.infer<typeof match>

/** A vendor ready for use: the file, the client's credentials and the values of its `vars`. */
export interface Vendor extends VendorFile {
  client: VendorFile['client'] & { id: string; secret: string }
  /** `vars.<name>` → value, as templates name them. */
  values: Readonly<Record<string, string>>
}
