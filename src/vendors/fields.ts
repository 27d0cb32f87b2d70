// The building blocks of the vendor schema: templates, paths into responses, matches, requests.
import { z } from 'zod'
import { closest } from './faults.ts'
import { namesIn } from './template.ts'

export const text = z.string().min(1)

/** The names each kind of template may use. `vars.*` are the file's `vars`, `campaign.*` the campaign's fields. */
export const NAMES = {
  url: ['vars.*'],
  authorize: [
    'vars.*',
    'random',
    'client.id',
    'flow.redirectUri',
    'flow.scope',
    'flow.state',
    'flow.codeChallenge',
  ],
  token: [
    'vars.*',
    'random',
    'client.id',
    'client.secret',
    'flow.redirectUri',
    'flow.scope',
    'flow.state',
    'flow.code',
    'flow.codeVerifier',
  ],
  /** What the exchange of a code and a refresh both have, so that headers of both may name it. */
  bothGrants: ['vars.*', 'random', 'client.id', 'client.secret', 'flow.scope'],
  refresh: ['vars.*', 'random', 'client.id', 'client.secret', 'flow.scope', 'flow.refreshToken'],
  step: ['vars.*', 'random', 'client.id', 'client.secret', 'token'],
  api: ['vars.*', 'random', 'client.id', 'token'],
  push: ['vars.*', 'client.id', 'campaign.*'],
  body: ['vars.*', 'client.id', 'campaign.*', 'known.*', 'token'],
  operation: ['vars.*', 'client.id', 'campaign.*', 'known.*'],
  link: ['vars.*', 'externalId'],
} as const

/** A template that may use only `names`; an unknown one is a fault of the file. */
export function template(names: readonly string[]) {
  return text.superRefine((value, check) => {
    for (const fault of templateFaults(value, names)) check.addIssue(fault)
  })
}

export function templateFaults(value: string, names: readonly string[]): string[] {
  try {
    const unknown = namesIn(value).filter(
      (name) => !names.some((allowed) => isAllowed(name, allowed)),
    )
    const known = names.map((name) => `\${${name}}`).join(' ')
    return unknown.map((name) => {
      const meant = closest(name, names)
      const hint = meant === undefined ? '' : `did you mean "\${${meant}}"? `
      return `"\${${name}}" is not known here; ${hint}known: ${known}`
    })
  } catch (error) {
    return [error instanceof Error ? error.message : 'not a template']
  }
}

function isAllowed(name: string, allowed: string): boolean {
  return name === allowed || (allowed.endsWith('.*') && name.startsWith(allowed.slice(0, -1)))
}

export function params(names: readonly string[]) {
  return z
    .record(text, z.union([template(names), z.literal(''), z.number(), z.boolean(), z.null()]))
    .default({})
}

/** A header a file may set: not those for the host, length or connection, which the client sets. */
export const headerName = text
  .regex(/^[\w!#$%&'*+.^`|~-]+$/, 'must be a header name')
  .regex(
    /^(?!(?:host|connection|content-length|transfer-encoding|expect|upgrade|keep-alive)$)/i,
    'is not for a file to say',
  )

/** The text in the file must be valid in a header; values filled in are checked where they come from. */
export const headerValue = (names: readonly string[]) =>
  template(names).refine((value) => /^[\t\x20-\x7e]*$/.test(value), 'must be printable ASCII')

export function headers(names: readonly string[]) {
  return z.record(headerName, headerValue(names)).default({})
}

/** A dotted path into a JSON response (`data.0.id`), or several, of which the first that exists is used. */
export const path = z.union([text, z.array(text).min(1)])

const status = z.union([
  z.number().int().min(100).max(599),
  z.string().regex(/^[1-5]xx$/, 'must be a status like 401, or a class like 4xx'),
])

export const match = z.strictObject({
  status: z.union([status, z.array(status)]).optional(),
  header: text.optional(),
  path: path.optional(),
  exists: z.boolean().optional(),
  equals: z.union([z.string(), z.number(), z.boolean()]).optional(),
  in: z.array(z.union([z.string(), z.number(), z.boolean()])).optional(),
  contains: text.optional(),
})

/** A vendor's own `error` codes, beside the standard ones. The default is what other vendors use. */
export const errorNames = (...others: string[]) => z.array(text).default(others)

/** One match, or a list of which any holds. */
export function matchList(...standard: z.infer<typeof match>[]) {
  const error = (issue: { input?: unknown }) =>
    typeof issue.input === 'object'
      ? undefined
      : 'must be like { "status": 401 }, or a list of such'
  return z
    .union([match.transform((one) => [one]), z.array(match).min(1)], { error })
    .default(standard)
}

export const seconds = (least: number, most = 34_560_000) => z.number().int().min(least).max(most)

export const tokenResponse = z.strictObject({
  accessToken: path.default('access_token'),
  refreshToken: path.default('refresh_token'),
  tokenType: path.nullable().default('token_type'),
  expiresIn: path.default('expires_in'),
  expiresInUnit: z.enum(['seconds', 'milliseconds']).default('seconds'),
  expiresAt: path.optional(),
  lifetime: seconds(1).optional(),
  scope: path.default('scope'),
  account: z.union([path, z.strictObject({ id: path, name: path })]).optional(),
})
