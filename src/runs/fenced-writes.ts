// Writes of a runner, under its fencing token: those of one moment together, waiting out a store which is away.
import { setTimeout as wait } from 'node:timers/promises'
import { StoreError } from '../store/open.ts'
import type { ItemChange, Run, RunHead } from './run.ts'
import type { RunStore } from './run-store.ts'

/** Gives a function that is `work` for one; `work` gets the groups, one after another, and gives a result for each. */
export function batched<T, R>(work: (group: T[]) => Promise<R[]>): (one: T) => Promise<R> {
  let waiting: { one: T; done(result: R): void; failed(error: unknown): void }[] = []
  let busy = false

  async function go(): Promise<void> {
    while (waiting.length > 0) {
      const group = waiting
      waiting = []
      try {
        const results = await work(group.map(({ one }) => one))
        for (const [index, { done }] of group.entries()) done(results[index] as R)
      } catch (error) {
        for (const { failed } of group) failed(error)
      }
    }
    busy = false
  }

  return (one) =>
    new Promise((done, failed) => {
      waiting.push({ one, done, failed })
      if (busy) return
      busy = true
      setImmediate(() => void go())
    })
}

const STORE_AGAIN_MS = 500

/** Another runner has the run: nothing more may be sent or written by this one. */
export class FencingTokenLost extends Error {}

export type FencedWrite = ReturnType<typeof createFencedWrites>

interface FencedWritesDeps {
  runStore: RunStore
  event(name: string, fields: object): void
}

interface Write {
  changes: ItemChange[]
  expect: RunHead
  set: RunHead
}

/** Writes if the run's fencing token is ours and `expect` holds; tries again while the store is away, until `signal`. */
export function createFencedWrites(
  { runStore, event }: FencedWritesDeps,
  run: Run,
  signal: AbortSignal,
  alive: (at: number) => void,
) {
  const write = batched(async (group: Write[]): Promise<boolean[]> => {
    if (await persist(merged(group))) return group.map(() => true)
    // One of them was refused, and the others may still be made.
    const made: boolean[] = []
    if (group.length > 1) for (const one of group) made.push(await persist(one))
    return group.length > 1 ? made : [false]
  })

  async function persist({ changes, expect, set }: Write): Promise<boolean> {
    for (let again = false; ; again = true) {
      try {
        const ours = { ...expect, fence: run.fence }
        const now = Date.now()
        if (await runStore.change(run.id, ours, changes, { beatAt: now, ...set })) {
          alive(now)
          return true
        }
        return again && (await isWritten(changes))
      } catch (error) {
        if (!(error instanceof StoreError) || signal.aborted) throw error
        if (!again) event('run.store-away', { run: run.id })
        await wait(STORE_AGAIN_MS)
      }
    }
  }

  /** Whether a write that got no response was made all the same. */
  async function isWritten(changes: ItemChange[]): Promise<boolean> {
    const now = await Promise.all(
      changes.map(({ stored: { index } }) => runStore.items(run.id, index, index + 1)),
    )
    return (
      changes.length > 0 && changes.every(({ to }, at) => now[at]?.[0]?.text === JSON.stringify(to))
    )
  }

  return (changes: ItemChange[], expect: RunHead = {}, set: RunHead = {}) =>
    write({ changes, expect, set })
}

function merged(group: Write[]): Write {
  return {
    changes: group.flatMap(({ changes }) => changes),
    expect: Object.assign({}, ...group.map(({ expect }) => expect)),
    set: Object.assign({}, ...group.map(({ set }) => set)),
  }
}
