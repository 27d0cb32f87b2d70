// Reads the settings of the company's sign-in: all of them or none.
import type { SignInSettings } from '../identity/identity.ts'
import { ROLES, type Role } from '../identity/identity.ts'
import type { ApprovalLimits } from '../runs/approvals.ts'

interface Given {
  OIDC_ISSUER?: string | undefined
  OIDC_CLIENT_ID?: string | undefined
  OIDC_CLIENT_SECRET?: string | undefined
  OIDC_SCOPES: string
  OIDC_ROLES_CLAIM: string
  OIDC_ROLES?: string | undefined
  OIDC_SESSION_HOURS: number
  OIDC_AWAY_DAYS: number
}

const ROLE_RULE = `must be like viewer=*,sender=marketing,admin=ops (${ROLES.join(', ')})`

/** Undefined when people do not sign in. Faults name a setting and never its value. */
export function readSignIn(given: Given, faults: string[]): SignInSettings | undefined {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: id, OIDC_CLIENT_SECRET: secret } = given
  const set = { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: id, OIDC_CLIENT_SECRET: secret }
  const missing = Object.entries(set).filter(([, value]) => value === undefined)
  if (missing.length === 3) return undefined
  for (const [name] of missing) faults.push(`${name} is not set: a sign-in needs it`)
  const url = issuer === undefined ? null : URL.parse(issuer)
  if (issuer !== undefined && !isIssuer(url))
    faults.push('OIDC_ISSUER must be the issuer’s https address (http only on this machine)')
  const roles = readRoles(given.OIDC_ROLES)
  if (!roles) faults.push(`OIDC_ROLES ${ROLE_RULE}`)
  if (!url || id === undefined || secret === undefined || !roles) return undefined
  return {
    issuer: url,
    clientId: id,
    clientSecret: secret,
    scopes: given.OIDC_SCOPES,
    rolesClaim: given.OIDC_ROLES_CLAIM,
    roles,
    hours: given.OIDC_SESSION_HOURS,
    awayDays: given.OIDC_AWAY_DAYS,
  }
}

function isIssuer(url: URL | null): boolean {
  if (!url || url.username || url.password || url.search || url.hash) return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
}

function isLoopback(hostname: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
}

/** Without the setting the values are named as the roles are. Undefined for a text that is not understood. */
function readRoles(text: string | undefined): Record<Role, string[]> | undefined {
  const roles: Record<Role, string[]> = { viewer: [], sender: [], approver: [], admin: [] }
  if (text === undefined) {
    for (const role of ROLES) roles[role].push(role)
    return roles
  }
  for (const pair of text.split(',')) {
    const [, name, value] = /^\s*(\w+)\s*=\s*(.+?)\s*$/.exec(pair) ?? []
    const role = ROLES.find((one) => one === name)
    if (role === undefined || value === undefined) return undefined
    roles[role].push(value)
  }
  return roles
}

/** `campaigns=50,budget=100000`, either or both. Undefined for no limit. */
export function readApproveAbove(
  text: string | undefined,
  signIn: SignInSettings | undefined,
  faults: string[],
): ApprovalLimits | undefined {
  if (text === undefined) return undefined
  const pairs = new Map(
    text.split(',').map((pair) => {
      const [name = '', value = ''] = pair.trim().split('=')
      return [name, value] as const
    }),
  )
  const limits = [...pairs].map(
    ([name, value]) => ['campaigns', 'budget'].includes(name) && /^\d{1,12}$/.test(value),
  )
  if (limits.includes(false)) faults.push('APPROVE_ABOVE must be like campaigns=50,budget=100000')
  if (!signIn) faults.push('APPROVE_ABOVE needs a sign-in: set OIDC_ISSUER')
  const limitOf = (name: string) => (pairs.has(name) ? Number(pairs.get(name)) : undefined)
  return { campaigns: limitOf('campaigns'), budget: limitOf('budget') }
}
