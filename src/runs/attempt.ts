// One leg of a run: the store's side. Takes items in order, writes each step under the fence, notices who says stop.
import { setTimeout as wait } from 'node:timers/promises'
import type { Campaign } from '../campaigns/campaign.ts'
import { counterOf, type Filed, type Item, type Run, settle } from './run.ts'
import type { Head, Ledger } from './run-store.ts'
import { createWrites } from './writes.ts'

/** Another runner has the run: nothing more may be sent or written by this one. */
export class FenceLost extends Error {}

export interface LegParts {
  ledger: Ledger
  campaign(id: string): Campaign | undefined
  event(name: string, fields: object): void
}

/** Why no further item is begun. */
export type Halt = 'access' | 'refused' | 'failures' | 'asked' | 'lost'

export type Leg = ReturnType<typeof createLeg>

/** `repeatable`: the vendor takes the same key again, so an item found in flight may be sent again. */
export function createLeg(parts: LegParts, run: Run, repeatable: boolean, signal: AbortSignal) {
  const { ledger } = parts
  const open = openItems(ledger, run)
  const returned: Filed[] = []
  // `read`: every open item has been taken once.
  const leg: { halt: Halt | undefined; notBefore: number; read: boolean } = {
    halt: undefined,
    notBefore: 0,
    read: false,
  }

  const write = createWrites(parts, run, signal)

  /** A write under `state: running` was refused: by a person, or because the run has another runner. */
  async function askWhy(): Promise<void> {
    const now = await ledger.read(run.id)
    if (now?.fence !== run.fence) throw new FenceLost()
    if (now.state === 'running') throw new Error('the run was changed under its runner')
    leg.halt ??= 'asked'
  }

  const mayBegin = () => leg.halt === undefined && !signal.aborted

  /** The next item to be sent. On the way it settles those that cannot be. */
  async function take(): Promise<Filed | undefined> {
    const back = returned.shift()
    if (back) return back
    for (;;) {
      const { value: filed } = await open.next()
      if (!filed) {
        leg.read = true
        return undefined
      }
      if (parts.campaign(filed.item.campaign) === undefined)
        await record(filed, { ...filed.item, state: 'skipped' })
      else if (filed.item.state === 'sending' && !repeatable) await record(filed, unanswered(filed.item))
      else return filed
    }
  }

  /** Writes an item's end; it may be begun again when it is left. @throws FenceLost */
  async function record(filed: Filed, to: Item, set: Head = {}): Promise<void> {
    if (!(await write([{ filed, to }], {}, set))) throw new FenceLost()
    if (to.state === 'left') returned.push({ ...filed, item: to, text: JSON.stringify(to) })
  }

  /** Marks the next item as being sent; undefined when none may be begun now. @throws FenceLost */
  async function begin(): Promise<Filed | undefined> {
    const next = mayBegin() && Date.now() >= leg.notBefore ? await take() : undefined
    if (!next) return undefined
    const to: Item = { ...next.item, state: 'sending' }
    const begun = await write([{ filed: next, to }], { state: 'running' }, { now: next.index, waitUntil: '' })
    if (begun) return { ...next, item: to, text: JSON.stringify(to) }
    returned.unshift(next)
    await askWhy()
    return undefined
  }

  /** Waits out a pause. Whether there is anything to begin, as far as this runner knows. */
  async function goesOn(): Promise<boolean> {
    while (mayBegin() && Date.now() < leg.notBefore) await wait(Math.min(100, leg.notBefore - Date.now()))
    return mayBegin() && (returned.length > 0 || !leg.read)
  }

  return {
    begin,
    goesOn,
    record,
    write,

    /** No further item is begun; the first reason counts. */
    halt(why: Halt): void {
      leg.halt ??= why
    },
    get halted(): Halt | undefined {
      return leg.halt
    },
    /** Nothing is begun for so many ms. Gives the moment it goes on. */
    pause(ms: number): number {
      leg.notBefore = Math.max(leg.notBefore, Date.now() + ms)
      return leg.notBefore
    },

    /** A sign of life, and a look whether somebody said stop or took over. */
    async beat(): Promise<void> {
      try {
        const ours = { fence: run.fence, state: 'running' as const }
        if (!(await ledger.change(run.id, ours, [], { beatAt: Date.now() }))) await askWhy()
      } catch (error) {
        // A store that is away is met by whoever has something to write.
        if (error instanceof FenceLost) leg.halt = 'lost'
      }
    },

    /** What is in flight from an earlier runner and will not be sent again by this one becomes unknown. */
    async settleInFlight(): Promise<void> {
      for await (const filed of openItems(ledger, run))
        if (filed.item.state === 'sending') await record(filed, unanswered(filed.item))
    },
  }
}

/** Items that are left or were in flight, in the run's order. */
async function* openItems(ledger: Ledger, run: Run): AsyncGenerator<Filed, undefined> {
  for await (const filed of ledger.all(run)) if (counterOf(filed.item.state) === 'left') yield filed
  return undefined
}

function unanswered(item: Item): Item {
  return settle(item, 'unknown', {
    kind: 'unknown',
    at: Date.now(),
    message: 'The app ended before the answer came.',
  })
}
