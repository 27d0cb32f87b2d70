// Coming back as another account (BEHAVIOURS 28): nothing is pushed before the person has said whose access to use.
import { afterEach, expect, test, vi } from 'vitest'
import { look, startRun, until } from '../support/app/runs.ts'
import { readPage } from '../support/browser/page.ts'
import { failDeletions, failWrites, holdWrite } from '../support/redis/store-faults.ts'
import { sync, told } from '../support/scene/authorization.ts'
import { playWith, startStage } from '../support/vendor/stage.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  vi.useRealTimers()
  for (const one of open.splice(0).reverse()) await one.close()
})

test('asks, and pushes nothing yet', async () => {
  const { stage, person } = await cameBackAs('sam')
  const page = await sync(person, 'C2')
  expect(readPage(page.body).text).toContain(
    'You approved as sam@acme; earlier syncs used dana@acme',
  )
  expect(stage.pushed()).toEqual(['dana'])
  expect(page.body + page.url.href).not.toContain('at-sam')
})

test('"Use sam" goes on with sam, and sam is the account from now on', async () => {
  const { stage, person } = await cameBackAs('sam')
  const done = await person.click(await sync(person, 'C2'), 'Use sam@acme')
  expect(told(done)).toBe('Connected as sam@acme. Webinar EMEA synced.')
  expect(told(await sync(person, 'C3'))).toBe('Connected as sam@acme. Autumn sale synced.')
  expect(stage.pushed()).toEqual(['dana', 'sam', 'sam'])
})

test('"Go back and choose dana" is a new trip that lets people choose; the other access is given back', async () => {
  const { stage, person } = await cameBackAs('sam')
  const asked = await sync(person, 'C2')
  stage.become('dana')
  const done = await person.click(asked, 'Go back and choose dana@acme')
  expect(told(done)).toBe('Connected as dana@acme. Webinar EMEA synced.')
  expect(stage.pushed()).toEqual(['dana', 'dana'])
  expect(stage.asked('GET /authorize').at(-1)?.url.searchParams.get('prompt')).toBe('login')
  expect(stage.revoked().sort()).toEqual(['at-sam', 'rt-sam'])
})

test.each([
  ['signing out', '/session/end', ['at-dana', 'at-sam', 'rt-dana', 'rt-sam']],
  ['Disconnect', '/connections/ours/campaign:C2/disconnect', ['at-sam', 'rt-sam']],
])('%s gives back what nobody has chosen yet, refresh tokens too', async (_, path, tokens) => {
  const { stage, person } = await cameBackAs('sam')
  const asked = await sync(person, 'C2')
  await person.post(path, {})
  expect(stage.revoked().sort()).toEqual(tokens)
  expect((await person.click(asked, 'Use sam@acme')).status).toBe(400)
  expect(stage.pushed()).toEqual(['dana'])
})

test('so does Disconnect where one access serves all campaigns', async () => {
  const { stage, person } = await cameBackAs('sam', { tokenPer: 'session' })
  const asked = await person.open('/connect/ours/C2?continue=1')
  expect(readPage(asked.body).text).toContain('You approved as sam@acme')
  await person.post('/connections/ours/session/disconnect', {})
  expect(stage.revoked().sort()).toEqual(['at-dana', 'at-sam', 'rt-dana', 'rt-sam'])
  expect((await person.click(asked, 'Use sam@acme')).status).toBe(400)
})

test('where Disconnect cannot delete the one, it revokes the other that it took', async () => {
  const { app, stage, person } = await cameBackAs('sam', { tokenPer: 'session' })
  await person.open('/connect/ours/C2?continue=1')
  const mend = failDeletions(app, /^tok:/)
  expect((await person.post('/connections/ours/session/disconnect', {})).status).toBe(503)
  expect(stage.revoked().sort()).toEqual(['at-sam', 'rt-sam'])
  mend()
  await person.post('/connections/ours/session/disconnect', {})
  expect(stage.revoked().sort()).toEqual(['at-dana', 'at-sam', 'rt-dana', 'rt-sam'])
})

test('another account’s access is given back when the store does not take the question', async () => {
  const { app, stage, person } = await cameBackAs('sam')
  const mend = failWrites(app, 'held:')
  expect((await sync(person, 'C2')).status).toBe(503)
  mend()
  expect(stage.revoked().sort()).toEqual(['at-sam', 'rt-sam'])
})

test('access that ends before anybody has chosen is not used, and the click can be gone on with', async () => {
  const { stage, person } = await cameBackAs('sam', { lifetime: { refresh: 'ignore' } }, 60)
  const asked = await sync(person, 'C2')
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 })
  const late = await person.click(asked, 'Use sam@acme')
  expect([late.status, readPage(late.body).heading]).toEqual([
    400,
    expect.stringContaining('took too long'),
  ])
  const again = await person.click(await person.click(late, 'Continue'), 'Use sam@acme')
  vi.useRealTimers()
  expect(told(again)).toBe('Connected as sam@acme. Webinar EMEA synced.')
  expect(stage.pushed()).toEqual(['dana', 'sam'])
})

test('access chosen late ends no later than it would have', async () => {
  const { app, person } = await cameBackAs(
    'sam',
    { lifetime: { refresh: 'ignore', skewSeconds: 0 } },
    300,
  )
  const asked = await sync(person, 'C2')
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 200_000 })
  const put = vi.spyOn(app.context.tokens, 'put')
  await person.click(asked, 'Use sam@acme')
  vi.useRealTimers()
  expect(put.mock.calls[0]?.[1].expiresIn).toBeLessThanOrEqual(100)
})

test('access chosen while its person signs out is given back', async () => {
  const { app, stage, person } = await cameBackAs('sam')
  const asked = await sync(person, 'C2')
  const write = holdWrite(app, 'ref:')
  const late = person.press(asked, 'Use sam@acme')
  await write.arrived
  await person.post('/session/end', {})
  write.release()
  expect((await late).status).toBe(400)
  expect(stage.revoked().sort()).toEqual(['at-dana', 'at-sam', 'rt-dana', 'rt-sam'])
  expect(stage.pushed()).toEqual(['dana'])
})

test('access chosen and then not taken by the store is given back, and the click can be made again', async () => {
  const { app, stage, person } = await cameBackAs('sam')
  const asked = await sync(person, 'C2')
  const mend = failWrites(app, 'ref:')
  expect((await person.press(asked, 'Use sam@acme')).status).toBe(503)
  expect(stage.revoked().sort()).toEqual(['at-sam', 'rt-sam'])
  mend()
  const again = await person.click(await sync(person, 'C2'), 'Use sam@acme')
  expect(told(again)).toBe('Connected as sam@acme. Webinar EMEA synced.')
  expect(stage.pushed()).toEqual(['dana', 'sam'])
})

test('"Go back" pressed twice is a trip all the same', async () => {
  const { stage, person } = await cameBackAs('sam')
  const asked = await sync(person, 'C2')
  stage.become('dana')
  await person.press(asked, 'Go back and choose dana@acme')
  const done = await person.click(asked, 'Go back and choose dana@acme')
  expect(told(done)).toBe('Connected as dana@acme. Webinar EMEA synced.')
  expect(stage.pushed()).toEqual(['dana', 'dana'])
  expect((await person.click(asked, 'Use sam@acme')).status).toBe(400)
})

test('a run asks the same, sends nothing before the answer, and goes on with the account chosen', async () => {
  const { stage, person } = await cameBackAs('sam')
  const { id, page } = await startRun(person, { all: '1', unchanged: '1' })
  expect(readPage(page.body).text).toContain(
    'You approved as sam@acme; earlier syncs used dana@acme',
  )
  expect(await look(person, id)).toMatchObject({ state: 'paused', left: 4 })
  const back = await person.click(page, 'Use sam@acme')
  expect(back.url.pathname).toBe(`/runs/${id}`)
  expect(await until(person, id)).toMatchObject({ state: 'done', sent: 4 })
  expect(stage.pushed()).toEqual(['dana', 'sam', 'sam', 'sam', 'sam'])
})

test('a run whose person goes back for the account of before is sent as that one', async () => {
  const { stage, person } = await cameBackAs('sam')
  const { id, page } = await startRun(person, { all: '1', unchanged: '1' })
  stage.become('dana')
  await person.click(page, 'Go back and choose dana@acme')
  expect(await until(person, id)).toMatchObject({ state: 'done', sent: 4 })
  expect(new Set(stage.pushed())).toEqual(new Set(['dana']))
})

test('an answer given twice goes on once, and by somebody else it changes nothing', async () => {
  const { stage, person, app } = await cameBackAs('sam')
  const asked = await sync(person, 'C2')
  await person.press(asked, 'Use sam@acme') // the first of a double click: nobody follows its answer
  const done = await person.click(asked, 'Use sam@acme')
  expect(told(done)).toBe('Connected as sam@acme. Webinar EMEA synced.')
  expect((await person.click(asked, 'Use sam@acme')).url.pathname).toBe('/campaigns/C2')
  const stranger = await fetch(`${app.url}${asked.url.pathname}`)
  expect(stranger.status).toBe(400)
  expect(stage.pushed()).toEqual(['dana', 'sam'])
})

async function cameBackAs(name: string, change: object = {}, expires_in = 3600) {
  const stage = await startStage()
  open.push(stage)
  let who = 'dana'
  const pushed: string[] = []
  const nameIn = (header: string | undefined) => (header ?? '').replace('Bearer at-', '')
  stage.on('POST /token', () => ({
    body: {
      access_token: `at-${who}`,
      refresh_token: `rt-${who}`,
      token_type: 'bearer',
      expires_in,
    },
  }))
  stage.on('POST /revoke', { status: 200 })
  stage.on('GET /me', ({ headers }) => {
    const id = nameIn(headers.authorization)
    return { body: { id, name: `${id}@acme` } }
  })
  stage.on('PUT /api', ({ headers }) => {
    pushed.push(nameIn(headers.authorization))
    return { body: { id: '1' } }
  })
  const file = {
    id: 'ours',
    name: 'Our Ads',
    authorize: { url: `${stage.url}/authorize`, chooseAccount: { prompt: 'login' } },
    token: { url: `${stage.url}/token` },
    revoke: { url: `${stage.url}/revoke` },
    lifetime: { refresh: 'use' },
    api: {
      baseUrl: stage.url,
      push: { method: 'PUT', path: '/api/${campaign.id}', idempotencyHeader: 'Idempotency-Key' },
      account: { path: '/me', id: 'id', name: 'name' },
    },
    ...change,
  }
  const scene = await playWith([file])
  open.push(scene)
  await sync(scene.person, 'C1')
  who = name
  const become = (next: string) => {
    who = next
  }
  const revoked = () =>
    stage.asked('POST /revoke').map(({ body }) => new URLSearchParams(body).get('token') ?? '')
  return { ...scene, stage: { ...stage, pushed: () => pushed, revoked, become } }
}
