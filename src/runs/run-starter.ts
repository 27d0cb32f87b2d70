// Starting a run, going on with it when access came, and putting back what failed: three runs of one person at once.
import type { RunnerDeps } from './end-attempt.ts'
import { type Retry, reopenItem } from './item-states.ts'
import type { RunQueue } from './queue.ts'
import { mayStart, RUNS_MOST, type Run, type RunHead, runTokenKey, type StoredItem } from './run.ts'
import { type RunStore, transition } from './run-store.ts'

type StarterDeps = Pick<RunnerDeps, 'runStore' | 'tokens' | 'vendor'>

export function createRunStarter(
  { runStore, tokens, vendor: vendorOf }: StarterDeps,
  queue: Pick<RunQueue, 'enqueue'>,
) {
  async function isFull(run: Run): Promise<boolean> {
    const others = (await runStore.underWay(run.owner)).filter(({ id }) => id !== run.id)
    return others.length >= RUNS_MOST
  }

  /** Has the run executed. A run that is under way is left alone; one too many steps back and waits. */
  async function start(run: Run): Promise<void> {
    if (!mayStart(run)) return
    const attempt = run.leg + 1
    await runStore.activate(run)
    if (!(await transition(runStore, run, begunHead(run, attempt)))) return
    // Asked after it counts itself: of runs started in the same moment none is overlooked.
    const waits = { state: 'paused', reason: 'busy' }
    if (
      (await isFull(run)) &&
      (await transition(runStore, { ...run, leg: attempt, state: 'running' }, waits))
    )
      return runStore.deactivate(run.id)
    await queue.enqueue(run.id, attempt)
  }

  /** Access was refreshed under way; the runner takes it up when the former one ends (`isRefreshed`). */
  async function storeAccessEnd(run: Run): Promise<void> {
    const vendor = vendorOf(run.vendor)
    const token = vendor && (await tokens.get(runTokenKey(run, vendor)))
    if (token && vendor.lifetime.refresh !== 'use')
      await runStore.change(run.id, { state: 'running' }, [], { accessEndsAt: token.endsAt })
  }

  /** A person wants it to go on, and access has to be asked for first. */
  async function awaitAccess(run: Run): Promise<void> {
    if (mayStart(run))
      await transition(runStore, run, { state: 'paused', reason: 'access', fence: run.fence + 1 })
  }

  /** The vendor sent the person back: with access the run goes on if it waits for that; without, it says so. */
  async function returned(owner: string, id: string | undefined, granted: boolean): Promise<void> {
    const run = id === undefined ? undefined : await runStore.read(id)
    if (run?.owner !== owner) return
    if (granted && run.state === 'running') return storeAccessEnd(run)
    if (run.state !== 'paused') return
    if (granted) await start(run)
    else await transition(runStore, run, { reason: 'denied' })
  }

  return { isFull, start, awaitAccess, returned }
}

/** The head of a run whose next attempt begins now. */
function begunHead({ startedAt }: Run, attempt: number): RunHead {
  const now = Date.now()
  const none = { reason: '', legAt: '', waitUntil: '', endedAt: '' }
  return { ...none, state: 'running', leg: attempt, beatAt: now, startedAt: startedAt ?? now }
}

/** Puts the failed back among the left, with their earlier results, or one of them; `unknown` ones too, as the person said. */
export async function reopenRun(
  runStore: RunStore,
  run: Run,
  unknown: Retry | undefined,
  only?: number,
): Promise<void> {
  if (run.state !== 'done' && run.state !== 'stopped' && run.state !== 'paused') return
  const again = ({ item }: StoredItem) =>
    item.state === 'failed' || (unknown !== undefined && item.state === 'unknown')
  const one = only === undefined ? undefined : [await runStore.items(run.id, only, only + 1)]
  for await (const chunk of one ?? runStore.chunks(run)) {
    const changes = chunk.filter(again).map((stored) => ({
      stored,
      to: reopenItem(stored, run.id, unknown ?? 'again'),
    }))
    const expect = { leg: run.leg, fence: run.fence }
    if (changes.length > 0)
      await runStore.change(run.id, expect, changes, { state: 'stopped', reason: 'retry' })
  }
}
