// A vendor is data: the schema of a vendor file. What each field means is in field-descriptions.ts.
import { z } from 'zod'
import { api } from './api-schema.ts'
import { crossChecks } from './checks.ts'
import {
  errorNames,
  headers,
  match,
  NAMES,
  params,
  path,
  seconds,
  template,
  text,
  tokenResponse,
} from './fields.ts'
import { isSlow } from './pattern-checks.ts'

const url = template(NAMES.url)

/** A value for templates, as `${vars.name}`: from settings, the person, or what the vendor says on the way. */
const variable = z.strictObject({
  from: z.enum(['config', 'person', 'callback', 'token', 'step']),
  key: path.optional(),
  label: text.max(80).optional(),
  default: z.string().optional(),
  pattern: text.superRefine(isGoodPattern).optional(),
})

/** The standard's words (RFC 7591 §2) mean ours. */
const STANDARD_AUTH = {
  post: 'post',
  basic: 'basic',
  none: 'none',
  key: 'key',
  client_secret_post: 'post',
  client_secret_basic: 'basic',
  private_key_jwt: 'private_key_jwt',
} as const

const client = z.strictObject({
  id: text.optional(),
  auth: z
    .enum([
      'post',
      'basic',
      'none',
      'key',
      'client_secret_post',
      'client_secret_basic',
      'private_key_jwt',
    ])
    .transform((word) => STANDARD_AUTH[word])
    .default('post'),
  basicEncoding: z.enum(['form', 'raw']).default('form'),
  assertion: z.strictObject({ audience: url.optional(), issuer: url.optional() }).prefault({}),
})

const authorize = z.strictObject({
  url: url.default(''),
  issuer: url.optional(),
  issParameter: z.boolean().default(false),
  paramsIn: z.enum(['query', 'fragment']).default('query'),
  scopes: z.array(url).default([]),
  scopeSeparator: z.string().min(1).default(' '),
  permissions: z.array(text).default([]),
  pkce: z.boolean().default(true),
  params: params(NAMES.authorize),
  chooseAccount: params(NAMES.authorize),
  denied: errorNames('user_denied', 'user_cancelled_login', 'user_cancelled_authorize'),
})

const token = z.strictObject({
  url: url.default(''),
  encoding: z.enum(['form', 'json', 'query']).default('form'),
  params: params(NAMES.token),
  headers: headers(NAMES.token),
  response: tokenResponse.prefault({}),
  spent: errorNames('invalid_code', 'bad_verification_code', 'expired_code', 'code_already_used'),
  unknownClient: errorNames(
    'invalid_client_id',
    'bad_client_secret',
    'incorrect_client_credentials',
    'redirect_uri_mismatch',
    'bad_redirect_uri',
  ),
  refresh: z
    .strictObject({
      url: url.optional(),
      params: params(NAMES.refresh),
      ended: z.array(match).default([]),
    })
    .prefault({}),
})

const step = z.strictObject({
  request: z.strictObject({
    method: z.enum(['GET', 'POST']).default('GET'),
    url,
    params: params(NAMES.step),
    headers: headers(NAMES.step),
    encoding: z.enum(['form', 'json', 'query']).default('form'),
  }),
  optional: z.boolean().default(false),
  token: z
    .union([
      z.literal(true).transform(() => tokenResponse.parse({})),
      path.transform((accessToken) => tokenResponse.parse({ accessToken })),
      tokenResponse,
    ])
    .optional(),
  capture: z.record(text, path).default({}),
})

const lifetime = z.strictObject({
  defaultSeconds: seconds(1).default(300),
  skewSeconds: seconds(0).default(60),
  freshGraceSeconds: seconds(0, 30).default(2),
  refresh: z.enum(['ignore', 'use']).default('ignore'),
})

export const vendorSchema = z
  .strictObject({
    $schema: z.string().optional(),
    id: z
      .string()
      .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'must be 1 to 64 of a-z 0-9 _ -, no _ or - first'),
    name: text.max(80).regex(/^[^\p{C}]*$/u, 'must not have control characters'),
    docs: z
      .union([text, z.record(z.string(), z.union([text, z.array(text)])), z.array(text)])
      .optional(),
    verifiedOn: z.iso.date().optional(),
    standIn: z.boolean().default(false),
    vars: z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9_-]*$/), variable).default({}),
    client: client.prefault({}),
    authorize: authorize.prefault({}),
    callback: z
      .strictObject({
        code: text.default('code'),
        state: text.default('state'),
        error: text.default('error'),
      })
      .prefault({}),
    token: token.prefault({}),
    revoke: z.strictObject({ url, params: params(NAMES.step) }).optional(),
    steps: z.array(step).default([]),
    lifetime: lifetime.prefault({}),
    tokenPer: z.enum(['campaign', 'session']).default('campaign'),
    api,
  })
  .superRefine(crossChecks)
  .transform(
    (file) =>
      ({ ...file, tokenPer: file.client.auth === 'key' ? 'session' : file.tokenPer }) as const,
  )

export type VendorFile = z.infer<typeof vendorSchema>
export type Match = z.infer<typeof match>
export type TokenResponse = z.infer<typeof tokenResponse>
export type Step = VendorFile['steps'][number]

/** A vendor ready for use: the file, the client's credentials and the values of its `vars`. */
export interface Vendor extends VendorFile {
  client: VendorFile['client'] & {
    id: string
    secret: string
    /** In PEM, for `private_key_jwt`: no template can name it. */
    privateKey?: string
    keyId?: string
  }
  /** `vars.<name>` → value, as templates name them; those from the vendor are added to a copy (`withValues`). */
  values: Readonly<Record<string, string>>
}

function isGoodPattern(value: string, { addIssue }: { addIssue(message: string): void }): void {
  try {
    if (isSlow(value)) addIssue('takes too long: write it without repeats in repeats')
  } catch {
    addIssue('is not a regular expression')
  }
}
