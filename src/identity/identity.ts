// Who a request is of, and what they may do. Pure: where it comes from (a sign-in, a token) is the web layer's.

/** From least to most: each may do what those before it may. */
export const ROLES = ['viewer', 'sender', 'approver', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** What a route needs: a role, or nothing at all. */
export type Need = Role | 'anybody'

/** Who a request is of. */
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
