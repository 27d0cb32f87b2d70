// What piles up beside tokens, each with its own measure: what is known of campaigns, the audit trail, vendors, masters of Redis.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startRedisServer } from '../test/support/redis/redis-server.ts'
import { ours, vendorFile } from './apps.ts'
import { fill } from './fill-tokens.ts'
import { AT_ONCE, measureSyncs, type Part, SESSIONS, SYNC_COLUMNS } from './growth-parts.ts'
import { load, noLook } from './load.ts'
import type { RunningApp, Scene } from './scene.ts'
import { createVisitor, establish, warm } from './visitor.ts'
import { CLIENT } from './workload.ts'

/** Links, what was accepted, and results: a field or a member for each campaign that ever was. */
const FILL_KNOWN = `
  for number = ARGV[1], ARGV[2] - 1 do
    local id = 'gone' .. number
    redis.call('HSET', 'cs:links:bench', id .. ' ', '{"values":{"id":"' .. id .. '"},"at":1795717647016}')
    redis.call('HSET', 'cs:accepted:bench', id, 'QptMveHFYs6KOPdBydb0Oe')
    redis.call('HSET', 'cs:accepted:bench:fields', id, ARGV[3])
    redis.call('ZADD', 'cs:log:bench', 200001795717647016, id)
  end`

export async function known(scene: Scene, seconds: number): Promise<Part> {
  await scene.redis.client.flushAll()
  const run = await scene.startApp(ours)
  const visitors = await establish(run.site, SESSIONS)
  const detail = (await scene.redis.client.hGet('cs:accepted:bench:fields', 'c0')) ?? ''
  const rows: number[][] = []
  let there = 0
  for (const count of [100, 10_000, 1_000_000]) {
    await fill(scene.redis, FILL_KNOWN, there, count, [detail])
    there = count
    const options = { concurrency: AT_ONCE, seconds }
    rows.push([count, ...(await measureSyncs(scene, [run.pid], warm(visitors), options))])
  }
  await run.stop()
  await scene.redis.client.flushAll()
  return {
    name: 'known',
    title: 'Campaigns that are known',
    note: `Warm syncs of ${SESSIONS} sessions, ${AT_ONCE} at once, beside a link, what was accepted and a result of as many other campaigns at the same vendor.`,
    columns: ['campaigns known', ...SYNC_COLUMNS],
    rows,
    drawn: [['p50 ms', 'p99 ms']],
  }
}

/** Copies of a real entry, with smaller numbers, at the old end of a day's list. */
const FILL_AUDIT = `
  for number = ARGV[1], ARGV[2] - 1 do
    redis.call('RPUSH', ARGV[3], (ARGV[4]:gsub('"seq":%d+', '"seq":' .. (2000000 - number))))
  end`

export async function audit(scene: Scene, seconds: number): Promise<Part> {
  await scene.redis.client.flushAll()
  const run = await scene.startApp(ours, { environment: { AUDIT_DAYS: '365' } })
  const visitors = await establish(run.site, SESSIONS)
  const { keys } = await scene.redis.client.scan('0', { MATCH: 'cs:audit:*-*', COUNT: 10_000 })
  const [list = ''] = keys
  const [entry = ''] = await scene.redis.client.lRange(list, -1, -1)
  const rows: number[][] = []
  let there = 0
  for (const count of [100, 10_000, 1_000_000]) {
    await fill(scene.redis, FILL_AUDIT, there, count, [list, entry])
    there = count
    const options = { concurrency: AT_ONCE, seconds }
    const window = await measureSyncs(scene, [run.pid], warm(visitors), options)
    rows.push([count, ...window, await pageMs(run, '/audit', seconds)])
  }
  await run.stop()
  await scene.redis.client.flushAll()
  return {
    name: 'audit',
    title: 'Entries of the audit trail',
    note: `Warm syncs as above, each with its two entries, and the page of the trail.`,
    columns: ['entries', ...SYNC_COLUMNS, 'page p50 ms'],
    rows,
    drawn: [['p50 ms', 'p99 ms', 'page p50 ms']],
  }
}

export async function vendors(scene: Scene, seconds: number): Promise<Part> {
  const rows: number[][] = []
  for (const count of [1, 10, 100, 336]) {
    const run = await scene.startApp(ours, { environment: vendorSettings(scene, count) })
    const visitors = await establish(run.site, SESSIONS)
    const options = { concurrency: AT_ONCE, seconds }
    const window = await measureSyncs(scene, [run.pid], warm(visitors), options)
    rows.push([count, ...window, await pageMs(run, '/campaigns', seconds), run.startMs])
    await run.stop()
  }
  return {
    name: 'vendors',
    title: 'Vendors',
    note: `Warm syncs as above at the first of them, the list of campaigns, and the start.`,
    columns: ['vendors', ...SYNC_COLUMNS, 'page p50 ms', 'start ms'],
    rows,
    drawn: [['p50 ms', 'p99 ms', 'page p50 ms']],
  }
}

/** A folder of vendor files, the benchmark's first, and the settings of their clients. */
function vendorSettings({ folder, vendorUrl }: Scene, count: number): Record<string, string> {
  const path = join(folder, `vendors-${count}`)
  mkdirSync(path)
  const settings: Record<string, string> = { VENDORS: path }
  for (let index = 0; index < count; index++) {
    const id = index === 0 ? 'bench' : `v${index}`
    const file = { ...vendorFile(vendorUrl), id, name: `Vendor ${index}` }
    writeFileSync(join(path, `${String(index).padStart(4, '0')}.json`), JSON.stringify(file))
    settings[`${id.toUpperCase()}_CLIENT_ID`] = CLIENT.id
    settings[`${id.toUpperCase()}_CLIENT_SECRET`] = CLIENT.secret
  }
  return settings
}

export async function masters(scene: Scene, seconds: number): Promise<Part> {
  const servers = await Promise.all(
    [1, 2, 3].map(() => startRedisServer({ args: ['--cluster-enabled', 'yes'] })),
  )
  const hosts = servers.map(({ port }) => `127.0.0.1:${port}`)
  execFileSync('redis-cli', ['--cluster', 'create', ...hosts, '--cluster-yes'])
  const rows: number[][] = []
  for (const redis of [undefined, `redis+cluster://${hosts.join(',')}`]) {
    const run = await scene.startApp(ours, redis === undefined ? {} : { redis })
    const visitors = await establish(run.site, SESSIONS)
    const window = await measureSyncs(scene, [run.pid], warm(visitors), {
      concurrency: AT_ONCE,
      seconds,
    })
    rows.push([redis === undefined ? 1 : 3, ...window])
    await run.stop()
  }
  await Promise.all(servers.map(({ stop }) => stop()))
  return {
    name: 'masters',
    title: 'Masters of Redis',
    note: `Warm syncs as above on one server and on a cluster of three, all on one core.`,
    columns: ['masters', ...SYNC_COLUMNS],
    rows,
    drawn: [],
  }
}

/** Half of these pages took less, one at a time. */
async function pageMs(run: RunningApp, path: string, seconds: number): Promise<number> {
  const visitor = createVisitor(run.site, 'c0')
  await visitor.dance()
  const open = () => visitor.open(path)
  return (await load(open, { concurrency: 1, seconds: seconds / 2, look: noLook })).p50
}
