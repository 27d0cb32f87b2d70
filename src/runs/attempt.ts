// One attempt at a run: the store's side. Takes items in order, writes each step under the fencing token, notices a stop.
import { setTimeout as wait } from 'node:timers/promises'
import type { Campaign } from '../campaigns/campaign.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { createFencedWrites } from './fenced-writes.ts'
import { turnOf, unanswered } from './item-states.ts'
import { createOpenItems, openItems } from './open-items.ts'
import type { Item, Run, RunHead, StoredItem } from './run.ts'
import type { RunStore } from './run-store.ts'

/** Another runner has the run: nothing more may be sent or written by this one. */
export class FencingTokenLost extends Error {}

export interface RunAttemptDeps {
  runStore: RunStore
  campaign(id: string): Campaign | undefined
  event(name: string, fields: object): void
}

/** ms after its last write that a runner may send: another takes over 2.5 s after a process stood still, at the earliest. */
const MAY_SEND_MS = 2_000

export interface BegunItem extends StoredItem {
  campaign: Campaign
}

/** Why no further item is begun. */
export type Halt = 'access' | 'refused' | 'failures' | 'asked' | 'lost'

export type RunAttempt = ReturnType<typeof createRunAttempt>

export function createRunAttempt(
  deps: RunAttemptDeps,
  run: Run,
  vendor: Vendor | undefined,
  signal: AbortSignal,
) {
  const { runStore } = deps
  const open = createOpenItems(runStore, run)
  const attempt: { halt: Halt | undefined; notBefore: number; aliveAt: number } = {
    halt: undefined,
    notBefore: 0,
    aliveAt: Date.now(),
  }

  const write = createFencedWrites(deps, run, signal, (at) => {
    attempt.aliveAt = Math.max(attempt.aliveAt, at)
  })

  /** A write under `state: running` was refused: by a person, or because the run has another runner. */
  async function checkRefusal(): Promise<void> {
    const now = await runStore.read(run.id)
    if (now?.fence !== run.fence) throw new FencingTokenLost()
    if (now.state === 'running') throw new Error('the run was changed under its runner')
    attempt.halt ??= 'asked'
  }

  const mayBegin = () => attempt.halt === undefined && !signal.aborted

  async function take(): Promise<{ stored: StoredItem; to: Item; campaign: Campaign } | undefined> {
    for (;;) {
      const stored = await open.next()
      if (!stored || !vendor) return undefined
      const { item: to, campaign } = turnOf(
        stored,
        run.id,
        vendor,
        deps.campaign(stored.item.campaign),
      )
      if (campaign) return { stored, to, campaign }
      await record(stored, to)
    }
  }

  /** Writes an item's end; one that is left may be begun again. @throws FencingTokenLost */
  async function record(stored: StoredItem, to: Item, set: RunHead = {}): Promise<void> {
    if (!(await write([{ stored, to }], {}, set))) throw new FencingTokenLost()
    if (to.state === 'left') open.putLast({ ...stored, item: to, text: JSON.stringify(to) })
  }

  /** Marks the next item as being sent; undefined when none may be begun now. @throws FencingTokenLost */
  async function begin(): Promise<BegunItem | undefined> {
    const next = mayBegin() && Date.now() >= attempt.notBefore ? await take() : undefined
    if (!next) return undefined
    const { stored, to, campaign } = next
    const begun = await write(
      [{ stored, to }],
      { state: 'running' },
      { now: stored.index, waitUntil: '' },
    )
    if (begun) return { index: stored.index, item: to, text: JSON.stringify(to), campaign }
    open.putFirst(stored)
    await checkRefusal()
    return undefined
  }

  /** Waits out a pause; false when there is nothing more to begin. */
  async function goesOn(): Promise<boolean> {
    while (mayBegin() && Date.now() < attempt.notBefore)
      await wait(Math.min(100, attempt.notBefore - Date.now()))
    return mayBegin() && vendor !== undefined && open.mayHaveMore()
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
    /** Begins nothing for so many ms; gives the time it goes on. */
    pause(ms: number): number {
      attempt.notBefore = Math.max(attempt.notBefore, Date.now() + ms)
      return attempt.notBefore
    },

    mayStillSend(): boolean {
      return attempt.halt !== 'lost' && Date.now() - attempt.aliveAt < MAY_SEND_MS
    },

    async heartbeat(): Promise<void> {
      try {
        const now = Date.now()
        const ours = { fence: run.fence, state: 'running' as const }
        if (await runStore.change(run.id, ours, [], { beatAt: now })) attempt.aliveAt = now
        else await checkRefusal()
      } catch (error) {
        // A store that is away is met by whoever has something to write.
        if (error instanceof FencingTokenLost) attempt.halt = 'lost'
      }
    },

    /** Items that an earlier runner was sending, and this one will not send again, become unknown. */
    async settleInFlight(): Promise<void> {
      for await (const stored of openItems(runStore, run))
        if (stored.item.state === 'sending') await record(stored, unanswered(stored.item))
    },
  }
}
