// Runs, as routes know them: make one, start it, stop it, try the failed again, and resume what was under way.
import type { Campaign } from '../campaigns/campaign.ts'
import type { OpenStore } from '../store/store.ts'
import { createDraft, type DraftAbout } from './draft.ts'
import type { RunnerDeps } from './end-attempt.ts'
import type { Retry } from './item-states.ts'
import {
  inProcessQueue,
  type LogEvent,
  openedLater,
  type QueueTiming,
  type RunQueue,
  type RunWork,
} from './queue.ts'
import { isInterrupted, isUnderWay, type Run } from './run.ts'
import { createRunStarter, reopenRun } from './run-starter.ts'
import { createRunStore, type RunEnded, type RunStore, transition } from './run-store.ts'
import { executeRun } from './runner.ts'
import { createThroughput, createVendorConcurrency } from './throughput.ts'

/** ms after which a process takes part in the work of others. */
const OPEN_AFTER_MS = 300

export type Runs = Awaited<ReturnType<typeof openRuns>>

interface RunsDeps extends Omit<RunnerDeps, 'runStore' | 'throughput' | 'vendorConcurrency'> {
  /** Awaited when nobody is at a run any more; a process that dies before it is followed by one that calls it. */
  ended?: RunEnded | undefined
}

/** Opens the engine and lets it go on with every run that was under way when the last process ended. */
export async function openRuns(
  deps: RunsDeps,
  store: OpenStore,
  redisUrl: string | undefined,
  timing?: QueueTiming,
) {
  const runStore = createRunStore(store, deps.ended)
  const throughput = createThroughput(store)
  const vendorConcurrency = createVendorConcurrency()
  const stopping = new AbortController()
  let closed: Promise<void> | undefined
  const execute = (run: string, signal: AbortSignal) =>
    executeRun({ ...deps, runStore, throughput, vendorConcurrency }, run, signal)
  const queue = openRunQueue(redisUrl, execute, deps.event, timing)
  const resumed = resume(runStore, queue).catch((error: unknown) =>
    deps.event('run.not-resumed', { message: String(error) }),
  )
  const starter = createRunStarter({ ...deps, runStore }, queue)

  return {
    /** Aborts when the process is about to end: open pages let go. */
    stopping: stopping.signal,
    items: runStore.items,
    all: runStore.all,
    list: (owner: string) => runStore.list(owner),
    current: (owner: string) => currentRuns(runStore, owner),
    read: runStore.read,
    /** The runs that somebody is at, of all owners. */
    active: async () => runStore.readAll(await runStore.active()),
    estimate: throughput.estimate,
    ...starter,

    /** The run of exactly this id if it is this owner's. */
    get: (owner: string | undefined, id: string) => readOwn(runStore, owner, id),

    /** A draft of these campaigns, in this order; gives its id. The oldest of too many drafts is forgotten. */
    create: (about: DraftAbout, campaigns: readonly Campaign[]) =>
      createDraft(store, runStore, about, campaigns),

    /** What is being sent is still sent. A run whose runner is gone gets one, to tell what is known of its last items. */
    async stop(run: Run): Promise<void> {
      await writeStop(runStore, run)
      if (isInterrupted(run)) await queue.enqueue(run.id, run.leg + 1)
    },

    reopen: (run: Run, unknown: Retry | undefined, only?: number) =>
      reopenRun(runStore, run, unknown, only),

    /** Hands back what is under way; 10 s at most. */
    async close(): Promise<void> {
      stopping.abort()
      closed ??= resumed.then(() => queue.close())
      await closed
    },
  }
}

async function resume(runStore: RunStore, queue: RunQueue): Promise<void> {
  for (const id of await runStore.active()) {
    const run = await runStore.read(id)
    if (run) await queue.enqueue(id, run.leg)
  }
}

async function readOwn(
  runStore: RunStore,
  owner: string | undefined,
  id: string,
): Promise<Run | undefined> {
  const isId = /^[\w-]{22}$/.test(id)
  const run = isId && owner !== undefined ? await runStore.read(id) : undefined
  return run?.owner === owner ? run : undefined
}

async function writeStop(runStore: RunStore, run: Run): Promise<void> {
  if (run.state === 'running')
    await runStore.change(run.id, { state: 'running' }, [], { state: 'stopping', leg: run.leg + 1 })
  else if (run.state === 'draft' || run.state === 'paused')
    await transition(runStore, run, { state: 'stopped', reason: 'asked', endedAt: Date.now() })
}

/** BullMQ on the Redis at `redisUrl`, else in this process. What is not used is not loaded. */
function openRunQueue(
  redisUrl: string | undefined,
  execute: RunWork,
  log: LogEvent,
  timing?: QueueTiming,
): RunQueue {
  if (redisUrl === undefined) return inProcessQueue(execute, log)
  const open = async () => (await import('./bullmq.ts')).openQueue(redisUrl, execute, log, timing)
  return openedLater(open, OPEN_AFTER_MS, log)
}

/** How many of the newest runs are read for it. */
const READ_MOST = 10

/** A run that goes on, or waits for its person. */
export interface CurrentRun {
  id: string
  vendor: string
  title: string
  total: number
  left: number
  /** `waits`: it is paused, or the process that did the work has ended. */
  standing: 'goes on' | 'waits'
  /** ms since 1970, as far as the last attempt knew. */
  accessEndsAt?: number | undefined
}

/** The newest first; drafts and what a person has stopped are left out. */
async function currentRuns(runStore: RunStore, owner: string): Promise<CurrentRun[]> {
  const runs = await runStore.list(owner, READ_MOST)
  return runs.flatMap((run) => {
    const standing = standingOf(run)
    if (standing === undefined) return []
    const { id, vendor, title, total, left, accessEndsAt } = run
    return [{ id, vendor, title, total, left, standing, accessEndsAt }]
  })
}

function standingOf(run: Run): CurrentRun['standing'] | undefined {
  if (run.state === 'paused' || isInterrupted(run)) return 'waits'
  return isUnderWay(run) ? 'goes on' : undefined
}
