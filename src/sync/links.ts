// What a vendor has of a campaign, kept without an end: the link to its object there, and what it last accepted.
import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import type { Token } from '../access/tokens.ts'
import type { Campaign } from '../campaigns/campaign.ts'
import type { Command, Store } from '../store/store.ts'
import { fingerprint, parseJson } from '../store/stored-text.ts'
import { fieldHashes, fieldsChanged } from '../vendors/campaign-fields.ts'
import { jsonOf, oncePerVersion } from '../vendors/once-per-version.ts'
import type { Known } from '../vendors/operations.ts'
import { contentHash } from '../vendors/request.ts'
import { fill } from '../vendors/template.ts'
import { saidOf, withValues } from '../vendors/values.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { lockGuard, newLock, readLock, withHeartbeat, writeLock } from './push-lock.ts'

const linkSchema = z.object({
  values: z.record(z.string(), z.string()),
  steps: z.number().int().min(0),
  /** ms since 1970. */
  at: z.number(),
})

/** One campaign at one vendor, as one vendor account sees it: other accounts have other objects. */
export interface LinkKey {
  vendor: string
  /** See `linkAccount`; undefined where nobody says. */
  account: string | undefined
  campaign: string
  /** The account under which versions before `objectsOf` have linked it. */
  before?: string | undefined
}

/**
 * What the objects belong to, where the vendor's file says it; else the vendor's id of the account that approved, and the
 * shop or the like that its person said: another one has other objects.
 */
export function linkKey(
  vendor: Vendor,
  { account, values }: Pick<Token, 'account' | 'values'>,
  { id: campaign }: Pick<Campaign, 'id'>,
): LinkKey {
  const names = new Set([account?.id ?? [], Object.values(saidOf(vendor, values))].flat())
  const approved = names.size > 0 ? [...names].join(' ') : undefined
  const { objectsOf } = vendor.api
  const about = { vendor: vendor.id, campaign }
  if (objectsOf === undefined) return { ...about, account: approved }
  const owner = fill(objectsOf, withValues(vendor, values).values)
  return { ...about, account: owner, before: approved }
}

export type Links = ReturnType<typeof createLinks>

const keyOf = (vendor: string) => `links:${vendor}`
const fieldOf = ({ campaign, account = '' }: LinkKey) => `${campaign} ${account}`
/** A field that no campaign's id can be. */
const objectOf = ({ account = '' }: LinkKey, id: string) => ` object ${id} ${account}`
const makingKey = ({ vendor }: LinkKey, field: string) => `making:${vendor}:${field}`

/**
 * One hash a vendor, `links:<vendor>`: by campaign and account the object, and by account and object the campaign. Links
 * outlive tokens, sessions and the sync log.
 */
export function createLinks(store: Store) {
  const readAll = async (vendor: string, fields: string[]) => {
    const texts = fields.length > 0 ? await store.hMGet(keyOf(vendor), fields) : []
    return texts.map((text) => linkSchema.safeParse(parseJson(text)).data)
  }

  async function linkedElsewhere(link: LinkKey, ids: string[]): Promise<ReadonlySet<string>> {
    const fields = ids.map((id) => objectOf(link, id))
    const holders = await store.hMGet(keyOf(link.vendor), fields)
    const others = ids.flatMap((id, index) => {
      const campaign = holders[index] ?? link.campaign
      return campaign === link.campaign ? [] : [{ id, field: fieldOf({ ...link, campaign }) }]
    })
    const links = await readAll(
      link.vendor,
      others.map(({ field }) => field),
    )
    const elsewhere = others.filter(({ id }, index) => links[index]?.values.id === id)
    return new Set(elsewhere.map(({ id }) => id))
  }

  async function write(link: LinkKey, { values, steps }: Known): Promise<void> {
    const text = JSON.stringify({ values, steps, at: Date.now() })
    const object = values.id !== undefined && { [objectOf(link, values.id)]: link.campaign }
    const fields = { [fieldOf(link)]: text, ...object }
    await store.step([{ hSet: keyOf(link.vendor), fields }])
  }

  return {
    /** Undefined also once a new object was to be made in the place of the one that was linked. */
    async read(link: LinkKey): Promise<Known | undefined> {
      const { before } = link
      const fields = [fieldOf(link), ...(before ? [fieldOf({ ...link, account: before })] : [])]
      const [known, older] = await readAll(link.vendor, fields)
      const last = known ?? older
      return last && last.steps > 0 ? last : undefined
    },

    write,

    /** Those of these objects that are linked to another campaign. Links of versions before this one are not seen. */
    linkedElsewhere,

    /** Writes the link to an object that a search has found; false when another campaign has taken it since. */
    async writeFound(link: LinkKey, known: Known): Promise<boolean> {
      const { id = '' } = known.values
      const isOurs = await underLease(store, makingKey(link, objectOf(link, id)), async () => {
        if ((await linkedElsewhere(link, [id])).size > 0) return false
        await write(link, known)
        return true
      })
      return isOurs === true
    },

    alone: createAlone(store),
  }
}

function createAlone(store: Store) {
  /**
   * Does `work` while nobody else makes an object of this campaign: two people have two push locks. `isAlone` is false
   * once its lease is over. `lost`: what whoever came before may have made; what `work` gives is for whoever comes next.
   * Nor does anybody look for the same (`compared`) meanwhile: of two campaigns of one name one is made after the other.
   * Undefined when somebody else did not end in time; nothing was sent then.
   */
  return async <T extends { lost?: LostCreate | undefined }>(
    link: LinkKey,
    compared: string | undefined,
    work: (isAlone: () => boolean, lost: LostCreate | undefined) => Promise<T>,
  ): Promise<T | undefined> => {
    const key = makingKey(link, fieldOf(link))
    let before: LostCreate | undefined
    const workAlone = (isAlone: () => boolean, text: string | null) => {
      before = readLost(text)
      if (compared === undefined) return work(isAlone, before)
      const same = makingKey(link, ` search ${fingerprint(compared)} ${link.account ?? ''}`)
      return underLease(store, same, (isFirst) => work(() => isAlone() && isFirst(), before))
    }
    return underLease(store, key, workAlone, (result): Command => {
      const lost = result ? result.lost : before
      if (!lost) return { del: key }
      return { set: key, value: `making 0 ${JSON.stringify(lost)}`, ms: LOST_MS }
    })
  }
}

/** `before`: what was there, where whoever had it did not end in order, or left word. */
async function underLease<T>(
  store: Store,
  key: string,
  work: (isAlone: () => boolean, before: string | null) => Promise<T>,
  endOf: (result: T) => Command = () => ({ del: key }),
): Promise<T | undefined> {
  const deadline = Date.now() + ALONE_MS
  for (; Date.now() < deadline; await wait(ALONE_EVERY_MS)) {
    const text = await store.get(key)
    if ((readLock(text)?.until ?? 0) > 0) continue
    const lock = newLock(key, 'making')
    if (!(await store.stepIf([{ key, is: text }], [writeLock(lock)])).done) continue
    // When this rejects, something may have been made: the lock stays, and its lease ends.
    const result = await withHeartbeat(store, lock, () => work(() => Date.now() < lock.until, text))
    await store.stepIf([lockGuard(lock)], [endOf(result)]).catch(() => {}) // its lease ends
    return result
  }
  return undefined
}

/** A create whose end nobody knows: when it was sent at the latest, ms since 1970, and as what, where that was noted. */
export interface LostCreate {
  at: number
  sent?: Record<string, unknown> | undefined
}

const lostSchema = z.object({ at: z.number(), sent: z.record(z.string(), z.unknown()).optional() })
const LOST_MS = 24 * 3600_000

function readLost(text: string | null): LostCreate | undefined {
  const [, until = '', word = ''] = /^\S+ (\d+) ?(.*)$/s.exec(text ?? '') ?? []
  if (until === '') return undefined
  return lostSchema.safeParse(parseJson(word)).data ?? { at: Math.min(Number(until), Date.now()) }
}

/** ms to wait for somebody else who makes an object, and between two looks. */
const ALONE_MS = 8_000
const ALONE_EVERY_MS = 100

type AcceptedHashes = Readonly<Record<string, string>>

/** A field that no campaign's id can be: another value with each write, by which a copy is known to be current. */
const REVISION = ' revision'

/** One hash a vendor, `accepted:<vendor>`: a field a campaign. Kept without an end, like the links. */
export const acceptedKey = (vendor: string) => `accepted:${vendor}`

export function acceptedFields(hashes: Record<string, string>): Record<string, string> {
  return { ...hashes, [REVISION]: randomUUID().slice(0, 8) }
}

/** One hash a vendor: by campaign, the hash of each field that was accepted. */
export const acceptedDetailKey = (vendor: string) => `accepted:${vendor}:fields`

const detailSchema = z.object({ content: z.string(), fields: z.record(z.string(), z.string()) })

/** As it is stored; `content` names the content that it is about. */
export function acceptedDetail(content: string, vendor: Vendor, campaign: Campaign): string {
  return `{"content":${JSON.stringify(content)},"fields":${jsonOf(fieldHashes(vendor, campaign))}}`
}

/** What has changed since it was accepted; by the names of its fields; undefined where nobody knows. */
export async function changesSince(
  store: Pick<Store, 'batch'>,
  vendor: Vendor,
  campaign: Campaign,
): Promise<string[] | undefined> {
  const fields = [campaign.id]
  const [[accepted], [detail = null]] = await store.batch([
    { hMGet: acceptedKey(vendor.id), fields },
    { hMGet: acceptedDetailKey(vendor.id), fields },
  ])
  if (!accepted) return undefined
  const { data } = detailSchema.safeParse(parseJson(detail))
  return data?.content === accepted ? fieldsChanged(vendor, campaign, data.fields) : undefined
}

/** Reads all of a vendor's, and only when another was written since the last time. */
export function createAcceptedReader(store: Store) {
  const copies = new Map<string, AcceptedHashes>()

  return async (vendor: string): Promise<AcceptedHashes> => {
    const copy = copies.get(vendor)
    const [revision = null] = await store.hMGet(acceptedKey(vendor), [REVISION])
    if (revision === null) return NONE
    if (copy?.[REVISION] === revision) return copy
    const read = byIdAlone(await store.hGetAll(acceptedKey(vendor)))
    copies.set(vendor, read)
    return read
  }
}

/** Without a prototype: a campaign may be called `constructor`. */
function byIdAlone(hashes: Record<string, string>): AcceptedHashes {
  return Object.assign(Object.create(null), hashes)
}

const NONE = byIdAlone({})

export function isChanged(vendor: Vendor, campaign: Campaign, accepted: string | undefined) {
  return Boolean(accepted) && accepted !== contentHash(vendor, campaign)
}

type List = readonly Campaign[]
type Ids = ReadonlySet<string>
const changes = oncePerVersion((_vendor: Vendor, _list: List) => new WeakMap<AcceptedHashes, Ids>())

/** The ids of a list's campaigns that differ from what was accepted: once for each version of all three. */
export function changedIn(vendor: Vendor, list: List, accepted: AcceptedHashes): Ids {
  const known = changes(vendor, list)
  const ids = known.get(accepted) ?? differing(vendor, list, accepted)
  known.set(accepted, ids)
  return ids
}

function differing(vendor: Vendor, list: List, accepted: AcceptedHashes): Ids {
  return new Set(list.filter((one) => isChanged(vendor, one, accepted[one.id])).map(({ id }) => id))
}
