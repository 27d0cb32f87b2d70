// kill -9 at every step of a press, for this app and its peers, with the vendor's ledger: who lost what, who doubled what.

import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import '../scripts/build.ts' // what is killed is the bundle of this source
import { startRedisServer } from '../test/support/redis/redis-server.ts'
import { type App, compared, vendorFile } from './apps.ts'
import { type Engine, startEngine } from './engines.ts'
import { closeConnections } from './http.ts'
import { type Death, playLane, type Stage } from './kill-lane.ts'
import { type Row, table } from './kill-report.ts'
import type { Watch } from './kill-watch.ts'
import { ALL_CORES, describeMachine } from './machine.ts'
import { createVendor } from './vendor.ts'
import { campaigns } from './workload.ts'

/** Steps of one app that are tried; those around the push always. */
const MOST_STEPS = 12
const LANES = 128
const AT_ONCE = 3
/** No lane begins later. */
const LAST_START_MS = 100_000
/** A job's lock and the next look for stalled jobs take 30 s each by default; the others begin anew when they start. */
const ALONE_MS = { BullMQ: 66_000, others: 6_000 }

const { values } = parseArgs({
  options: { only: { type: 'string', default: 'ours,simple-oauth2,BullMQ,DBOS,Restate' } },
})
const only = values.only.split(',')
const began = performance.now()

const folder = mkdtempSync(join(tmpdir(), 'campaign-sync-kill-'))
const pushes = new Map<string, string[]>()
const vendor = createVendor((campaign, key = `none ${Math.random()}`) => {
  pushes.set(campaign, [...(pushes.get(campaign) ?? []), key])
}).listen(0, '127.0.0.1')
await once(vendor, 'listening')
const redis = await startRedisServer({ args: ['--databases', String(LANES)] })
const engines: Engine[] = []
const waiting: (() => void)[] = []
let [lanes, underWay] = [0, 0]

try {
  const tried = compared.filter(({ name }) => only.includes(name))
  const rows = await tryAll(await Promise.all(tried.map(prepare)))
  const text = report(rows)
  console.log(text)
  if (tried.length === 5) writeFileSync(join(import.meta.dirname, 'kill.md'), text)
} finally {
  for (const engine of engines) await engine.stop()
  await closeConnections()
  await redis.stop()
  vendor.close().closeAllConnections()
  rmSync(folder, { recursive: true, force: true })
}

/** An app with one kind of vendor file, and the steps of a press of its. */
interface Prepared {
  app: App
  /** Ours does otherwise when its vendor file says that a push may not be repeated; nobody else can tell. */
  takesKeys: boolean[]
  stage: Stage
  count: number
  steps: number[]
}

/** Starts its engine, and counts its steps. */
async function prepare(app: App): Promise<Prepared[]> {
  const log = join(folder, `${app.name}.log`)
  const engine = app.engine && (await startEngine(app.engine, { cores: ALL_CORES, log }))
  if (engine) engines.push(engine)
  const kinds = app.name === 'ours' ? [[true], [false]] : [[true, false]]
  const prepared = kinds.map(async (takesKeys) => {
    const stage = stageFor(engine, log, takesKeys.includes(true))
    const { watch } = await playLane(stage, app, { number: lanes++, aloneMs: 0 })
    return { app, takesKeys, stage, count: watch.count, steps: stepsOf(watch) }
  })
  return Promise.all(prepared)
}

/** Each app's first step, then each one's second: when time is short, each has lost some. */
async function tryAll(prepared: Prepared[][]): Promise<Row[]> {
  const all = prepared.flat()
  const deaths = new Map(all.map((one): [Prepared, Death[]] => [one, []]))
  const played: Promise<void>[] = []
  for (let index = 0; index < MOST_STEPS; index++)
    for (const one of all) {
      const step = one.steps[index]
      if (step !== undefined) played.push(tryOne(one, step, deaths.get(one) ?? []))
    }
  await Promise.all(played)
  return all.flatMap((one) =>
    one.takesKeys.map((takesKeys) => ({
      ...{ app: one.app, takesKeys, steps: one.count },
      deaths: deaths.get(one) ?? [],
    })),
  )
}

async function tryOne({ app, stage }: Prepared, step: number, deaths: Death[]): Promise<void> {
  const aloneMs = app.name === 'BullMQ' ? ALONE_MS.BullMQ : ALONE_MS.others
  try {
    const { death } = await playLane(stage, app, { number: lanes++, step, aloneMs })
    console.log(`${app.name} step ${step}: ${JSON.stringify(death)}`)
    if (death) deaths.push(death)
  } catch (error) {
    console.log(`${app.name} step ${step}: ${error}`)
  }
}

/** All of them, or those around the push and some of the others; those around it come first. */
function stepsOf({ count, vendorAt }: Watch): number[] {
  const all = Array.from({ length: count }, (_, index) => index + 1)
  const near = all.filter((step) => step >= vendorAt - 1 && step <= vendorAt + 5)
  const rest = all.filter((step) => !near.includes(step))
  const every = Math.max(1, rest.length / (MOST_STEPS - near.length))
  const some = Array.from({ length: MOST_STEPS - near.length }, (_, index) =>
    rest.slice(Math.floor(index * every), Math.floor(index * every) + 1),
  )
  return [...near, ...some.flat()]
}

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (underWay >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve))
  underWay += 1
  try {
    if (performance.now() - began > LAST_START_MS) throw new Error('not in time')
    return await work()
  } finally {
    underWay -= 1
    waiting.shift()?.()
  }
}

function stageFor(engine: Engine | undefined, log: string, takesKeys: boolean): Stage {
  const address = vendor.address()
  if (address === null || typeof address === 'string') throw new Error('no port from the kernel')
  const file = (name: string, content: unknown) => {
    writeFileSync(join(folder, name), JSON.stringify(content))
    return join(folder, name)
  }
  return {
    ...{ engine, log, folder, inTurn, redisPort: redis.port, vendorPort: address.port },
    ledger: (campaign) => pushes.get(campaign) ?? [],
    campaignsFile: file('campaigns.json', campaigns(LANES)),
    vendorFile: (url) => file(`vendor-${new URL(url).port}.json`, vendorFile(url, takesKeys)),
  }
}

function report(rows: Row[]): string {
  return `## Killed at every step of a press

${describeMachine()}. \`node bench/kill.ts\`, ${Math.round((performance.now() - began) / 1000)} s.

${table(rows)}
`
}
