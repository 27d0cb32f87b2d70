// Half of the full rate for long: does memory, do open files or keys grow? `npm run bench:soak -- [--minutes 10]`
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { oursWithMetrics } from './apps.ts'
import { load, noLook } from './load.ts'
import { describeMachine } from './machine.ts'
import { openScene } from './scene.ts'
import { pace, type Sample, takeSample } from './soak-pace.ts'
import { picture, report } from './soak-report.ts'
import { createVisitor, establish, type Site, warm } from './visitor.ts'

const SESSIONS = 256
const AT_ONCE = 16
/** One operation of so many is a dance. */
const DANCE_EVERY = 10
const FULL_RATE_SECONDS = 10
const SAMPLES_MOST_MS = 10_000
const SAMPLES_LEAST = 20
/** All keys are counted at each quarter of the time. */
const FULL_SAMPLES = 4
const PICTURES = join(import.meta.dirname, '..', 'docs', 'growth')

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } })
const ms = Number(values.minutes) * 60_000

const scene = await openScene()
try {
  const run = await scene.startApp(oursWithMetrics)
  const operation = mix(run.site, warm(await establish(run.site, SESSIONS)))
  const seconds = Math.min(FULL_RATE_SECONDS, ms / 1000)
  const full = await load(operation, { concurrency: AT_ONCE, seconds, look: noLook })
  console.log(
    `full rate ${full.rate.toFixed(0)} a second; now half of it for ${values.minutes} minutes`,
  )

  const samples: Sample[] = []
  let looks = 0
  const everyMs = Math.min(SAMPLES_MOST_MS, ms / SAMPLES_LEAST)
  const paced = await pace(
    operation,
    { perSecond: full.rate / 2, ms, everyMs },
    async (progress) => {
      const isFull = ++looks % Math.round(ms / everyMs / FULL_SAMPLES) === 0
      const sample = await takeSample(scene, run, progress, isFull)
      const line = Object.entries(sample.figures).map(
        ([name, value]) => `${name} ${value.toFixed(0)}`,
      )
      console.log(line.join(', '))
      samples.push(sample)
    },
  )
  const { pushes, refused } = await scene.seen()
  const missing = SESSIONS + full.total + paced.done - pushes
  const machine = describeMachine()
  const outcome = {
    machine,
    fullRate: full.rate,
    minutes: values.minutes,
    missing,
    refused,
    ...paced,
  }
  const text = report(samples, outcome)
  console.log(text)
  mkdirSync(PICTURES, { recursive: true })
  writeFileSync(join(import.meta.dirname, 'soak.md'), text)
  writeFileSync(join(PICTURES, 'soak.svg'), picture(samples))
  await run.stop()
} finally {
  await scene.close()
}

/** Warm syncs, and now and then somebody new. */
function mix(site: Site, sync: () => Promise<void>): () => Promise<void> {
  let turn = 0
  return () => (++turn % DANCE_EVERY === 0 ? createVisitor(site).dance() : sync())
}
