// Runs, as routes know them: make one, start it, stop it, try the failed again, and carry what is under way.
import type { Campaign } from '../campaigns/campaign.ts'
import type { OpenStore } from '../store/store.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { DRAFTS_MOST, type Filed, isInterrupted, mayStart, RUNS_MOST, type Run } from './run.ts'
import { openEngine, type Timing } from './run-queue.ts'
import { CHUNK, createLedger, type Head } from './run-store.ts'
import { carryRun, type RunnerParts, subjectOf } from './runner.ts'
import { createPace } from './throughput.ts'
import { createPlaces } from './vendor-concurrency.ts'

export type Runs = Awaited<ReturnType<typeof openRuns>>

type Parts = Omit<RunnerParts, 'ledger' | 'pace' | 'places'>

/** Opens the engine and lets it go on with every run that was under way when the last process ended. */
export async function openRuns(
  parts: Parts,
  store: OpenStore,
  redisUrl: string | undefined,
  timing?: Timing,
) {
  const ledger = createLedger(store)
  const pace = createPace(store)
  const places = createPlaces()
  const stopping = new AbortController()
  let closed: Promise<void> | undefined
  const work = (run: string, signal: AbortSignal) => carryRun({ ...parts, ledger, pace, places }, run, signal)
  const engine = await openEngine(redisUrl, work, parts.event, timing)
  const resumed = resume().catch((error: unknown) =>
    parts.event('run.not-resumed', { message: String(error) }),
  )

  async function resume(): Promise<void> {
    for (const id of await ledger.active()) {
      const run = await ledger.read(id)
      if (run) await engine.enqueue(id, run.leg)
    }
  }

  /** Only one of several wins; the others find it started. */
  const become = ({ id, state, leg, fence }: Run, set: Head) =>
    ledger.change(id, { state, leg, fence }, [], set)

  async function isFull(run: Run): Promise<boolean> {
    const others = (await ledger.underWay(run.owner)).filter(({ id }) => id !== run.id)
    return others.length >= RUNS_MOST
  }

  /** Lets the engine carry the run. A run that is under way is left alone; one too many steps back and waits. */
  async function start(run: Run): Promise<void> {
    if (!mayStart(run)) return
    const now = Date.now()
    const leg = run.leg + 1
    await ledger.activate(run)
    const begun = { state: 'running', reason: '', leg, beatAt: now, legAt: '', waitUntil: '', endedAt: '' }
    if (!(await become(run, { ...begun, startedAt: run.startedAt ?? now }))) return
    // Asked after it counts itself: of runs started in the same moment none is overlooked.
    const waits = { state: 'paused', reason: 'busy' }
    if ((await isFull(run)) && (await become({ ...run, leg, state: 'running' }, waits)))
      return ledger.deactivate(run.id)
    await engine.enqueue(run.id, leg)
  }

  /** Access was renewed under way; the runner takes it up when the former one ends (`isRenewed`). */
  async function tellEnd(run: Run): Promise<void> {
    const vendor = parts.vendor(run.vendor)
    const token = vendor && (await parts.tokens.get({ owner: run.owner, vendor, subject: subjectOf(run.id) }))
    if (token && vendor.lifetime.refresh !== 'use')
      await ledger.change(run.id, { state: 'running' }, [], { accessEndsAt: token.endsAt })
  }

  return {
    /** Ends when the process is about to: pages that stay open let go. */
    stopping: stopping.signal,
    items: ledger.items,
    all: ledger.all,
    list: ledger.list,
    read: ledger.read,
    guess: pace.guess,
    start,

    /** The run of exactly this id if it is this owner's. */
    async get(owner: string | undefined, id: string): Promise<Run | undefined> {
      const run = /^[\w-]{22}$/.test(id) && owner !== undefined ? await ledger.read(id) : undefined
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
      const id = await ledger.create({ owner, vendor: vendor.id, title }, campaigns)
      const drafts = (await ledger.list(owner)).filter(({ state }) => state === 'draft')
      for (const old of drafts.slice(DRAFTS_MOST))
        if (await become(old, { state: 'stopped', reason: 'asked' })) await ledger.remove(old)
      return id
    },

    /** A person wants it to go on, and access has to be asked for first. */
    async awaitAccess(run: Run): Promise<void> {
      if (mayStart(run)) await become(run, { state: 'paused', reason: 'access', fence: run.fence + 1 })
    },

    /** The vendor sent the person back: with access the run goes on if it waits for that; without, it says so. */
    async returned(owner: string, id: string | undefined, granted: boolean): Promise<void> {
      const run = id === undefined ? undefined : await ledger.read(id)
      if (run?.owner !== owner) return
      if (granted && run.state === 'running') return tellEnd(run)
      if (run.state !== 'paused') return
      if (granted) await start(run)
      else await become(run, { reason: 'denied' })
    },

    /** What is being sent is still sent. A run whose runner is gone gets one, to tell what is known of its last items. */
    async stop(run: Run): Promise<void> {
      if (run.state === 'running')
        await ledger.change(run.id, { state: 'running' }, [], { state: 'stopping', leg: run.leg + 1 })
      else if (run.state === 'draft' || run.state === 'paused')
        await become(run, { state: 'stopped', reason: 'asked', endedAt: Date.now() })
      if (isInterrupted(run)) await engine.enqueue(run.id, run.leg + 1)
    },

    /** Puts the failed back among the left, with their keys and earlier results; `unknown` ones too when asked. */
    async reopen(run: Run, unknown: boolean): Promise<void> {
      if (run.state !== 'done' && run.state !== 'stopped' && run.state !== 'paused') return
      const again = ({ item }: Filed) => item.state === 'failed' || (unknown && item.state === 'unknown')
      for (let start = 0; start < run.total; start += CHUNK) {
        const chunk = (await ledger.items(run.id, start, Math.min(start + CHUNK, run.total))).filter(again)
        const changes = chunk.map((filed) => ({ filed, to: { ...filed.item, state: 'left' as const } }))
        const expect = { leg: run.leg, fence: run.fence }
        if (chunk.length > 0)
          await ledger.change(run.id, expect, changes, { state: 'stopped', reason: 'retry' })
      }
    },

    /** Hands back what is under way; 10 s at most. */
    async close(): Promise<void> {
      stopping.abort()
      closed ??= resumed.then(() => engine.close())
      await closed
    },
  }
}
