// A vendor is data: the schema of a vendor file, and what each field means.
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

const url = template(NAMES.url)

/** A value for templates, as `${vars.name}`: from the environment, or from what the vendor says on the way. */
const variable = z.strictObject({
  from: z.enum(['config', 'callback', 'token', 'step']),
  /** config: the variable `<ID>_<KEY>`; callback: a query parameter; token, step: a path. Default: the name. */
  key: path.optional(),
  default: z.string().optional(),
  /** The whole value must match. Needed where a value that the vendor sent lands in a host. */
  pattern: text.refine(isPattern, 'is not a regular expression').optional(),
})

/** The standard's words (RFC 7591 §2) mean ours. */
const STANDARD_AUTH = {
  post: 'post',
  basic: 'basic',
  none: 'none',
  key: 'key',
  client_secret_post: 'post',
  client_secret_basic: 'basic',
} as const

const client = z.strictObject({
  /** Public. `<ID>_CLIENT_ID` wins over it. */
  id: text.optional(),
  /** How the client proves itself (RFC 6749 §2.3); `key`: no OAuth, people bring an API key. */
  auth: z
    .enum(['post', 'basic', 'none', 'key', 'client_secret_post', 'client_secret_basic'])
    .transform((word) => STANDARD_AUTH[word])
    .default('post'),
  /** Whether id and secret are form-encoded before base64 (the standard), or not. */
  basicEncoding: z.enum(['form', 'raw']).default('form'),
})

const authorize = z.strictObject({
  url: url.default(''),
  /** RFC 9207 issuer, compared with `iss` on the callback. */
  issuer: url.optional(),
  /** The vendor promises `iss` on each callback: one without it is refused. */
  issParameter: z.boolean().default(false),
  /** Whether parameters go into the query, or behind the `#`: `https://app.example/#/oauth/authorize?…`. */
  paramsIn: z.enum(['query', 'fragment']).default('query'),
  scopes: z.array(url).default([]),
  scopeSeparator: z.string().min(1).default(' '),
  /** What the scopes let this app do, in words for people. */
  permissions: z.array(text).default([]),
  pkce: z.boolean().default(true),
  params: params(NAMES.authorize),
  /** Parameters that make the vendor let a person choose another account. */
  chooseAccount: params(NAMES.authorize),
  /** Errors on the callback that mean the person denied access. */
  denied: errorNames('user_denied', 'user_cancelled_login', 'user_cancelled_authorize'),
})

const token = z.strictObject({
  url: url.default(''),
  /** `query`: the parameters are in the query of a POST without a body. */
  encoding: z.enum(['form', 'json', 'query']).default('form'),
  params: params(NAMES.token),
  headers: headers(NAMES.token),
  response: tokenResponse.prefault({}),
  /** Errors of the response that mean the code was used or is too old. */
  spent: errorNames('invalid_code', 'bad_verification_code', 'expired_code', 'code_already_used'),
  /** … and that the client is not set up as the vendor knows it. */
  unknownClient: errorNames(
    'invalid_client_id',
    'bad_client_secret',
    'incorrect_client_credentials',
    'redirect_uri_mismatch',
    'bad_redirect_uri',
  ),
  /** The refresh request where it differs: its own URL, parameters merged over the standard's. */
  refresh: z
    .strictObject({
      url: url.optional(),
      params: params(NAMES.refresh),
      /** Signs, beside the standard's invalid_grant, that a refresh token is no longer valid. */
      ended: z.array(match).default([]),
    })
    .prefault({}),
})

const step = z.strictObject({
  request: z.strictObject({
    method: z.enum(['GET', 'POST']).default('GET'),
    url,
    /** In the query of a GET, else in the body. */
    params: params(NAMES.step),
    headers: headers(NAMES.step),
    encoding: z.enum(['form', 'json', 'query']).default('form'),
  }),
  /** A failure of this step is ignored. */
  optional: z.boolean().default(false),
  /** The path of a new token that replaces the first; `true` for the standard paths. */
  token: z
    .union([
      z.literal(true).transform(() => tokenResponse.parse({})),
      path.transform((accessToken) => tokenResponse.parse({ accessToken })),
      tokenResponse,
    ])
    .optional(),
  /** Name of a var → where its value is. */
  capture: z.record(text, path).default({}),
})

const lifetime = z.strictObject({
  /** Seconds to assume when the vendor does not say (absent, 0, null). */
  defaultSeconds: seconds(1).default(300),
  /** Seconds before the end at which the token is no longer used; at most a tenth of its life. */
  skewSeconds: seconds(0).default(60),
  /** Seconds for which a token just granted may be refused before that is believed. */
  freshGraceSeconds: seconds(0, 30).default(2),
  /** Whether a refresh token is kept and used. */
  refresh: z.enum(['ignore', 'use']).default('ignore'),
})

export const vendorSchema = z
  .strictObject({
    $schema: z.string().optional(),
    id: z
      .string()
      .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'must be 1 to 64 of a-z 0-9 _ -, no _ or - first'),
    name: text.max(80).regex(/^[^\p{C}]*$/u, 'must not have control characters'),
    /** Where each fact of the file was read. "?" marks what nobody has verified. */
    docs: z
      .union([text, z.record(z.string(), z.union([text, z.array(text)])), z.array(text)])
      .optional(),
    /** The day on which the facts were last compared with their sources: `2026-11-26`. */
    verifiedOn: z.iso.date().optional(),
    /** A vendor that runs beside the app, for a first look. */
    standIn: z.boolean().default(false),
    vars: z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9_-]*$/), variable).default({}),
    client: client.prefault({}),
    authorize: authorize.prefault({}),
    /** The callback's parameters under other names. */
    callback: z
      .strictObject({
        code: text.default('code'),
        state: text.default('state'),
        error: text.default('error'),
      })
      .prefault({}),
    token: token.prefault({}),
    /** RFC 7009. */
    revoke: z.strictObject({ url, params: params(NAMES.step) }).optional(),
    /** Requests after the token's: a second exchange, a discovery call. */
    steps: z.array(step).default([]),
    lifetime: lifetime.prefault({}),
    /** Whether each campaign has its own access, or one for all of a person's. Keys are always for all. */
    tokenPer: z.enum(['campaign', 'session']).default('campaign'),
    api,
  })
  .superRefine(crossChecks)
  .transform(
    (file) =>
      ({ ...file, tokenPer: file.client.auth === 'key' ? 'session' : file.tokenPer }) as const,
  )

/** A vendor file with its defaults. */
export type VendorFile = z.infer<typeof vendorSchema>
export type Match = z.infer<typeof match>
export type TokenResponse = z.infer<typeof tokenResponse>
export type Step = VendorFile['steps'][number]

/** A vendor ready for use: the file, the client's credentials and the values of its `vars`. */
export interface Vendor extends VendorFile {
  client: VendorFile['client'] & { id: string; secret: string }
  /** `vars.<name>` → value, as templates name them; those from the vendor are added to a copy (`withValues`). */
  values: Readonly<Record<string, string>>
}

function isPattern(value: string): boolean {
  try {
    return new RegExp(value) instanceof RegExp
  } catch {
    return false
  }
}
