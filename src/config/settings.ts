// Every setting by name: what a value has to look like, where it is found, and which names are none.
import { z } from 'zod'
import { ownFile, readTextFile } from '../files.ts'
import { readRedisUrl } from '../store/redis/address.ts'
import { didYouMean } from '../vendors/faults.ts'
import { environmentPrefix } from '../vendors/load.ts'
import type { Vendor } from '../vendors/vendor.ts'

export type Environment = Record<string, string | undefined>

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'] as const

export const PUBLIC_URL_RULE =
  'must be the address people open, without a path: https://sync.example.com (http only for localhost)'

/** Every setting of `.env.example`, in its order. Values are strings, as the environment gives them. */
export const settings = z.object({
  PORT: port().default(3000),
  HOST: z.string().default('127.0.0.1'),
  PUBLIC_URL: z.string().optional().refine(isPublicUrl, PUBLIC_URL_RULE),
  REDIS_URL: z.string().superRefine(isRedisUrl).optional(),
  DATA_DIR: z.string().default('data'),
  SESSION_SECRET: z.string().optional(),
  ENCRYPTION_KEYS: z.string().optional(),
  VENDORS: z.string().default('demo'),
  CAMPAIGNS: z.string().default(ownFile('src', 'campaigns', 'sample.json')),
  DEMO_VENDOR_PORT: port().default(4000),
  DEMO_TOKEN_SECONDS: wholeNumber(10, 86_400).default(900),
  TRUST_PROXY: wholeNumber(0, 10).default(0),
  RATE_LIMIT: wholeNumber(0, 100_000).default(300),
  SESSION_MAX_DAYS: wholeNumber(1, 365).default(30),
  DRAIN_SECONDS: wholeNumber(0, 60).default(0),
  METRICS_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]{16,}$/, 'must be at least 16 characters, letters and digits')
    .optional(),
  OIDC_ISSUER: z.string().optional(),
  OIDC_CLIENT_ID: z.string().optional(),
  OIDC_CLIENT_SECRET: z.string().optional(),
  OIDC_SCOPES: z
    .string()
    .regex(
      /^(?=.*\bopenid\b)[\x21\x23-\x5b\x5d-\x7e ]+$/,
      'must be scopes with spaces, openid among them',
    )
    .default('openid profile email'),
  OIDC_ROLES_CLAIM: z.string().default('roles'),
  OIDC_ROLES: z.string().optional(),
  OIDC_SESSION_HOURS: wholeNumber(1, 24 * 30).default(10),
  OIDC_AWAY_DAYS: wholeNumber(1, 365).default(90),
  NOTIFY_WEBHOOK_URL: z.string().optional(),
  NOTIFY_WEBHOOK_SECRET: z.string().optional(),
  NOTIFY_SLACK_URL: z.string().optional(),
  NOTIFY_SMTP_URL: z.string().optional(),
  NOTIFY_MAIL_FROM: z.string().optional(),
  NOTIFY_MAIL_TO: z.string().optional(),
  RETURN_TO: z.string().optional().superRefine(areOrigins),
  APPROVE_ABOVE: z.string().optional(),
  AUDIT_DAYS: wholeNumber(0, 3_650).optional(),
  LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('info'),
})

function port() {
  return wholeNumber(1, 65_535)
}

function wholeNumber(least: number, most: number) {
  const message = `must be a whole number from ${least} to ${most}`
  return z
    .string()
    .regex(/^\d{1,9}$/, message)
    .transform(Number)
    .refine((value) => value >= least && value <= most, message)
}

function isPublicUrl(value: string | undefined): boolean {
  if (value === undefined) return true
  if (!/^https?:\/\/[\w.:[\]-]+\/?$/i.test(value) || !URL.canParse(value)) return false
  const { hostname, protocol } = new URL(value)
  return protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
}

/** Origins with commas; https, or http on this machine. */
export function originsIn(text: string | undefined): string[] {
  return (text ?? '').split(',').flatMap((one) => one.trim() || [])
}

function areOrigins(text: string | undefined, { addIssue }: { addIssue(message: string): void }) {
  const isOrigin = (one: string) => isPublicUrl(one) && new URL(one).origin === one
  if (!originsIn(text).every(isOrigin))
    addIssue(
      'must be origins with commas, https and without a path: https://acme.lightning.force.com',
    )
}

function isRedisUrl(value: string, { addIssue }: { addIssue(message: string): void }): void {
  try {
    readRedisUrl(value)
  } catch (error) {
    addIssue(error instanceof Error ? error.message : 'cannot be read')
  }
}

/** The variable, or the file that `NAME_FILE` names, its last line break removed. */
export function lookUp(
  environment: Environment,
  name: string,
  faults: string[],
): string | undefined {
  const value = environment[name]?.trim()
  if (value) return value
  const file = environment[`${name}_FILE`]?.trim()
  if (!file) return undefined
  try {
    const content = readTextFile(file).trim()
    if (!content) faults.push(`${name}_FILE names a file that is empty`)
    return content || undefined
  } catch (error) {
    faults.push(
      `${name}_FILE: what it names ${error instanceof Error ? error.message : 'cannot be read'}`,
    )
    return undefined
  }
}

/** Read by the demo vendor, and at home in the same file. */
const OF_THE_DEMO = [
  'DEMO_VENDOR_HOST',
  'DEMO_VENDOR_HOST_BIND',
  'DEMO_VENDOR_PUBLIC_URL',
  'DEMO_CLIENT_ID',
  'DEMO_CLIENT_SECRET',
  'DEMO_REDIRECT_URIS',
]
const OF_NODE = /^(NODE_|SSL_CERT_|HTTPS?_PROXY$|NO_PROXY$|TZ$)/

/**
 * A line for each: `REDIS_URI is no setting; did you mean "REDIS_URL"?`. Of the environment, which belongs to others as
 * well, only names that are near to one of ours; of the `.env` file (`inFile`) every name that nobody reads.
 */
export function unknownSettings(
  environment: Environment,
  inFile: readonly string[],
  vendors: readonly Vendor[],
): string[] {
  const prefixes = vendors.map(({ id }) => environmentPrefix(id))
  const known = [
    ...Object.keys(settings.shape),
    ...OF_THE_DEMO,
    ...prefixes.flatMap((prefix) => [
      `${prefix}CLIENT_ID`,
      `${prefix}CLIENT_SECRET`,
      `${prefix}PRIVATE_KEY`,
    ]),
  ]
  return Object.keys(environment).flatMap((name) => {
    const plain = name.replace(/_FILE$/, '')
    if (known.includes(plain)) return []
    const meant = didYouMean(plain, known)
    const isOthers = OF_NODE.test(name) || prefixes.some((prefix) => name.startsWith(prefix))
    if (meant === '' && (isOthers || !inFile.includes(name))) return []
    return [`${name} is no setting${meant}`]
  })
}
