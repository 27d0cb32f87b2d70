// What is made to grow, each with its own measure: campaigns, tokens, visitors at once, processes.
import { cpus } from 'node:os'
import { ours } from './apps.ts'
import { fillTokens } from './fill-tokens.ts'
import { load, noLook } from './load.ts'
import { APP_CORE, REST_CORE } from './machine.ts'
import { measureLoad } from './measure.ts'
import type { Scene } from './scene.ts'
import { createVisitor, establish, warm } from './visitor.ts'

export interface Part {
  name: string
  title: string
  note: string
  /** The first is what grows. */
  columns: string[]
  rows: number[][]
  /** Columns that are drawn, one picture for each group. */
  drawn: string[][]
}

export const SYNC_COLUMNS = ['warm/s', 'p50 ms', 'p99 ms', 'CPU µs', 'not sent %']
export const AT_ONCE = 8
export const SESSIONS = 64

export async function campaigns(scene: Scene, seconds: number): Promise<Part> {
  const rows: number[][] = []
  for (const count of [10, 100, 1_000, 10_000, 100_000]) {
    const run = await scene.startApp(ours, { campaigns: count })
    const visitor = createVisitor(run.site, 'c0')
    await visitor.dance()
    const open = () => visitor.open('/campaigns')
    const { rate, p50, p99 } = await load(open, { concurrency: AT_ONCE, seconds, look: noLook })
    rows.push([count, rate, p50, p99])
    await run.stop()
  }
  return {
    name: 'campaigns',
    title: 'Campaigns in the list',
    note: `GET /campaigns, the first page, ${AT_ONCE} at once.`,
    columns: ['campaigns', 'pages/s', 'p50 ms', 'p99 ms'],
    rows,
    drawn: [['p50 ms', 'p99 ms']],
  }
}

export async function tokens(scene: Scene, seconds: number): Promise<Part> {
  await scene.redis.client.flushAll()
  const run = await scene.startApp(ours)
  const visitors = await establish(run.site, SESSIONS)
  const rows: number[][] = []
  let [there, bytesEach] = [0, 0]
  for (const count of [100, 10_000, 1_000_000]) {
    const before = await scene.redis.usedMb()
    await fillTokens(scene.redis, there, count)
    bytesEach = (((await scene.redis.usedMb()) - before) * 2 ** 20) / (count - there)
    there = count
    const options = { concurrency: AT_ONCE, seconds }
    const window = await measureSyncs(scene, [run.pid], warm(visitors), options)
    rows.push([count, ...window, bytesEach])
  }
  await run.stop()
  await scene.redis.client.flushAll()
  return {
    name: 'tokens',
    title: 'Tokens in Redis',
    note: `Warm syncs of ${SESSIONS} sessions, ${AT_ONCE} at once, among tokens of others; copies of a real one under keys of their own. Bytes by the memory Redis uses, which is coarse for few.`,
    columns: ['tokens', ...SYNC_COLUMNS, 'bytes a token'],
    rows,
    drawn: [['p50 ms', 'p99 ms']],
  }
}

export async function atOnce(scene: Scene, seconds: number): Promise<Part> {
  const run = await scene.startApp(ours)
  const visitors = await establish(run.site, 256)
  const rows: number[][] = []
  for (let concurrency = 1; concurrency <= visitors.length; concurrency *= 2) {
    const options = { concurrency, seconds }
    rows.push([concurrency, ...(await measureSyncs(scene, [run.pid], warm(visitors), options))])
  }
  await run.stop()
  return {
    name: 'at-once',
    title: 'Warm syncs at once',
    note: `${visitors.length} sessions. A vendor is called at most 64 times at once; further clicks wait up to 2 s, then they are told that nothing was sent.`,
    columns: ['at once', ...SYNC_COLUMNS],
    rows,
    drawn: [['warm/s'], ['p50 ms', 'p99 ms']],
  }
}

export async function processes(scene: Scene, seconds: number): Promise<Part> {
  const first = await scene.startApp(ours)
  const cores = cpus().length > 2 ? '2' : REST_CORE
  const second = await scene.startApp(ours, { publicOrigin: first.origin, cores })
  const rows: number[][] = []
  for (const runs of [[first], [first, second]]) {
    const origins = runs.map(({ origin }) => origin)
    const visitors = await establish({ ...first.site, origins }, SESSIONS)
    let turn = 0
    const operation = warm(visitors, (visitor) => visitor.sync(origins[turn++ % origins.length]))
    const pids = runs.map(({ pid }) => pid)
    const options = { concurrency: 32, seconds }
    const window = await measureSyncs(scene, pids, operation, options)
    rows.push([runs.length, ...window, window[0] / (rows[0]?.[1] ?? window[0])])
  }
  await second.stop()
  await first.stop()
  return {
    name: 'processes',
    title: 'Processes',
    note: `Syncs go to both in turn; each session works at both. The first process runs on core ${APP_CORE}, the second on core ${cores}; Redis, the vendor and the driver on core ${REST_CORE}: with two cores they are the limit, and CPU of a sync tells more.`,
    columns: ['processes', ...SYNC_COLUMNS, 'rate, of one'],
    rows,
    drawn: [],
  }
}

/** A window of warm syncs, as `SYNC_COLUMNS` has it. Clicks that were not sent are those the vendor has not seen. */
export async function measureSyncs(
  scene: Scene,
  pids: number[],
  operation: () => Promise<void>,
  options: { concurrency: number; seconds: number },
) {
  const before = await scene.seen()
  const { rate, p50, p99, cpu, total } = await measureLoad(scene, { pids }, operation, options)
  const { pushes } = await scene.seen()
  return [rate, p50, p99, cpu, (1 - (pushes - before.pushes) / total) * 100] as const
}
