// The benchmark: the floor, this app and its peers in interleaved rounds. `npm run bench -- [--quick]`; README.md says more.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type App, compared } from './apps.ts'
import type { Measured } from './compare.ts'
import { describeMachine } from './machine.ts'
import { type Figures, measure } from './measure.ts'
import { tables } from './report.ts'
import { roundTrips } from './round-trips.ts'
import { openScene, type Scene } from './scene.ts'

/** Cores used by others during a window, above which its figures say little. */
const NOISE = 0.25

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    secs: { type: 'string' },
    only: { type: 'string', default: compared.map(({ name }) => name).join() },
  },
})
const rounds = Number(values.rounds ?? (values.quick ? 1 : 5))
const seconds = Number(values.secs ?? (values.quick ? 1 : 4))
const only = values.only.split(',')
/** A part, or a glance, is shown and not kept. */
const isWhole = !values.quick && compared.every(({ name }) => only.includes(name))
const noises: number[] = []
const wrong: string[] = []

const scene = await openScene()
try {
  const text = report(
    await measureAll(
      scene,
      compared.filter(({ name }) => only.includes(name)),
    ),
  )
  console.log(text)
  if (isWhole) writeFileSync(join(import.meta.dirname, 'results.md'), text)
  if (wrong.length > 0) process.exitCode = 1
} finally {
  await scene.close()
}

/** Every second round runs backwards, so that nobody always comes after the same one. */
async function measureAll(scene: Scene, apps: App[]): Promise<Measured[]> {
  const all = new Map<App, Measured>()
  for (const app of apps) {
    const measured = await prepare(scene, app)
    if (measured) all.set(app, measured)
  }
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? [...all] : [...all].reverse()
    for (const [app, { rounds }] of order) rounds.push(await measureOne(scene, app))
  }
  return [...all.values()]
}

/** What it asks of Redis, and whether it can be measured at all: an engine may not be installed. */
async function prepare(scene: Scene, app: App): Promise<Measured | undefined> {
  try {
    const trips = await roundTrips(scene, app)
    return { name: app.name, isDurable: app.isDurable, rounds: [], trips }
  } catch (error) {
    wrong.push(`${app.name} was not measured: ${error instanceof Error ? error.message : error}`)
    return undefined
  }
}

async function measureOne(scene: Scene, app: App): Promise<Figures> {
  const figures = await measure(scene, app, seconds)
  const { warm, dance, faults } = figures
  const noise = Math.max(warm.othersShare, dance.othersShare)
  noises.push(noise)
  console.log(
    `${app.name.padEnd(14)} ${warm.rate.toFixed(0)} warm/s, ${dance.rate.toFixed(0)} dances/s,` +
      ` cores warm ${warm.appShare.toFixed(2)} + ${warm.restShare.toFixed(2)}, others ${noise.toFixed(2)}`,
  )
  if (noise > NOISE) console.log(`  others used ${noise.toFixed(2)} of a core: trust this one less`)
  if (faults !== 0) wrong.push(`${app.name}: ${faults} pushes missing, doubled, failed or refused`)
  return figures
}

function report(all: Measured[]): string {
  const noisy = noises.filter((noise) => noise > NOISE).length
  const kills = join(import.meta.dirname, 'kill.md')
  return `# Results

${describeMachine()}.
${rounds} rounds, ${seconds} s a window; figures are medians. How it is measured, and how far to trust it: [README](README.md).

${tables(all)}

Other processes used at most ${Math.max(...noises).toFixed(2)} of a core during a window; ${noisy} of ${noises.length} runs had more than ${NOISE}.
${wrong.length > 0 ? `**Wrong:** ${wrong.join('; ')}.` : 'The vendor saw exactly the pushes that were counted, and refused none.'}
${existsSync(kills) ? `\n${readFileSync(kills, 'utf8')}` : ''}`
}
