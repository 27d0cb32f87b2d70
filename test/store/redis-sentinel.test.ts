// The real app on a Redis that sentinels watch: its master dies, and the app goes on with the next one.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startRun, until } from '../support/app/runs.ts'
import { readPage } from '../support/browser/page.ts'
import { type RedisSentinels, startSentinels } from '../support/redis/redis-sentinels.ts'
import { sync, told } from '../support/scene/authorization.ts'
import { expectProblem, expectSync, inScene } from '../support/scene/cases.ts'

describe('on a Redis with sentinels', () => {
  let redis: RedisSentinels
  beforeAll(async () => {
    redis = await startSentinels()
  })
  afterAll(() => redis?.stop())

  test('the master is killed, and clicks and runs after it go on without a restart, each pushed once', async () => {
    await inScene({ redisUrl: redis.url, answeredWithin: 5_000 }, async (scene) => {
      const { vendor } = scene
      const app = await scene.startProcess()
      const person = scene.visitor(app.url)
      vendor.settings.expiresIn = 3600
      await expectSync(person, 'C1', 'Spring launch')
      const before = await startRun(person, { all: '1', unchanged: '1' })
      expect(await until(person, before.id, 'done')).toMatchObject({ sent: 4 })

      await redis.master.kill()
      const list = await person.open('/campaigns')
      expect([list.status, readPage(list.body).text.includes('Spring launch')]).toEqual([200, true])
      expectProblem(await person.post('/campaigns/C2/sync', {}), 503)
      expect((await fetch(`${app.origin}/readyz`)).status).toBe(503)
      expect(vendor.effects('C2')).toBe(1)

      await vi.waitFor(async () => expect((await fetch(`${app.origin}/readyz`)).status).toBe(200), {
        timeout: 15_000,
        interval: 50,
      })
      expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
      expect(told(await sync(person, 'C2'))).toContain('Webinar EMEA synced.')
      expect([vendor.effects('C1'), vendor.effects('C2')]).toEqual([3, 2])
      const after = await startRun(person, { all: '1', unchanged: '1' })
      expect(await until(person, after.id, 'done')).toMatchObject({ sent: 4 })
      expect([vendor.effects('C1'), vendor.effects('C2')]).toEqual([4, 3])
      expect(app.isClosed()).toBe(false)
    })()
  })
})
