// The session: its id, its end, and what a broken one does.
import { expect, test } from 'vitest'
import { readPage } from '../support/browser/page.ts'
import { pressSync, sync, told, toVendor } from '../support/scene/authorization.ts'
import { tokensIn } from '../support/scene/callbacks.ts'
import { caseScenes } from '../support/scene/case-scene.ts'

const { begin } = caseScenes()

test('SES-01: an id from before the first access is worth nothing after it', async () => {
  const { person, app, visitor, vendor, dump } = await begin()
  await toVendor(person, 'C1')
  const planted = person.jar.value('campaign-sync') ?? ''
  await sync(person, 'C1')
  expect(person.jar.value('campaign-sync')).not.toBe(planted)
  const [before = '', after = ''] = person.sessionIds()
  const keys = (await dump()).map(({ key }) => key)
  expect(keys).not.toContain(`sess:${before}`)
  expect(keys).toContain(`sess:${after}`)
  const attacker = visitor(app.url)
  const cookie = `campaign-sync=${planted}`
  expect((await attacker.get('/campaigns/C1', { cookie })).body).not.toMatch(/access for \d/)
  const pressed = await attacker.post('/campaigns/C1/sync', {}, { cookie })
  expect(pressed.next?.pathname).toBe('/connect/fake/C1')
  expect(vendor.effects('C1')).toBe(1)
})

test('SES-09: a sync under way while the person signs out brings nothing back', async () => {
  const { person, vendor, dump } = await begin()
  await sync(person, 'C1')
  const push = vendor.gate('api')
  const slow = pressSync(person, 'C1')
  await push.arrived
  await person.follow(await person.post('/session/end', {}))
  push.release()
  expect((await slow).status).toBe(303)
  expect((await dump()).filter(({ key }) => /^(sess|tok|conn|ref):/.test(key))).toEqual([])
  person.jar.forget()
  expect((await person.open('/campaigns')).body).not.toMatch(/access for \d/)
})

test.each([
  ['answers 503', { status: 503 }],
  ['knows no such token type', { status: 400, body: { error: 'unsupported_token_type' } }],
  ['cuts the line', { reset: true as const }],
  ['does not answer', { never: true as const }],
])('SES-10: signing out works, in time, when the vendor %s', async (_, step) => {
  const { person, vendor, dump } = await begin()
  await sync(person, 'C1')
  vendor.always('revoke', step)
  const started = performance.now()
  const end = await person.follow(await person.post('/session/end', {}))
  expect(performance.now() - started).toBeLessThan(8_000) // 2.5 s for the vendor, and a busy machine; waiting for its answer would take 10 s
  expect([end.status, end.url.pathname]).toEqual([200, '/session/ended'])
  expect((await dump()).filter(({ key }) => /^(sess|tok|conn):/.test(key))).toEqual([])
  expect(vendor.at('revoke').length).toBeLessThanOrEqual(2)
})

test('SES-14: a stored session that is broken is replaced, and its person can go on', async () => {
  const { person, app, dump } = await begin()
  const { store } = app.context
  const broken = [
    '{bad',
    '',
    'null',
    '[]',
    '{"owner":7}',
    '{"owner":"x","cookie":null}',
    'x'.repeat(2_000_000),
  ]
  for (const value of [...broken, undefined]) {
    expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
    for (const { key } of await dump()) {
      if (!key.startsWith('sess:')) continue
      await store.del(key)
      if (value === undefined) await store.lPush(key, 'a list')
      else await store.set(key, value, { expiration: { type: 'EX', value: 60 } })
      if (value === undefined) await store.expire(key, 60)
    }
    const page = await person.open('/campaigns/C1')
    expect(page.status).toBe(200)
    expect(readPage(page.body).heading).toBe('Spring launch')
  }
})

test('SES-15: visitors without a cookie leave nothing and get nothing', {
  timeout: 120_000,
}, async () => {
  const { app, visitor, dump } = await begin()
  const stranger = visitor(app.url)
  const paths = [
    '/',
    '/campaigns',
    '/healthz',
    '/robots.txt',
    '/nowhere',
    '/campaigns/C1',
    '/oauth/fake/callback?code=x&state=y',
    '/connections',
  ]
  const rounds = process.env.FULL ? 1_250 : 60 // 10 000 requests, which take a minute, or 480
  for (let round = 0; round < rounds; round++)
    await Promise.all(paths.map((path) => stranger.get(path)))
  expect(stranger.jar.given).toEqual([])
  expect(await dump()).toEqual([])
})

test('SES-16: session ids are 256 random bits', async () => {
  const { app, visitor } = await begin()
  const ids: string[] = []
  for (let people = 0; people < 20; people++) {
    const person = visitor(app.url)
    await person.post('/campaigns/C1/sync', {})
    ids.push(...person.sessionIds())
  }
  expect(ids.filter((id) => !/^[\w-]{43}$/.test(id))).toEqual([])
  expect(new Set(ids).size).toBe(20)
  // The canary of the scene looks for each of them in pages, addresses and logs.
})

test('SES-17: to disconnect one campaign leaves the access of another', async () => {
  const { person, dump } = await begin()
  await sync(person, 'C1')
  await sync(person, 'C2')
  await person.follow(
    await person.post('/connections/fake/campaign:C1/disconnect', { referrer: '/campaigns' }),
  )
  expect(tokensIn(await dump()).map((key) => key.split(':').at(-1))).toEqual(['C2'])
  expect(told(await sync(person, 'C2'))).toContain('Webinar EMEA synced.')
})

test('TEN-09: after signing out the next person starts from nothing', async () => {
  const { person, vendor, dump } = await begin()
  await sync(person, 'C1')
  await sync(person, 'C2')
  const end = await person.follow(await person.post('/session/end', {}))
  expect([end.status, end.url.pathname]).toEqual([200, '/session/ended'])
  expect(end.body).not.toMatch(/access for \d/)
  expect(person.jar.names()).toEqual([])
  const mine = (await dump()).filter(({ key }) => /^(tok|conn|sess|ref):/.test(key))
  expect(mine).toEqual([])
  expect(vendor.at('revoke')).toHaveLength(2)
  const exchanges = vendor.at('token').length
  await toVendor(person, 'C1')
  expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
  expect(vendor.at('token')).toHaveLength(exchanges + 1)
  for (const { headers, url } of person.visits)
    if (url.pathname !== '/authorize') expect(headers['cache-control']).toContain('no-store')
})
