// Starting a run, and going on with it when access came: at most three of one person at once.
import type { RunnerDeps } from './end-attempt.ts'
import type { RunQueue } from './queue.ts'
import { mayStart, RUNS_MOST, type Run } from './run.ts'
import { transition } from './run-store.ts'
import { runTokenKey } from './run-token-key.ts'

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
    const now = Date.now()
    const attempt = run.leg + 1
    await runStore.activate(run)
    const begun = {
      state: 'running',
      reason: '',
      leg: attempt,
      beatAt: now,
      legAt: '',
      waitUntil: '',
      endedAt: '',
    }
    if (!(await transition(runStore, run, { ...begun, startedAt: run.startedAt ?? now }))) return
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
