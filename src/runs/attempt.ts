// One attempt at a run: begins items one after another, keeps the run its own by a heartbeat, and knows why it ends.
import { setTimeout as wait } from 'node:timers/promises'
import type { Campaign } from '../campaigns/campaign.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { createFencedWrites, FencingTokenLost } from './fenced-writes.ts'
import { createOpenItems, type OpenItemsDeps } from './open-items.ts'
import type { Run, StoredItem } from './run.ts'
import type { RunStore } from './run-store.ts'
import { createSendLimit, type SendLimitDeps } from './send-limit.ts'

export interface RunAttemptDeps extends OpenItemsDeps, SendLimitDeps {
  event(name: string, fields: object): void
}

/** ms after its last write that a runner may send: another takes over 2.5 s after a process stood still, at the earliest. */
const MAY_SEND_MS = 2_000

export interface BegunItem extends StoredItem {
  campaign: Campaign
}

/** Why no further item is begun. */
export type Halt = 'access' | 'refused' | 'failures' | 'approval' | 'asked' | 'lost'

export type RunAttempt = ReturnType<typeof createRunAttempt>

export function createRunAttempt(
  deps: RunAttemptDeps,
  run: Run,
  vendor: Vendor | undefined,
  signal: AbortSignal,
) {
  const { runStore } = deps
  const standing = createStanding(signal)
  const write = createFencedWrites(deps, run, signal, standing.alive)
  const open = createOpenItems(deps, run, vendor, write)
  const maySend = createSendLimit(deps, run, vendor)

  /** Marks the next item as being sent; undefined when none may be begun now. @throws FencingTokenLost */
  async function begin(): Promise<BegunItem | undefined> {
    const next = standing.mayBegin() && standing.pausedMs() === 0 ? await open.take() : undefined
    if (!next) return undefined
    const { stored, to, campaign } = next
    if (!(await maySend(next))) {
      open.putFirst(stored)
      standing.halt('approval')
      return undefined
    }
    const begun = await write(
      [{ stored, to }],
      { state: 'running' },
      { now: stored.index, waitUntil: '' },
    )
    if (begun) return { index: stored.index, item: to, text: JSON.stringify(to), campaign }
    open.putFirst(stored)
    await haltIfAsked(runStore, run, standing.halt)
    return undefined
  }

  return {
    begin,
    write,
    record: open.record,
    settleInFlight: open.settleInFlight,
    halt: standing.halt,
    pause: standing.pause,
    mayStillSend: standing.mayStillSend,
    get halted(): Halt | undefined {
      return standing.halted()
    },

    /** Waits out a pause; false when there is nothing more to begin. */
    async goesOn(): Promise<boolean> {
      while (standing.mayBegin() && standing.pausedMs() > 0)
        await wait(Math.min(100, standing.pausedMs()))
      return standing.mayBegin() && vendor !== undefined && open.mayHaveMore()
    },

    async heartbeat(): Promise<void> {
      try {
        const now = Date.now()
        const ours = { fence: run.fence, state: 'running' as const }
        if (await runStore.change(run.id, ours, [], { beatAt: now })) standing.alive(now)
        else await haltIfAsked(runStore, run, standing.halt)
      } catch (error) {
        // A store that is away is met by whoever has something to write.
        if (error instanceof FencingTokenLost) standing.lose()
      }
    },
  }
}

/** Whether this attempt may begin and send: what halted it, until when it pauses, and when it last wrote. */
function createStanding(signal: AbortSignal) {
  let halted: Halt | undefined
  let notBefore = 0
  let aliveAt = Date.now()

  return {
    halted: () => halted,
    /** No further item is begun; the first reason counts. */
    halt(why: Halt): void {
      halted ??= why
    },
    /** The run has another runner: whatever the reason was, it is this one's end. */
    lose(): void {
      halted = 'lost'
    },
    mayBegin: () => halted === undefined && !signal.aborted,

    /** Begins nothing for so many ms; gives the time it goes on. */
    pause(ms: number): number {
      notBefore = Math.max(notBefore, Date.now() + ms)
      return notBefore
    },
    pausedMs: () => Math.max(0, notBefore - Date.now()),

    alive(at: number): void {
      aliveAt = Math.max(aliveAt, at)
    },
    mayStillSend: () => halted !== 'lost' && Date.now() - aliveAt < MAY_SEND_MS,
  }
}

/** A write under `state: running` was refused: by a person, or because the run has another runner. @throws FencingTokenLost */
async function haltIfAsked(runStore: RunStore, run: Run, halt: (why: Halt) => void): Promise<void> {
  const now = await runStore.read(run.id)
  if (now?.fence !== run.fence) throw new FencingTokenLost()
  if (now.state === 'running') throw new Error('the run was changed under its runner')
  halt('asked')
}
