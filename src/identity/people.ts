// What each person was at their last sign-in: what a script of theirs may do never exceeds it.
import { z } from 'zod'
import type { Store } from '../store/store.ts'
import { parseJson } from '../store/stored-text.ts'
import type { ApiToken } from './api-tokens.ts'
import { highestRole, mayDo, ROLES, type Role } from './identity.ts'

/** Of a token from before there was a sign-in: its maker could be the second of the two who have to want a run. */
const LEFT_TO_NOBODYS: Role = 'sender'
const DAY_MS = 24 * 3600_000
/** Longer than an API token may live. */
const KEPT_MS = 400 * DAY_MS

const personSchema = z.object({
  /** Missing for somebody who was not noted at a sign-in yet: their tokens are older than that. */
  roles: z.array(z.enum(ROLES)).optional(),
  /** ms since 1970: the last sign-in, else when a token of theirs was first looked at. */
  at: z.number(),
})
type KnownPerson = z.infer<typeof personSchema>

/** What a token may do now, and a sentence about why that is less than it was given. */
export interface RoleNow {
  /** Undefined for nothing. */
  role: Role | undefined
  why?: string
}

export function createPeople(store: Store) {
  async function read(owners: readonly string[]): Promise<(KnownPerson | undefined)[]> {
    const texts = await store.batch(owners.map((owner) => ({ get: keyOf(owner) })))
    return texts.map((text) => personSchema.safeParse(parseJson(text)).data)
  }

  /** From now on, unless they have signed in meanwhile. */
  async function begin(owner: string): Promise<KnownPerson> {
    const person = { at: Date.now() }
    const set = { set: keyOf(owner), value: JSON.stringify(person), ms: KEPT_MS, nx: true }
    const [found] = await store.step([set])
    return personSchema.safeParse(parseJson(found)).data ?? person
  }

  return {
    /** At each sign-in. True when they may do less than at the one before. */
    async note(owner: string, roles: readonly Role[]): Promise<boolean> {
      const value = JSON.stringify({ roles, at: Date.now() })
      const [text] = await store.step([
        { get: keyOf(owner) },
        { set: keyOf(owner), value, ms: KEPT_MS },
      ])
      const before = personSchema.safeParse(parseJson(text)).data?.roles ?? []
      const most = highestRole(before)
      return most !== undefined && !mayDo(roles, most)
    },

    /**
     * The roles of these tokens now, in their order. `awayDays`: a token of somebody who has not signed in for longer
     * may do nothing until they do. Tokens that are nobody's sync, and neither approve nor administer.
     */
    async rolesNow(tokens: readonly ApiToken[], awayDays: number): Promise<RoleNow[]> {
      const owners = [...new Set(tokens.flatMap(({ owner, isOwn }) => (isOwn ? [] : [owner])))]
      const known = owners.length === 0 ? [] : await read(owners)
      const found = owners.map(
        async (owner, at) => [owner, known[at] ?? (await begin(owner))] as const,
      )
      const people = new Map(await Promise.all(found))
      return tokens.map((token) => roleNow(token, people.get(token.owner), awayDays))
    },
  }
}

function roleNow(
  { role, isOwn }: ApiToken,
  maker: KnownPerson | undefined,
  awayDays: number,
): RoleNow {
  if (isOwn)
    return mayDo([LEFT_TO_NOBODYS], role)
      ? { role }
      : { role: LEFT_TO_NOBODYS, why: 'It was made before people signed in, by nobody knows whom.' }
  if (maker && Date.now() - maker.at > awayDays * DAY_MS)
    return { role: undefined, why: `Who made it has not signed in for ${awayDays} days.` }
  if (!maker?.roles || mayDo(maker.roles, role)) return { role }
  return {
    role: highestRole(maker.roles),
    why: 'Who made it has fewer roles since they last signed in.',
  }
}

function keyOf(owner: string): string {
  return `person:{${owner}}`
}
