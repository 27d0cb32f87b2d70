// One app, measured: start, memory, bytes of a session, warm syncs, dances; and the check that every push arrived.
import { setTimeout as wait } from 'node:timers/promises'
import type { App } from './apps.ts'
import { type LoadOptions, load } from './load.ts'
import { busyMs, cpuMs, residentMb } from './machine.ts'
import { sum } from './numbers.ts'
import { callsEach } from './redis.ts'
import type { Scene } from './scene.ts'
import { dances, establish, warm } from './visitor.ts'

const SESSIONS = 64
const WARM_AT_ONCE = 32
const DANCES_AT_ONCE = 16
const FEW_CAMPAIGNS = 100
const IDLE_AFTER_MS = 1_000

export type Window = Awaited<ReturnType<typeof measureLoad>>
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
    const warmed = await measureLoad(scene, [run.pid], warm(visitors), warmly)
    const danced = await measureLoad(scene, [run.pid], dances(run.site), anew)
    const after = await scene.seen()
    const missing = SESSIONS + warmed.total + danced.total - (after.pushes - before.pushes)
    const faults = missing + (after.refused - before.refused) + warmed.errors + danced.errors
    return {
      startMs,
      idleMb,
      loadedMb: residentMb(run.pid),
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
  const run = await scene.startApp(app, {
    campaigns: FEW_CAMPAIGNS,
    ...(app.name === 'ours' && { redis: '' }),
  })
  await wait(IDLE_AFTER_MS)
  const idleMb = residentMb(run.pid)
  await run.stop()
  return { startMs: run.startMs, idleMb }
}

/** A window of load with what it cost: CPU of the app's processes for one operation, Redis commands, and who else was busy. */
export async function measureLoad(
  scene: Scene,
  pids: number[],
  operation: () => Promise<void>,
  options: Omit<LoadOptions<unknown>, 'look'>,
) {
  const look = async () => {
    const calls = await scene.redis.calls()
    const driver = process.cpuUsage()
    const rest =
      cpuMs(scene.redisPid) + cpuMs(scene.vendorPid) + (driver.user + driver.system) / 1000
    return { calls, rest, app: sum(pids.map(cpuMs)), all: busyMs(), at: performance.now() }
  }
  const { before, after, ...result } = await load(operation, { ...options, look })
  const [app, rest, all] = [
    after.app - before.app,
    after.rest - before.rest,
    after.all - before.all,
  ]
  const tookMs = after.at - before.at
  return {
    ...result,
    /** µs of one operation. */
    cpu: (app * 1000) / result.done,
    /** Shares of a core: the app, what it is measured with, and everybody else. */
    appShare: app / tookMs,
    restShare: rest / tookMs,
    othersShare: Math.max(0, all - app - rest) / tookMs,
    calls: callsEach(before.calls, after.calls, result.done),
  }
}
