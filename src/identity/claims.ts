// What the claims of a person who has signed in come to here: their name, and which roles they hold. Pure.
import { z } from 'zod'
import { ROLES, type Role } from './identity.ts'

/** How a company's sign-in is reached, and how its claims are read. */
export interface SignInSettings {
  /** https, or http on this machine. */
  issuer: URL
  clientId: string
  clientSecret: string
  /** Separated by spaces. */
  scopes: string
  /** The name of a claim; dots lead into objects: `realm_access.roles`. */
  rolesClaim: string
  /** By role the values of that claim that give it; `*` is everybody who signs in. */
  roles: Readonly<Record<Role, readonly string[]>>
  /** After so many hours a person signs in again. */
  hours: number
  /** API tokens of somebody who has not signed in for so many days do nothing. */
  awayDays: number
}

export type Claims = Record<string, unknown>

const nameSchema = z
  .string()
  .transform((text) => text.replaceAll(/[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]/gu, '').trim())
  .pipe(z.string().min(1).max(100))
const valuesSchema = z.union([
  z.array(z.coerce.string()).max(10_000),
  z.string().transform((text) => [text, ...text.split(/[\s,]+/)]),
])

/** The roles these claims give, from least to most. Empty when they give none. */
export function rolesOfClaims(
  claims: Claims,
  { rolesClaim, roles }: Pick<SignInSettings, 'rolesClaim' | 'roles'>,
): Role[] {
  const values = new Set(['*', ...(valuesSchema.safeParse(claimOf(claims, rolesClaim)).data ?? [])])
  return ROLES.filter((role) => roles[role].some((value) => values.has(value)))
}

/**
 * What people know each other by: the mail address, else the name, else the subject. An address that the issuer says it
 * has not verified may be anybody's (OpenID Connect Core section 5.1).
 */
export function nameOfClaims(claims: Claims): string {
  const isVerified = claims.email_verified !== false && claims.email_verified !== 'false'
  const names = [isVerified && claims.email, claims.preferred_username, claims.name, claims.sub]
  return names.map((one) => nameSchema.safeParse(one).data).find(Boolean) ?? 'somebody'
}

/** A claim of that very name, else the one that its dots lead to. */
export function claimOf(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name]
  let value: unknown = claims
  for (const step of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = Object.entries(value).find(([key]) => key === step)?.[1]
  }
  return value
}
