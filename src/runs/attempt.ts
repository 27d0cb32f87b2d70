// One leg of a run: the store's side. Takes items in order, writes each step under the fence, notices who says stop.
import { setTimeout as wait } from 'node:timers/promises'
import type { Campaign } from '../campaigns/campaign.ts'
import { createFencedWrites } from './fenced-writes.ts'
import { counterOf, endAttempt, type Item, type Run, type StoredItem } from './run.ts'
import type { RunHead, RunStore } from './run-store.ts'

/** Another runner has the run: nothing more may be sent or written by this one. */
export class FencingTokenLost extends Error {}

export interface RunAttemptDeps {
  runStore: RunStore
  campaign(id: string): Campaign | undefined
  event(name: string, fields: object): void
}

/** Why no further item is begun. */
export type Halt = 'access' | 'refused' | 'failures' | 'asked' | 'lost'

export type RunAttempt = ReturnType<typeof createRunAttempt>

/** `repeatable`: the vendor takes the same key again, so an item found in flight may be sent again. */
export function createRunAttempt(
  deps: RunAttemptDeps,
  run: Run,
  repeatable: boolean,
  signal: AbortSignal,
) {
  const { runStore } = deps
  const open = openItems(runStore, run)
  const returned: StoredItem[] = []
  // `read`: every open item has been taken once.
  const attempt: { halt: Halt | undefined; notBefore: number; read: boolean } = {
    halt: undefined,
    notBefore: 0,
    read: false,
  }

  const write = createFencedWrites(deps, run, signal)

  /** A write under `state: running` was refused: by a person, or because the run has another runner. */
  async function askWhy(): Promise<void> {
    const now = await runStore.read(run.id)
    if (now?.fence !== run.fence) throw new FencingTokenLost()
    if (now.state === 'running') throw new Error('the run was changed under its runner')
    attempt.halt ??= 'asked'
  }

  const mayBegin = () => attempt.halt === undefined && !signal.aborted

  /** The next item to be sent. On the way it settles those that cannot be. */
  async function take(): Promise<StoredItem | undefined> {
    const back = returned.shift()
    if (back) return back
    for (;;) {
      const { value: stored } = await open.next()
      if (!stored) {
        attempt.read = true
        return undefined
      }
      if (deps.campaign(stored.item.campaign) === undefined)
        await record(stored, { ...stored.item, state: 'skipped' })
      else if (stored.item.state === 'sending' && !repeatable)
        await record(stored, unanswered(stored.item))
      else return stored
    }
  }

  /** Writes an item's end; it may be begun again when it is left. @throws FenceLost */
  async function record(stored: StoredItem, to: Item, set: RunHead = {}): Promise<void> {
    if (!(await write([{ stored, to }], {}, set))) throw new FencingTokenLost()
    if (to.state === 'left') returned.push({ ...stored, item: to, text: JSON.stringify(to) })
  }

  /** Marks the next item as being sent; undefined when none may be begun now. @throws FenceLost */
  async function begin(): Promise<StoredItem | undefined> {
    const next = mayBegin() && Date.now() >= attempt.notBefore ? await take() : undefined
    if (!next) return undefined
    const to: Item = { ...next.item, state: 'sending' }
    const begun = await write(
      [{ stored: next, to }],
      { state: 'running' },
      { now: next.index, waitUntil: '' },
    )
    if (begun) return { ...next, item: to, text: JSON.stringify(to) }
    returned.unshift(next)
    await askWhy()
    return undefined
  }

  /** Waits out a pause. Whether there is anything to begin, as far as this runner knows. */
  async function goesOn(): Promise<boolean> {
    while (mayBegin() && Date.now() < attempt.notBefore)
      await wait(Math.min(100, attempt.notBefore - Date.now()))
    return mayBegin() && (returned.length > 0 || !attempt.read)
  }

  return {
    begin,
    goesOn,
    record,
    write,

    /** No further item is begun; the first reason counts. */
    halt(why: Halt): void {
      attempt.halt ??= why
    },
    get halted(): Halt | undefined {
      return attempt.halt
    },
    /** Nothing is begun for so many ms. Gives the moment it goes on. */
    pause(ms: number): number {
      attempt.notBefore = Math.max(attempt.notBefore, Date.now() + ms)
      return attempt.notBefore
    },

    /** A sign of life, and a look whether somebody said stop or took over. */
    async heartbeat(): Promise<void> {
      try {
        const ours = { fence: run.fence, state: 'running' as const }
        if (!(await runStore.change(run.id, ours, [], { beatAt: Date.now() }))) await askWhy()
      } catch (error) {
        // A store that is away is met by whoever has something to write.
        if (error instanceof FencingTokenLost) attempt.halt = 'lost'
      }
    },

    /** What is in flight from an earlier runner and will not be sent again by this one becomes unknown. */
    async settleInFlight(): Promise<void> {
      for await (const stored of openItems(runStore, run))
        if (stored.item.state === 'sending') await record(stored, unanswered(stored.item))
    },
  }
}

/** Items that are left or were in flight, in the run's order. */
async function* openItems(runStore: RunStore, run: Run): AsyncGenerator<StoredItem, undefined> {
  for await (const stored of runStore.all(run))
    if (counterOf(stored.item.state) === 'left') yield stored
  return undefined
}

function unanswered(item: Item): Item {
  return endAttempt(item, 'unknown', {
    kind: 'unknown',
    at: Date.now(),
    message: 'The app ended before the answer came.',
  })
}
