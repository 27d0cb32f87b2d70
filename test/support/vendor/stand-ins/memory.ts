// What a stand-in keeps: objects with every version of their fields, so that a list can lag behind as an index does.

export type Fields = Record<string, unknown>

/** One object as a test looks at it. `writes` counts its creation and each change. */
export interface StoredObject {
  id: string
  fields: Fields
  createdLive: boolean
  writes: number
}

/** A list shows a version only after so many lists without it, and so many ms. */
export interface Lag {
  reads?: number
  ms?: number
}

interface Version {
  fields: Fields
  at: number
  reads: number
}

interface Kept {
  id: string
  kind: string
  owner: string
  createdLive: boolean
  writes: number
  versions: Version[]
}

export type Memory = ReturnType<typeof createMemory>

const FIRST_NUMBER = 88_001

/** Objects by id. `lag.reads` and `lag.ms` may be changed at any time. */
export function createMemory(lag: Lag = {}) {
  const kept = new Map<string, Kept>()
  let number = FIRST_NUMBER
  let changes = 0
  let viewer = ''

  const latest = ({ versions }: Kept): Fields => versions.at(-1)?.fields ?? {}
  const ofKind = (kind: string) => [...kept.values()].filter((one) => one.kind === kind)
  const seen = (kind: string) => ofKind(kind).filter(({ owner }) => owner === viewer)
  const own = (id: string) => {
    const one = kept.get(id)
    return one?.owner === viewer ? one : undefined
  }

  function write(one: Kept, fields: Fields) {
    one.versions.push({ fields, at: Date.now(), reads: 0 })
    one.writes += 1
    changes += 1
  }

  function shown({ versions }: Kept): Fields | undefined {
    const now = Date.now()
    const version = versions.findLast(
      ({ at, reads }) => reads >= (lag.reads ?? 0) && now - at >= (lag.ms ?? 0),
    )
    for (const each of versions) each.reads += 1
    return version?.fields
  }

  return {
    lag,
    /** Whose objects are seen, and made, from now on. */
    see: (account: string) => {
      viewer = account
    },
    /** A number that no other object has. */
    nextNumber: () => number++,
    /** How often anything was written, for the answer that gets lost after it. */
    changes: () => changes,
    create(id: string, fields: Fields, { live = false, kind = 'campaign' } = {}) {
      const one: Kept = { id, kind, owner: viewer, createdLive: live, writes: 0, versions: [] }
      kept.set(id, one)
      write(one, fields)
      return fields
    },
    /** Merges over the top level of the fields. Gives undefined when there is no such object. */
    update(id: string, fields: Fields): Fields | undefined {
      const one = own(id)
      if (one === undefined) return undefined
      write(one, { ...latest(one), ...fields })
      return latest(one)
    },
    /** The same object under another id, as an edit at X has it. */
    move(from: string, to: string) {
      const one = own(from)
      if (one === undefined) return
      kept.delete(from)
      kept.set(to, Object.assign(one, { id: to }))
    },
    get(id: string): Fields | undefined {
      const one = own(id)
      return one && latest(one)
    },
    /** Without lag, for duplicate rules. */
    all: (kind = 'campaign') => seen(kind).map((one) => ({ id: one.id, fields: latest(one) })),
    /** As a list or a search shows them: with the lag. Counts as one read. */
    listed: (kind = 'campaign') =>
      seen(kind).flatMap((one) => {
        const fields = shown(one)
        return fields === undefined ? [] : [{ id: one.id, fields }]
      }),
    remove: (id: string) => kept.delete(id),
    objects: (kind = 'campaign'): StoredObject[] =>
      ofKind(kind).map((one) => ({
        id: one.id,
        fields: latest(one),
        createdLive: one.createdLive,
        writes: one.writes,
      })),
  }
}
