// Who a request is of and what they may do, and how the claims of a sign-in say that. Pure: where it comes from is the web layer's.
import { z } from 'zod'

/** From least to most: each may do what those before it may. */
export const ROLES = ['viewer', 'sender', 'approver', 'admin'] as const
export type Role = (typeof ROLES)[number]

export type Need = Role | 'anybody'

export interface Identity {
  /** The hash their things are filed under; missing for whoever the browser's session alone knows. */
  owner?: string
  /** For people to read: "dana@example.com", or the name of a token. */
  name?: string
  roles: readonly Role[]
  /** A sentence about why these are fewer than they were given. */
  why?: string
}

/** Where nobody signs in: whoever opens the address holds every role. */
export const EVERYBODY: Identity = { roles: ROLES }

/** Whether somebody with these roles may do what needs that one. */
export function mayDo(roles: readonly Role[], need: Need): boolean {
  return need === 'anybody' || rankOf(roles) >= ROLES.indexOf(need)
}

/** The one that may do the most; undefined for somebody without any. */
export function highestRole(roles: readonly Role[]): Role | undefined {
  return ROLES[rankOf(roles)]
}

function rankOf(roles: readonly Role[]): number {
  return Math.max(-1, ...roles.map((role) => ROLES.indexOf(role)))
}

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
