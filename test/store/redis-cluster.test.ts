// The real app on a real Redis Cluster: everything a person does, with each request on another process, and masters that die.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { readRedisUrl } from '../../src/store/redis/address.ts'
import { openCluster } from '../../src/store/redis/cluster.ts'
import { REPLY_MS } from '../../src/store/redis/connection.ts'
import { startRun, until } from '../support/app/runs.ts'
import type { Visitor } from '../support/browser/http-visitor.ts'
import { readPage, withoutChoices } from '../support/browser/page.ts'
import { opened } from '../support/redis/opened-store.ts'
import { type RedisCluster, startRedisCluster } from '../support/redis/redis-cluster.ts'
import { syncButton } from '../support/scene/authorization.ts'
import { expectProblem, expectSync, inScene } from '../support/scene/cases.ts'
import type { Scene } from '../support/scene/scene.ts'

/** In the slot of all of the queue's keys. */
const QUEUE = 'cs:{runs}:runs'

describe('on a Redis Cluster', () => {
  let redis: RedisCluster
  beforeAll(async () => {
    redis = await startRedisCluster(QUEUE)
  })
  afterAll(() => redis?.stop())

  const onCluster = (play: (scene: Scene) => Promise<void>, environment = {}) =>
    inScene({ redisUrl: redis.url, answeredWithin: 5_000, environment }, play)()

  const soon = (holds: () => Promise<void>) => vi.waitFor(holds, { timeout: 15_000, interval: 100 })
  const goesDown = (origin: string) =>
    soon(async () => expect((await fetch(`${origin}/readyz`)).status).toBe(503))
  /** Every master this person's pages need answers again; nothing was pressed. */
  const goesOn = (person: Visitor) =>
    soon(async () => {
      for (const page of ['/campaigns', '/campaigns/C1', '/connections'])
        expect(readPage((await person.open(page)).body).text).not.toContain('right now')
      expect(
        readPage((await person.open('/campaigns/C1')).body).actions.some(syncButton('C1')),
      ).toBe(true)
    })

  test('two processes: the dance, a run, the limit and a disconnect', () =>
    onCluster(
      async (scene) => {
        const { vendor } = scene
        const balancer = await scene.startBalancer()
        const apps = await Promise.all(
          [1, 2].map(() => scene.startProcess({ publicUrl: balancer.url })),
        )
        balancer.targets.push(...apps.map(({ origin }) => origin))
        const person = scene.visitor(balancer.url)
        vendor.settings.expiresIn = 3600
        await expectSync(person, 'C1', 'Spring launch')
        await expectSync(person, 'C1', 'Spring launch')
        expect([vendor.effects('C1'), vendor.at('authorize').length]).toEqual([2, 1])
        expect((await person.open('/campaigns/C1/preview')).body).toContain(
          'Nothing of it has changed since Fake Ads last accepted it.',
        )
        const { id } = await startRun(person, { all: '1', unchanged: '1' })
        expect(await until(person, id, 'done')).toMatchObject({ sent: 4, failed: 0, unknown: 0 })
        const at = '/connections/fake/campaign:C1'
        await person.follow(await person.post(`${at}/disconnect`, { referrer: '/campaigns/C1' }))
        const { body } = await person.open('/connections')
        expect(readPage(withoutChoices(body)).text).not.toContain('Spring launch')
        const presses = Array.from({ length: 12 }, () => person.post('/campaigns/C1/sync', {}))
        expect((await Promise.all(presses)).map(({ status }) => status)).toContain(429)
        expect(vendor.effects('C1')).toBe(3)
      },
      { RATE_LIMIT: '10' },
    ))

  test('this process pauses for longer than a reply may take: the reply that came meanwhile counts', async (context) => {
    const { store, events } = await opened(context, (log) =>
      openCluster(readRedisUrl(redis.url), { log }),
    )
    await store.set('k', 'v', { expiration: { type: 'EX', value: 60 } })
    const master = await redis.masterOf('cs:k')
    master.freeze()
    const reply = store.get('k')
    for (const _ of [1, 2, 3]) await nextTurn() // the command is written in one of them
    master.thaw()
    pause(REPLY_MS + 200)
    expect(await reply).toBe('v')
    expect(await store.get('k')).toBe('v')
    expect(events).toEqual(['store.ready'])
  })

  test('a master without a replica is killed: pages still come and say so; it is back, and all goes on', () =>
    onCluster(async (scene) => {
      const { vendor } = scene
      const app = await scene.startProcess()
      const person = scene.visitor(app.url)
      await expectSync(person, 'C1', 'Spring launch')
      const queues = await redis.masterOf(QUEUE)
      const [victim] = redis.masters.filter((master) => master !== queues)
      await victim?.kill()
      await goesDown(app.origin)
      const list = await person.open('/campaigns')
      expect([list.status, readPage(list.body).text.includes('Spring launch')]).toEqual([200, true])
      expectProblem(await person.post('/campaigns/C1/sync', {}), 503)
      expect(vendor.effects('C1')).toBe(1)
      await victim?.restart()
      await goesOn(person)
      await expectSync(person, 'C1', 'Spring launch')
      expect(vendor.effects('C1')).toBe(2)
    }))

  test('a master with a replica is killed: the replica takes over, and clicks and runs go on without a restart', () =>
    onCluster(async (scene) => {
      const { vendor } = scene
      const app = await scene.startProcess()
      const person = scene.visitor(app.url)
      vendor.settings.expiresIn = 3600
      await expectSync(person, 'C1', 'Spring launch')
      await (await redis.masterOf(QUEUE)).kill()
      await goesDown(app.origin)
      await goesOn(person)
      await expectSync(person, 'C1', 'Spring launch')
      expect(vendor.effects('C1')).toBe(2)
      const { id } = await startRun(person, { all: '1', unchanged: '1' }) // the queue has a connection of its own, which may not be back yet
      expect(await until(person, id, 'done')).toMatchObject({ sent: 4, failed: 0, unknown: 0 })
    }))
})

/** Nothing runs in this process for so many ms. */
function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
