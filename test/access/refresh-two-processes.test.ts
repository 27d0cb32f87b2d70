// Two instances on one Redis (BEHAVIOURS 27): of forty requests that meet an ended token, one asks the vendor.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { refreshToken } from '../../src/access/refresh.ts'
import { startApp } from '../support/app/app.ts'
import { prepare } from '../support/app/setup.ts'
import { type RedisServer, startRedisServer } from '../support/redis/redis-server.ts'
import { type Stage, startStage } from '../support/vendor/stage.ts'

let redis: RedisServer
let stage: Stage
beforeAll(async () => {
  redis = await startRedisServer()
  stage = await startStage()
})
afterAll(async () => {
  await stage.close()
  await redis.stop()
})

test('one refresh for all, and a disconnect in the middle is not undone', async () => {
  const setup = prepare({ vendors: [], redisUrl: redis.url })
  const file = join(setup.folder, 'vendor.json')
  const vendor = {
    id: 'ours',
    name: 'Ours',
    authorize: { url: `${stage.url}/authorize` },
    token: { url: `${stage.url}/token` },
    lifetime: { refresh: 'use' },
    api: { baseUrl: stage.url },
  }
  writeFileSync(file, JSON.stringify(vendor))
  Object.assign(setup.environment, { VENDORS: file, OURS_CLIENT_ID: 'c', OURS_CLIENT_SECRET: 's' })
  const first = await startApp(setup)
  const second = await startApp(setup, first.url)
  let made = 1
  stage.on('POST /token', () => {
    made++
    return {
      body: {
        access_token: `at-${made}`,
        refresh_token: `rt-${made}`,
        token_type: 'bearer',
        expires_in: 900,
      },
    }
  })
  const place = { owner: 'o', vendor: first.context.vendor('ours'), subject: 'campaign:C1' }
  const set = {
    accessToken: 'at-1',
    refreshToken: 'rt-1',
    expiresIn: 900,
    scope: undefined,
    values: {},
  }
  const refused = await first.context.tokens.put(place, set)
  const contexts = Array.from({ length: 40 }, (_, index) => (index % 2 ? first : second).context)
  const all = await Promise.all(contexts.map((context) => refreshToken(context, place, refused)))
  expect(new Set(all.map(({ token }) => token?.accessToken))).toEqual(new Set(['at-2']))
  expect(stage.asked('POST /token')).toHaveLength(1)

  const gate = Promise.withResolvers<void>()
  const arrived = Promise.withResolvers<void>()
  stage.on('POST /token', async () => {
    arrived.resolve()
    await gate.promise
    return { body: { access_token: 'late', token_type: 'bearer', expires_in: 900 } }
  })
  const [token] = all.flatMap((one) => one.token ?? [])
  const late = refreshToken(second.context, place, token)
  await arrived.promise
  await first.context.tokens.consume(place)
  gate.resolve()
  expect(await late).toEqual({})
  expect(await first.context.tokens.get(place)).toBeUndefined()
  await Promise.all([first.close(), second.close()])
  setup.remove()
})
