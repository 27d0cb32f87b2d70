// For CI: what ours costs beside raw, both measured now, against the figure that is kept. `node bench/regression.ts [--save]`
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { ours, raw } from './apps.ts'
import { measureLoad } from './measure.ts'
import { median } from './numbers.ts'
import { openScene, type RunningApp, type Scene } from './scene.ts'
import { dances, establish, warm } from './visitor.ts'

const FILE = join(import.meta.dirname, 'regression.json')
/** A loss of a quarter: for what raw does four of, ours did so many, and now does three of those. */
const MOST_LOSS = 0.25
const WARM_UP_SECONDS = 1.2
const ROUNDS = 4
const SECONDS = 0.5
const LEAD = 0.1
const SESSIONS = 64
const AT_ONCE = 32
const TRIES = 2
/** Cores used by others, above which figures say little. */
const NOISE = 0.25

const ratiosSchema = z.object({ warm: z.number().positive(), dance: z.number().positive() })
/** CPU of one operation of ours, in those of raw. */
type Ratios = z.infer<typeof ratiosSchema>

const { values } = parseArgs({ options: { save: { type: 'boolean', default: false } } })
const scene = await openScene()
try {
  const apps = [await open(await scene.startApp(raw)), await open(await scene.startApp(ours))]
  for (const app of apps)
    for (const kind of ['warm', 'dance'] as const)
      await measureOne(scene, app, kind, WARM_UP_SECONDS)
  const isGood = values.save ? save(await measureRatios(scene, apps)) : await passes(apps)
  if (!isGood) process.exitCode = 1
  for (const { run } of apps) await run.stop()
} finally {
  await scene.close()
}

type Opened = Awaited<ReturnType<typeof open>>

async function open(run: RunningApp) {
  return { run, visitors: await establish(run.site, SESSIONS) }
}

/** Another try for what may have been chance. A machine that others use tells nothing: that is said, and passes. */
async function passes(apps: Opened[]): Promise<boolean> {
  const kept = ratiosSchema.parse(JSON.parse(readFileSync(FILE, 'utf8')))
  for (let tries = 0; tries < TRIES; tries++) {
    const now = await measureRatios(scene, apps)
    if (!now) return true
    const losses = (['warm', 'dance'] as const).map((kind) => {
      const loss = 1 - kept[kind] / now[kind]
      const [is, was] = [now[kind].toFixed(2), kept[kind].toFixed(2)]
      console.log(`${kind}: CPU ${is} × raw, kept ${was}: ${(loss * 100).toFixed(0)} % lost`)
      return loss
    })
    if (losses.every((loss) => loss < MOST_LOSS)) return true
  }
  console.log(
    `Ours lost more than ${MOST_LOSS * 100} % beside raw. Meant? node bench/regression.ts --save`,
  )
  return false
}

/**
 * One after the other, again and again, so that a machine that drifts takes both along; of each the middle window.
 * Undefined when others used the machine in most of them.
 */
async function measureRatios(scene: Scene, apps: Opened[]): Promise<Ratios | undefined> {
  const others: number[] = []
  const ratioOf = async (kind: keyof Ratios) => {
    const costs = apps.map((): number[] => [])
    for (let round = 0; round < ROUNDS; round++)
      for (const [index, app] of apps.entries()) {
        const { cpu, othersShare } = await measureOne(scene, app, kind)
        costs[index]?.push(cpu)
        others.push(othersShare)
      }
    const [floor = 0, own = 0] = costs.map(median)
    return own / floor
  }
  const ratios = { warm: await ratioOf('warm'), dance: await ratioOf('dance') }
  if (median(others) < NOISE) return ratios
  console.log(`Others used ${median(others).toFixed(2)} of a core: this tells nothing.`)
  return undefined
}

/** A short window of one job. @throws when an operation fails */
async function measureOne(
  scene: Scene,
  { run, visitors }: Opened,
  kind: keyof Ratios,
  seconds = SECONDS,
) {
  const operation = kind === 'warm' ? warm(visitors) : dances(run.site)
  const options = { concurrency: AT_ONCE, seconds, lead: LEAD }
  const window = await measureLoad(scene, { pids: [run.pid] }, operation, options)
  if (window.errors > 0) throw new Error(`${window.errors} operations failed`)
  return window
}

/** False when there was nothing to rely on. */
function save(ratios: Ratios | undefined): boolean {
  if (!ratios) return false
  const rounded = { warm: Number(ratios.warm.toFixed(2)), dance: Number(ratios.dance.toFixed(2)) }
  writeFileSync(FILE, `${JSON.stringify(rounded, null, 2)}\n`)
  console.log(`kept: CPU ${rounded.warm} and ${rounded.dance} × raw`)
  return true
}
