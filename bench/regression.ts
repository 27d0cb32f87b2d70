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
const ROUNDS = 7
const SECONDS = 0.4
const LEAD = 0.1
const SESSIONS = 32
const TRIES = 2

const ratiosSchema = z.object({ warm: z.number().positive(), dance: z.number().positive() })
/** CPU of one operation of ours, in those of raw. */
type Ratios = z.infer<typeof ratiosSchema>

const { values } = parseArgs({ options: { save: { type: 'boolean', default: false } } })
const scene = await openScene()
try {
  const apps = [await open(await scene.startApp(raw)), await open(await scene.startApp(ours))]
  if (values.save) save(await measureRatios(scene, apps))
  else if (!(await passes(apps))) process.exitCode = 1
  for (const { run } of apps) await run.stop()
} finally {
  await scene.close()
}

type Opened = Awaited<ReturnType<typeof open>>

async function open(run: RunningApp) {
  return { run, visitors: await establish(run.site, SESSIONS) }
}

/** A machine that was busy gets another try. */
async function passes(apps: Opened[]): Promise<boolean> {
  const kept = ratiosSchema.parse(JSON.parse(readFileSync(FILE, 'utf8')))
  for (let tries = 0; tries < TRIES; tries++) {
    const now = await measureRatios(scene, apps)
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

/** One after the other, again and again, so that a machine that drifts takes both along. */
async function measureRatios(scene: Scene, apps: Opened[]): Promise<Ratios> {
  const ratios: Record<keyof Ratios, number[]> = { warm: [], dance: [] }
  for (let round = 0; round < ROUNDS; round++)
    for (const kind of ['warm', 'dance'] as const) {
      const [floor = 0, own = 0] = [
        await costOf(scene, apps[0], kind),
        await costOf(scene, apps[1], kind),
      ]
      ratios[kind].push(own / floor)
    }
  return { warm: median(ratios.warm), dance: median(ratios.dance) }
}

/** µs of CPU of one operation. */
async function costOf(scene: Scene, app: Opened | undefined, kind: keyof Ratios): Promise<number> {
  if (!app) return Number.NaN
  const { run, visitors } = app
  const operation = kind === 'warm' ? warm(visitors) : dances(run.site)
  const options = { concurrency: 8, seconds: SECONDS, lead: LEAD }
  const { cpu, errors } = await measureLoad(scene, { pids: [run.pid] }, operation, options)
  if (errors > 0) throw new Error(`${errors} operations failed`)
  return cpu
}

function save(ratios: Ratios): void {
  const rounded = { warm: Number(ratios.warm.toFixed(2)), dance: Number(ratios.dance.toFixed(2)) }
  writeFileSync(FILE, `${JSON.stringify(rounded, null, 2)}\n`)
  console.log(`kept: CPU ${rounded.warm} and ${rounded.dance} × raw`)
}
