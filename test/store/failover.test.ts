// The store on a cluster, and by sentinels: masters that freeze or are not there at the start, wrong names and passwords.
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, type TestContext, test, vi } from 'vitest'
import { openByUrl } from '../../src/store/open.ts'
import { opened, timed } from '../support/redis/opened-store.ts'
import { ask, type RedisCluster, startRedisCluster } from '../support/redis/redis-cluster.ts'
import { type RedisSentinels, startSentinels } from '../support/redis/redis-sentinels.ts'
import type { RedisServer } from '../support/redis/redis-server.ts'

describe('on a cluster', () => {
  let servers: RedisCluster
  beforeAll(async () => {
    servers = await startRedisCluster()
  })
  afterAll(() => servers?.stop())

  test('a frozen master: its commands reject within 2 s, and none given up overwrites a later one', async (context) => {
    const { store, events } = await open(context, servers.url)
    const master = await servers.masterOf('cs:k')
    await store.set('k', 'before')
    master.freeze()
    context.onTestFinished(master.thaw)
    const commands: Promise<{ message: string; ms: number }>[] = []
    const traffic = setInterval(() => commands.push(timed(store.set('k', 'given up'))), 50)
    await eventually(() => expect(events).toContain('store.error'))
    clearInterval(traffic)
    for (const { message, ms } of await Promise.all(commands)) {
      expect(message).toMatch(/did not answer|offline|Disconnects/)
      expect(ms).toBeLessThan(2000)
    }
    master.thaw()
    await eventually(async () => expect(await store.set('k', 'later')).toBe('OK'))
    await store.ping()
    expect(await store.get('k')).toBe('later')
    await servers.whole()
  })

  test('opens while all of it is away, rejects, and works once it is there', async (context) => {
    for (const master of servers.masters) await master.kill()
    const opening = performance.now()
    const { store } = await open(context, servers.url)
    expect(performance.now() - opening).toBeLessThan(4500)
    expect((await timed(store.get('k'))).message).toMatch(/offline|closed/)
    await expect(store.ping()).rejects.toThrow()
    for (const master of servers.masters) await master.restart()
    await eventually(async () => expect(await store.get('k')).toBe('later'))
    await servers.whole()
  })

  test('does not open without the right password, and does not repeat the wrong one', async (context) => {
    for (const master of servers.masters) {
      await ask(master, ['ACL', 'SETUSER', 'ann', 'on', '>right', '~*', '+@all'])
      await ask(master, ['ACL', 'SETUSER', 'bob', 'on', '>right', '~*', '+@all', '-getdel'])
    }
    const as = (login: string) => servers.url.replace('://', `://${login}@`)
    expect((await timed(openByUrl(as('ann:wr0ng')))).message).toMatch(
      /^Redis Cluster at [^@]* does not take this user/,
    )
    expect((await timed(openByUrl(as('bob:right')))).message).toMatch(
      /does not let this user run GETDEL/,
    )
    const { store } = await open(context, as('ann:right'))
    expect(await store.get('none')).toBe(null)
  })
})

describe('by sentinels', () => {
  let servers: RedisSentinels
  beforeAll(async () => {
    servers = await startSentinels()
  })
  afterAll(() => servers?.stop())

  test('does not open when they know no such master', async () => {
    const { message } = await timed(openByUrl(servers.url.replace(/\w+$/, 'nobody')))
    expect(message).toMatch(/knows no nobody/)
  })

  test('opens while one of them is away; a frozen master is left for the next, and cannot disturb it', async (context) => {
    await servers.sentinels[0]?.kill()
    const { store, events } = await open(context, servers.url)
    await store.set('k', 'before')
    servers.master.freeze()
    context.onTestFinished(servers.master.thaw)
    const { message, ms } = await timed(store.set('k', 'given up'))
    expect(message).toMatch(/did not answer/)
    expect(ms).toBeLessThan(2000)
    await eventually(async () => expect(await store.set('k', 'later')).toBe('OK'))
    servers.master.thaw()
    expect(await store.get('k')).toBe('later')
    expect(events).toEqual(['store.ready', 'store.error', 'store.ready'])
  })
})

test('a master that is replaced while it lives is left at once, and who reports it late does not cut the next connection', async (context) => {
  const servers = await startSentinels()
  context.onTestFinished(servers.stop)
  const { store } = await open(context, servers.url)
  await store.set('k', 'before')
  const [sentinel, , late] = servers.sentinels
  if (!sentinel || !late) throw new Error('there are three sentinels')
  const report = await reportBy(late, context)
  late.freeze()
  await eventually(async () => {
    const told = await ask(servers.replica, ['INFO', 'replication'])
    // A sentinel whose news of the replica are too old refuses, or gives up.
    const failover = ['SENTINEL', 'FAILOVER', 'campaigns']
    if (!told.includes('role:master')) await ask(sentinel, failover).catch(() => {})
    expect(told).toContain('role:master')
  })
  await eventually(async () => {
    await store.set('k', 'after')
    expect(await ask(servers.replica, ['GET', 'cs:k'])).toBe('after')
  })
  late.thaw()
  await report.given
  for (let gets = 0; gets < 20; gets++) expect(await store.get('k')).toBe('after')
})

/** `given` resolves when this sentinel reports that the master is another. */
async function reportBy({ url }: RedisServer, { onTestFinished }: TestContext) {
  const client = createClient({ url })
  await client.on('error', () => {}).connect()
  onTestFinished(() => client.destroy())
  const { promise: given, resolve } = Promise.withResolvers<unknown>()
  await client.subscribe('+switch-master', resolve)
  return { given }
}

const eventually = (holds: () => void | Promise<void>) =>
  vi.waitFor(holds, { timeout: 15_000, interval: 20 })

function open(context: TestContext, url: string) {
  return opened(context, (log) => openByUrl(url, log))
}
