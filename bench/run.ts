// The benchmark: this app and two peers, each right after the floor, in interleaved rounds. `npm run bench -- --rounds 3`
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type App, compared, raw } from './apps.ts'
import { describeMachine } from './machine.ts'
import { type Figures, measure } from './measure.ts'
import { commandList, floorOf, goals, type Measured, shares, table } from './report.ts'
import { roundTrips } from './round-trips.ts'
import { openScene, type Scene } from './scene.ts'

/** Cores used by others during a window, above which its figures say little. */
const NOISE = 0.25

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    secs: { type: 'string', default: '6' },
    only: { type: 'string', default: 'raw,ours,simple-oauth2,grant' },
  },
})
const only = values.only.split(',')
const apps = compared.filter(({ name }) => only.includes(name))
const noises: number[] = []
const wrong: string[] = []

const scene = await openScene()
try {
  const all = await measureAll(scene)
  const text = report(all, floorOf(all, await roundTrips(scene, raw)))
  console.log(text)
  writeFileSync(join(import.meta.dirname, 'results.md'), text)
  if (wrong.length > 0) process.exitCode = 1
} finally {
  await scene.close()
}

async function measureAll(scene: Scene): Promise<Measured[]> {
  const all: Measured[] = []
  for (const app of apps)
    all.push({ name: app.name, rounds: [], trips: await roundTrips(scene, app) })
  for (let round = 0; round < Number(values.rounds); round++)
    for (const [index, app] of apps.entries()) {
      const floor = await measureOne(scene, raw)
      all[index]?.rounds.push({ floor, figures: await measureOne(scene, app) })
    }
  return all
}

async function measureOne(scene: Scene, app: App): Promise<Figures> {
  const figures = await measure(scene, app, Number(values.secs))
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

function report(all: Measured[], floor: Measured): string {
  const [ours] = all.filter(({ name }) => name === 'ours')
  const noisy = noises.filter((noise) => noise > NOISE).length
  return `# Results

${describeMachine()}.
${values.rounds} rounds, ${values.secs} s a window. How it is measured, and how far to trust it: [README](README.md).

${table([floor, ...all])}

Figures are medians; × raw is the median of the ratios to the raw run right before. Start and idle RSS of ours with 100
campaigns, for peers have none; loaded RSS with the 2,000 of the load. Waits: Redis round trips one after another.

${
  ours
    ? goals(
        ours,
        all.filter((one) => one !== ours),
      )
    : ''
}

Redis commands for one operation:

${commandList([floor, ...all])}

Share of a core: the app, and what it is measured with (Redis, vendor, driver). Near 1 that is the limit.

${shares([floor, ...all])}

Other processes used at most ${Math.max(...noises).toFixed(2)} of a core during a window; ${noisy} of ${noises.length} runs had more than ${NOISE}.
${wrong.length > 0 ? `**Wrong:** ${wrong.join('; ')}.` : 'The vendor saw exactly the pushes that were counted, and refused none.'}
`
}
