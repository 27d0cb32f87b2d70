// The truth about runs: one hash each, head, counters and items; every change is guarded and keeps the sum.
import type { Store } from '../store/store.ts'
import { parseJson } from '../store/stored-text.ts'
import {
  counterOf,
  field,
  type ItemChange,
  isUnderWay,
  itemSchema,
  RUN_FIELDS,
  type Run,
  type RunHead,
  runSchema,
  type StoredItem,
  texts,
} from './run.ts'

/** A run is kept for thirty days after it was last started. */
export const KEPT_SECONDS = 30 * 24 * 3600
/** Runs of one person that are listed. */
export const LISTED = 100
/** Items that go in one read or one write. */
export const CHUNK = 200
const ACTIVE = 'runs:active'

export const keyOf = (id: string) => `run:${id}`
export const listOf = (owner: string) => `runs:{${owner}}`

export type RunEnded = (run: Run) => Promise<void>
export type RunStore = ReturnType<typeof createRunStore>

/** `ended`: awaited before a run that nobody is at any more is let go. */
export function createRunStore(store: Store, ended?: RunEnded) {
  const reader = createReader(store)
  return {
    ...reader,
    ...createActiveRuns(store, reader, ended),

    async remove({ id }: Run): Promise<void> {
      await store.del(keyOf(id))
    },

    /** The newest first. */
    async list(owner: string, most = LISTED): Promise<Run[]> {
      return reader.readAll(await store.lRange(listOf(owner), 0, most - 1))
    },

    /** Changes items and head if `expect` holds and every item is as stored; counters follow. True when it did. */
    change: (id: string, expect: RunHead, changes: ItemChange[], set: RunHead = {}) =>
      changeRun(store, id, expect, changes, set),
  }
}

function createReader(store: Store) {
  async function read(id: string): Promise<Run | undefined> {
    const values = await store.hMGet(keyOf(id), RUN_FIELDS)
    const fields = RUN_FIELDS.map((name, index) => [name, values[index] || undefined])
    return runSchema.safeParse({ ...Object.fromEntries(fields), id }).data
  }

  async function readAll(ids: string[]): Promise<Run[]> {
    const runs = await Promise.all(ids.map(read))
    return runs.filter((run) => run !== undefined)
  }

  /** Items `from` to `to` (not included), whatever cannot be read left out. */
  async function items(id: string, from: number, to: number): Promise<StoredItem[]> {
    const indexes = Array.from({ length: Math.max(0, to - from) }, (_, offset) => from + offset)
    if (indexes.length === 0) return []
    const found = await store.hMGet(keyOf(id), indexes.map(field))
    return indexes.flatMap((index, at) => {
      const text = found[at] ?? null
      const { data } = itemSchema.safeParse(parseJson(text))
      return data && text !== null ? [{ index, text, item: data }] : []
    })
  }

  /** All items, as many at a time as go in one read and one write. */
  async function* chunks(run: Pick<Run, 'id' | 'total'>): AsyncGenerator<StoredItem[], undefined> {
    for (let start = 0; start < run.total; start += CHUNK)
      yield await items(run.id, start, Math.min(start + CHUNK, run.total))
    return undefined
  }

  async function* all(run: Pick<Run, 'id' | 'total'>): AsyncGenerator<StoredItem, undefined> {
    for await (const chunk of chunks(run)) yield* chunk
    return undefined
  }

  return { read, readAll, items, chunks, all }
}

/** The runs that somebody has to be at, in whatever process. */
function createActiveRuns(
  store: Store,
  { read, readAll }: Pick<ReturnType<typeof createReader>, 'read' | 'readAll'>,
  ended: RunEnded | undefined,
) {
  return {
    /** From now on somebody has to be at it, after a restart too. */
    async activate({ id, owner }: Run): Promise<void> {
      await store.hSet(ACTIVE, id, owner, KEPT_SECONDS)
      await store.expire(keyOf(id), KEPT_SECONDS)
    },
    async deactivate(id: string): Promise<void> {
      const run = ended && (await read(id))
      if (run) await ended(run)
      await store.hDel(ACTIVE, id)
    },
    async active(): Promise<string[]> {
      return Object.keys(await store.hGetAll(ACTIVE))
    },
    async underWay(owner: string): Promise<Run[]> {
      const active = Object.entries(await store.hGetAll(ACTIVE))
      const mine = await readAll(active.filter(([, whose]) => whose === owner).map(([id]) => id))
      return mine.filter(isUnderWay)
    },
  }
}

async function changeRun(
  store: Store,
  id: string,
  expect: RunHead,
  changes: ItemChange[],
  set: RunHead,
): Promise<boolean> {
  const key = keyOf(id)
  const expected = Object.entries(texts(expect))
  const fields = texts(set)
  const counts = new Map<string, number>()
  for (const { stored, to } of changes) {
    expected.push([field(stored.index), stored.text])
    fields[field(stored.index)] = JSON.stringify(to)
    const [from, into] = [counterOf(stored.item.state), counterOf(to.state)]
    counts.set(from, (counts.get(from) ?? 0) - 1)
    counts.set(into, (counts.get(into) ?? 0) + 1)
  }
  const changed = Object.keys(fields).length > 0 ? [{ hSet: key, fields }] : []
  const counted = [...counts].flatMap(([name, by]) =>
    by === 0 ? [] : [{ hIncr: key, field: name, by }],
  )
  const guards = expected.map(([name, is]) => ({ key, field: name, is }))
  const { done } = await store.stepIf(guards, [...changed, ...counted])
  return done
}

/** Changes the head of a run that nobody has changed since it was read. Only one of several wins; the others find it done. */
export function transition(
  runStore: RunStore,
  { id, state, leg, fence }: Run,
  set: RunHead,
): Promise<boolean> {
  return runStore.change(id, { state, leg, fence }, [], set)
}
