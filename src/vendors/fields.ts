// The building blocks of the vendor schema: templates, paths into answers, matches, requests.
import { z } from 'zod'
import { namesIn } from './template.ts'

export const text = z.string().min(1)

/** What a template may name at each place. `vars.*` are the file's own `vars`, `campaign.*` the campaign's fields. */
export const NAMES = {
  url: ['vars.*'],
  authorize: [
    'vars.*',
    'client.id',
    'flow.redirectUri',
    'flow.scope',
    'flow.state',
    'flow.codeChallenge',
  ],
  token: [
    'vars.*',
    'client.id',
    'client.secret',
    'flow.redirectUri',
    'flow.scope',
    'flow.state',
    'flow.code',
    'flow.codeVerifier',
  ],
  refresh: ['vars.*', 'client.id', 'client.secret', 'flow.scope', 'flow.refreshToken'],
  step: ['vars.*', 'client.id', 'client.secret', 'token'],
  api: ['vars.*', 'client.id', 'token'],
  push: ['vars.*', 'client.id', 'campaign.*'],
  body: ['vars.*', 'client.id', 'campaign.*', 'token'],
  link: ['vars.*', 'externalId'],
} as const

/** A template that may use only `names`; an unknown one is a fault of the file. */
export function template(names: readonly string[]) {
  return text.superRefine((value, check) => {
    for (const fault of templateFaults(value, names)) check.addIssue(fault)
  })
}

/** What is wrong with a template, in words; nothing when it is good. */
export function templateFaults(value: string, names: readonly string[]): string[] {
  try {
    const unknown = namesIn(value).filter(
      (name) => !names.some((allowed) => isAllowed(name, allowed)),
    )
    const known = names.map((name) => `\${${name}}`).join(' ')
    return unknown.map((name) => `"\${${name}}" is not known here; known: ${known}`)
  } catch (error) {
    return [error instanceof Error ? error.message : 'not a template']
  }
}

function isAllowed(name: string, allowed: string): boolean {
  return name === allowed || (allowed.endsWith('.*') && name.startsWith(allowed.slice(0, -1)))
}

/** Parameters merged over the standard's; `null` removes one. */
export function params(names: readonly string[]) {
  return z
    .record(text, z.union([template(names), z.literal(''), z.number(), z.boolean(), z.null()]))
    .default({})
}

/** Not those that say how long a request is, and to whom: a request with them again is none. */
export const headerName = text
  .regex(/^[\w!#$%&'*+.^`|~-]+$/, 'must be a header name')
  .regex(
    /^(?!(?:host|connection|content-length|transfer-encoding|expect|upgrade|keep-alive)$)/i,
    'is not for a file to say',
  )

/** What stands in the file itself must be fit for a header; what is filled in is checked where it comes from. */
export const headerValue = (names: readonly string[]) =>
  template(names).refine((value) => /^[\t\x20-\x7e]*$/.test(value), 'must be printable ASCII')

export function headers(names: readonly string[]) {
  return z.record(headerName, headerValue(names)).default({})
}

/** A dotted path into a JSON answer (`data.0.id`), or several of which the first that is there wins. */
export const path = z.union([text, z.array(text).min(1)])

const status = z.union([
  z.number().int().min(100).max(599),
  z.string().regex(/^[1-5]xx$/, 'must be a status like 401, or a class like 4xx'),
])

/** All that is named holds. */
export const match = z.strictObject({
  status: z.union([status, z.array(status)]).optional(),
  header: text.optional(),
  path: path.optional(),
  exists: z.boolean().optional(),
  equals: z.union([z.string(), z.number(), z.boolean()]).optional(),
  in: z.array(z.union([z.string(), z.number(), z.boolean()])).optional(),
  contains: text.optional(),
})

/** Words in an `error` of a vendor's, beside those of the standards; what is not said is what others use. */
export const errorNames = (...others: string[]) => z.array(text).default(others)

/** One match, or a list of which any holds. */
export function matchList(...standard: z.infer<typeof match>[]) {
  return z.union([match.transform((one) => [one]), z.array(match).min(1)]).default(standard)
}

/** Seconds. */
export const seconds = (least: number, most = 34_560_000) => z.number().int().min(least).max(most)

/** Where a token answer keeps what the standard calls access_token, expires_in and so on. */
export const tokenResponse = z.strictObject({
  accessToken: path.default('access_token'),
  refreshToken: path.default('refresh_token'),
  /** Where the token's type is; `null`: the vendor uses the word for something else. */
  tokenType: path.nullable().default('token_type'),
  /** Where the lifetime is, counted from now. */
  expiresIn: path.default('expires_in'),
  expiresInUnit: z.enum(['seconds', 'milliseconds']).default('seconds'),
  /** Where the end is: seconds or ms since 1970, or a date. Used when there is no `expiresIn`. */
  expiresAt: path.optional(),
  /** Seconds a token lives, whatever the answer says. */
  lifetime: seconds(1).optional(),
  scope: path.default('scope'),
  /** Who approved: one path for both, or each on its own. */
  account: z.union([path, z.strictObject({ id: path, name: path })]).optional(),
})
