// One app, measured: start, memory, bytes of a session, warm syncs, dances; and the check that every push arrived.
import { setTimeout as wait } from 'node:timers/promises'
import type { App } from './apps.ts'
import { type LoadOptions, load } from './load.ts'
import { busyMs, cpuMs, residentMb, treeCpuMs, treeMb } from './machine.ts'
import { sum } from './numbers.ts'
import { callsEach } from './redis.ts'
import type { Scene } from './scene.ts'
import { dances, establish, warm } from './visitor.ts'

const SESSIONS = 64
const WARM_AT_ONCE = 32
const DANCES_AT_ONCE = 16
const FEW_CAMPAIGNS = 100
const IDLE_AFTER_MS = 500

export type Figures = Awaited<ReturnType<typeof measure>>

export async function measure(scene: Scene, app: App, seconds: number) {
  await scene.redis.client.flushAll()
  const { startMs, idleMb } = await measureStart(scene, app)
  const run = await scene.startApp(app)
  try {
    const before = await scene.seen()
    const visitors = await establish(run.site, SESSIONS)
    const bytes = (await scene.redis.bytes()) / SESSIONS
    const warmly = { concurrency: WARM_AT_ONCE, seconds }
    const anew = { concurrency: DANCES_AT_ONCE, seconds }
    const those = { pids: [run.pid], engines: run.engines }
    const warmed = await measureLoad(scene, those, warm(visitors), warmly)
    const danced = await measureLoad(scene, those, dances(run.site), anew)
    const after = await scene.seen()
    const missing = SESSIONS + warmed.total + danced.total - (after.pushes - before.pushes)
    const faults = missing + (after.refused - before.refused) + warmed.errors + danced.errors
    return {
      startMs,
      idleMb,
      loadedMb: residentMb(run.pid),
      allMb: sum([residentMb(run.pid), residentMb(scene.redisPid), ...run.engines.map(treeMb)]),
      bytes,
      warm: warmed,
      dance: danced,
      faults,
    }
  } finally {
    await run.stop()
  }
}

/** With few campaigns, for peers have none. */
async function measureStart(scene: Scene, app: App) {
  const run = await scene.startApp(app, { campaigns: FEW_CAMPAIGNS })
  await wait(IDLE_AFTER_MS)
  const idleMb = residentMb(run.pid)
  await run.stop()
  return { startMs: run.startMs, idleMb }
}

/** Processes of an app, and the first ones of what it stands on beside Redis. */
export interface Processes {
  pids: number[]
  engines?: number[]
}

/** A window of load with what it cost: CPU of the app's processes for one operation, Redis commands, and who else was busy. */
export async function measureLoad(
  scene: Scene,
  { pids, engines = [] }: Processes,
  operation: () => Promise<void>,
  options: Omit<LoadOptions<unknown>, 'look'>,
) {
  const look = async () => {
    const calls = await scene.redis.calls()
    const driver = process.cpuUsage()
    const store = cpuMs(scene.redisPid) + sum(engines.map(treeCpuMs))
    const rest = store + cpuMs(scene.vendorPid) + (driver.user + driver.system) / 1000
    return { calls, store, rest, app: sum(pids.map(cpuMs)), all: busyMs(), at: performance.now() }
  }
  const { before, after, ...result } = await load(operation, { ...options, look })
  const spent = (name: 'app' | 'store' | 'rest' | 'all') => after[name] - before[name]
  const tookMs = after.at - before.at
  return {
    ...result,
    /** µs of one operation. */
    cpu: (spent('app') * 1000) / result.done,
    /** With Redis and everything else that keeps the app's data. */
    cpuAll: ((spent('app') + spent('store')) * 1000) / result.done,
    /** Shares of a core: the app, what it is measured with, and everybody else. */
    appShare: spent('app') / tookMs,
    restShare: spent('rest') / tookMs,
    othersShare: Math.max(0, spent('all') - spent('app') - spent('rest')) / tookMs,
    calls: callsEach(before.calls, after.calls, result.done),
  }
}
