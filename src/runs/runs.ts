// Runs, as routes know them: make one, start it, stop it, try the failed again, and resume what was under way.
import { formatSubject } from '../access/subject.ts'
import type { Campaign } from '../campaigns/campaign.ts'
import type { OpenStore } from '../store/store.ts'
import type { Vendor } from '../vendors/vendor.ts'
import type { RunnerDeps } from './end-attempt.ts'
import { type Retry, reopenItem } from './item-states.ts'
import type { QueueTiming } from './queue.ts'
import {
  DRAFTS_MOST,
  isInterrupted,
  mayStart,
  RUNS_MOST,
  type Run,
  type StoredItem,
} from './run.ts'
import type { RunHead } from './run-fields.ts'
import { openRunQueue } from './run-queue.ts'
import { CHUNK, createRunStore } from './run-store.ts'
import { executeRun } from './runner.ts'
import { createThroughput } from './throughput.ts'
import { createVendorConcurrency } from './vendor-concurrency.ts'

export type Runs = Awaited<ReturnType<typeof openRuns>>

type RunsDeps = Omit<RunnerDeps, 'runStore' | 'throughput' | 'vendorConcurrency'>

/** Opens the engine and lets it go on with every run that was under way when the last process ended. */
export async function openRuns(
  deps: RunsDeps,
  store: OpenStore,
  redisUrl: string | undefined,
  timing?: QueueTiming,
) {
  const runStore = createRunStore(store)
  const throughput = createThroughput(store)
  const vendorConcurrency = createVendorConcurrency()
  const stopping = new AbortController()
  let closed: Promise<void> | undefined
  const execute = (run: string, signal: AbortSignal) =>
    executeRun({ ...deps, runStore, throughput, vendorConcurrency }, run, signal)
  const queue = await openRunQueue(redisUrl, execute, deps.event, timing)
  const resumed = resume().catch((error: unknown) =>
    deps.event('run.not-resumed', { message: String(error) }),
  )

  async function resume(): Promise<void> {
    for (const id of await runStore.active()) {
      const run = await runStore.read(id)
      if (run) await queue.enqueue(id, run.leg)
    }
  }

  /** Only one of several wins; the others find it started. */
  const transition = ({ id, state, leg, fence }: Run, set: RunHead) =>
    runStore.change(id, { state, leg, fence }, [], set)

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
    if (!(await transition(run, { ...begun, startedAt: run.startedAt ?? now }))) return
    // Asked after it counts itself: of runs started in the same moment none is overlooked.
    const waits = { state: 'paused', reason: 'busy' }
    if (
      (await isFull(run)) &&
      (await transition({ ...run, leg: attempt, state: 'running' }, waits))
    )
      return runStore.deactivate(run.id)
    await queue.enqueue(run.id, attempt)
  }

  /** Access was refreshed under way; the runner takes it up when the former one ends (`isRefreshed`). */
  async function storeAccessEnd(run: Run): Promise<void> {
    const vendor = deps.vendor(run.vendor)
    const token =
      vendor &&
      (await deps.tokens.get({
        owner: run.owner,
        vendor,
        subject: formatSubject({ kind: 'run', id: run.id }),
      }))
    if (token && vendor.lifetime.refresh !== 'use')
      await runStore.change(run.id, { state: 'running' }, [], { accessEndsAt: token.endsAt })
  }

  return {
    /** Ends when the process is about to: pages that stay open let go. */
    stopping: stopping.signal,
    items: runStore.items,
    all: runStore.all,
    list: runStore.list,
    read: runStore.read,
    guess: throughput.estimateMs,
    start,

    /** The run of exactly this id if it is this owner's. */
    async get(owner: string | undefined, id: string): Promise<Run | undefined> {
      const run =
        /^[\w-]{22}$/.test(id) && owner !== undefined ? await runStore.read(id) : undefined
      return run?.owner === owner ? run : undefined
    },

    /** Whether this person has as many other runs under way as one may have. */
    isFull,

    /** A draft of these campaigns, in this order; gives its id. The oldest of too many drafts is forgotten. */
    async create(
      owner: string,
      vendor: Vendor,
      title: string,
      campaigns: readonly Campaign[],
    ): Promise<string> {
      const id = await runStore.create({ owner, vendor: vendor.id, title }, campaigns)
      const drafts = (await runStore.list(owner)).filter(({ state }) => state === 'draft')
      for (const old of drafts.slice(DRAFTS_MOST))
        if (await transition(old, { state: 'stopped', reason: 'asked' })) await runStore.remove(old)
      return id
    },

    /** A person wants it to go on, and access has to be asked for first. */
    async awaitAccess(run: Run): Promise<void> {
      if (mayStart(run))
        await transition(run, { state: 'paused', reason: 'access', fence: run.fence + 1 })
    },

    /** The vendor sent the person back: with access the run goes on if it waits for that; without, it says so. */
    async returned(owner: string, id: string | undefined, granted: boolean): Promise<void> {
      const run = id === undefined ? undefined : await runStore.read(id)
      if (run?.owner !== owner) return
      if (granted && run.state === 'running') return storeAccessEnd(run)
      if (run.state !== 'paused') return
      if (granted) await start(run)
      else await transition(run, { reason: 'denied' })
    },

    /** What is being sent is still sent. A run whose runner is gone gets one, to tell what is known of its last items. */
    async stop(run: Run): Promise<void> {
      if (run.state === 'running')
        await runStore.change(run.id, { state: 'running' }, [], {
          state: 'stopping',
          leg: run.leg + 1,
        })
      else if (run.state === 'draft' || run.state === 'paused')
        await transition(run, { state: 'stopped', reason: 'asked', endedAt: Date.now() })
      if (isInterrupted(run)) await queue.enqueue(run.id, run.leg + 1)
    },

    /** Puts the failed back among the left, with their earlier results; `unknown` ones too, as the person said. */
    async reopen(run: Run, unknown: Retry | undefined): Promise<void> {
      if (run.state !== 'done' && run.state !== 'stopped' && run.state !== 'paused') return
      const again = ({ item }: StoredItem) =>
        item.state === 'failed' || (unknown !== undefined && item.state === 'unknown')
      for (let start = 0; start < run.total; start += CHUNK) {
        const chunk = (
          await runStore.items(run.id, start, Math.min(start + CHUNK, run.total))
        ).filter(again)
        const changes = chunk.map((stored) => ({
          stored,
          to: reopenItem(stored, run.id, unknown ?? 'again'),
        }))
        const expect = { leg: run.leg, fence: run.fence }
        if (chunk.length > 0)
          await runStore.change(run.id, expect, changes, { state: 'stopped', reason: 'retry' })
      }
    },

    /** Hands back what is under way; 10 s at most. */
    async close(): Promise<void> {
      stopping.abort()
      closed ??= resumed.then(() => queue.close())
      await closed
    },
  }
}
