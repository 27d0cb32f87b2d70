// Runners killed with -9: every campaign applied once or told as unknown. Row 35 of BEHAVIOURS.md, for runs.
// KILLS=200 npx vitest run test/runs/kill.test.ts is the long one; docs/RUNS.md has what it gave.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { campaignFile, idsOf, notOnce, startRun, until } from '../support/app/runs.ts'
import { type Scene, scenes } from '../support/scene/scene.ts'

const KILLS = Number(process.env.KILLS ?? 5)
const PER_KILL = 20
const WORKER = join(import.meta.dirname, '..', 'support', 'app', 'run-worker.ts')

/** Two workers at all times; `killRunner` waits until one has the run, for a random while, kills it and starts another. */
function startWorkers({ setup }: Scene) {
  const all = new Set<ChildProcess>()
  const taken: { child: ChildProcess; fence: number }[] = []
  let told = Promise.withResolvers<void>()
  const start = () => {
    const environment = { ...setup.environment, PUBLIC_URL: 'http://localhost:1' }
    const child = spawn(process.execPath, [WORKER], {
      env: environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    all.add(child)
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said: unknown = JSON.parse(line)
      if (typeof said !== 'object' || said === null || !('fence' in said)) return
      taken.push({ child, fence: Number(said.fence) })
      told.resolve()
    })
  }
  const end = async (child: ChildProcess) => {
    all.delete(child)
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'close')
  }
  start()
  start()
  return {
    async killRunner(stop: AbortSignal): Promise<void> {
      const runner = () => taken.toSorted((a, b) => b.fence - a.fence)[0]?.child
      for (let child = runner(); ; child = runner()) {
        if (child && all.has(child)) {
          await wait(Math.random() * 300)
          await end(child)
          return start()
        }
        if (stop.aborted) return
        told = Promise.withResolvers()
        await Promise.race([told.promise, once(stop, 'abort')])
      }
    },
    close: () => Promise.all([...all].map(end)),
  }
}

describe('kill -9 of the runner, with a second one there', { concurrent: true }, () => {
  const { begin } = scenes('redis')

  async function killing(file: Record<string, unknown>) {
    const count = KILLS * PER_KILL
    const scene = await begin({ environment: campaignFile(count), file })
    const { vendor, person, app } = scene
    vendor.settings.expiresIn = 3600
    vendor.always('api', { delayMs: 40 })
    const workers = startWorkers(scene)
    const over = new AbortController()
    let kills = 0
    try {
      const { id } = await startRun(person)
      await app.context.runs.close()
      const done = until(person, id, 'done', KILLS * 10_000).finally(() => over.abort())
      for (; kills < KILLS && !over.signal.aborted; kills++) await workers.killRunner(over.signal)
      return { vendor, run: await done, count, kills, scene, id }
    } finally {
      over.abort()
      await workers.close()
    }
  }

  test('loses nothing and doubles nothing', { timeout: KILLS * 10_000 }, async () => {
    const { vendor, run, count, kills } = await killing({})
    console.log(`${kills} kills, ${count} campaigns, ${vendor.at('api').length} requests`)
    expect(run).toMatchObject({ sent: count, failed: 0, unknown: 0, left: 0 })
    expect(notOnce(vendor, idsOf(count))).toEqual([])
    expect(kills).toBe(KILLS)
  })

  test('is told as unknown where the vendor takes no key, and never repeated', {
    timeout: KILLS * 10_000,
  }, async () => {
    const { vendor, run, count, kills, scene, id } = await killing({
      api: { push: { idempotencyHeader: undefined } },
    })
    console.log(`${kills} kills, ${count} campaigns, ${run.unknown} unknown`)
    expect(run.sent + run.unknown).toBe(count)
    expect(idsOf(count).filter((campaign) => vendor.effects(campaign) > 1)).toEqual([])
    for await (const { item } of scene.app.context.runs.all({ id, total: count }))
      if (item.state === 'sent') expect(vendor.effects(item.campaign)).toBe(1)
    expect(kills).toBe(KILLS)
  })
})
