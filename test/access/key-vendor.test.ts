// A vendor without OAuth (BEHAVIOURS 33): its API key is asked for once, kept sealed, used, and asked for again when refused.
import { randomUUID } from 'node:crypto'
import { afterEach, expect, test } from 'vitest'
import { until } from '../support/app/runs.ts'
import type { Visitor } from '../support/browser/http-visitor.ts'
import { readPage } from '../support/browser/page.ts'
import { holdWrite } from '../support/redis/store-faults.ts'
import { syncButton, told } from '../support/scene/authorization.ts'
import { keyAds, playWith, startStage } from '../support/vendor/stage.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

test('asks once, finishes the click, and needs no key for the next campaign', async () => {
  const { stage, person, app, give } = await begin()
  const asked = await sync(person, 'C1')
  expect(readPage(asked.body).heading).toBe('Connect to Key Ads')
  expect(told(await give(asked, 'good-key'))).toContain('Spring launch synced.')
  expect(told(await sync(person, 'C2'))).toContain('Webinar EMEA synced.')
  expect(stage.asked('PUT /api').map(({ headers }) => headers['x-api-key'])).toEqual([
    'good-key',
    'good-key',
  ])
  expect(app.logs()).not.toContain('good-key')
  expect(person.visits.map(({ body }) => body).join()).not.toContain('good-key')
})

test('a key that the vendor refuses is asked for again, as often as it takes, and nothing is lost', async () => {
  const { stage, person, give } = await begin()
  const again = await give(await sync(person, 'C1'), 'bad-key')
  expect(readPage(again.body).text).toContain('Key Ads did not accept the key')
  expect(told(await give(again, 'good-key'))).toContain('Spring launch synced.')
  stage.refuse('good-key')
  const asked = await sync(person, 'C1')
  expect(readPage(asked.body).heading).toBe('Connect to Key Ads')
  expect(told(await give(asked, 'new-key'))).toContain('Spring launch synced.')
})

test('what cannot be a key is refused before anything is sent', async () => {
  const { stage, person, give } = await begin()
  const page = await give(await sync(person, 'C1'), 'two\r\nlines')
  expect(page.status).toBe(422)
  expect(stage.heard).toHaveLength(0)
})

test('a run asks for the key on a page of its own, also when its first campaign has left the file', async () => {
  const { stage, person, app, give } = await begin()
  const made = await person.follow(await person.post('/runs', { all: '1' }))
  const get = app.context.campaigns.get
  app.context.campaigns.get = (id) => (id === 'C1' ? undefined : get(id))
  const asked = await person.click(made, 'Sync 4 campaigns')
  expect(readPage(asked.body).heading).toBe('Connect to Key Ads')
  const again = await give(asked, 'two\r\nlines')
  expect([again.status, readPage(again.body).heading]).toEqual([422, 'Connect to Key Ads'])
  const page = await give(again, 'good-key')
  expect(page.url.pathname).toBe(made.url.pathname)
  const id = made.url.pathname.slice('/runs/'.length)
  expect(await until(person, id)).toMatchObject({ state: 'done', sent: 3, skipped: 1 })
  expect(stage.asked('PUT /api').map(({ headers }) => headers['x-api-key'])).toEqual(
    Array.from({ length: 3 }, () => 'good-key'),
  )
})

test('a run pauses when its key is refused, and goes on with another; the key stays for the session', async () => {
  const { stage, person, give } = await begin()
  stage.refuse('old-key')
  const made = await person.follow(await person.post('/runs', { all: '1' }))
  const id = made.url.pathname.slice('/runs/'.length)
  const paused = await give(await person.click(made, 'Sync 4 campaigns'), 'old-key')
  expect(await until(person, id)).toMatchObject({ state: 'paused', reason: 'refused', sent: 0 })
  const asked = await person.click(
    await person.open(paused.url.pathname),
    'Renew access and continue',
  )
  await give(asked, 'good-key')
  expect(await until(person, id)).toMatchObject({ state: 'done', sent: 4 })
  expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
})

test('a form for one campaign does not let another click go on', async () => {
  const { stage, person, give } = await begin()
  const waiting = readPage((await sync(person, 'C1')).body).actions.find(({ post }) =>
    post?.endsWith('/key'),
  )
  const intent = waiting?.fields.intent ?? ''
  const page = await person.follow(
    await person.post('/connect/key-ads/C2/key', { key: 'good-key', intent }),
  )
  expect([page.status, page.url.pathname]).toEqual([200, '/campaigns'])
  expect(stage.heard).toHaveLength(0)
  expect(
    told(await give(await person.open(`/connect/key-ads/C1?intent=${intent}`), 'good-key')),
  ).toContain('Spring launch synced.')
})

test('of a double click the second goes on, with the cookie of before the first, and one campaign is sent', async () => {
  const { app, stage, person, give } = await begin()
  const asked = await sync(person, 'C1')
  const form = readPage(asked.body).actions.find(({ post }) => post?.endsWith('/key'))
  const cookie = person.jar.header(new URL(app.url)) ?? ''
  await person.post(form?.post ?? '', { ...form?.fields, key: 'good-key' })
  const second = await person.post(
    form?.post ?? '',
    { ...form?.fields, key: 'good-key' },
    { cookie },
  )
  expect(told(await person.follow(second))).toContain('Spring launch synced.')
  expect(stage.asked('PUT /api')).toHaveLength(1)
  person.jar.forget()
  const planted = await person.post(
    form?.post ?? '',
    { ...form?.fields, click: randomUUID() },
    { cookie },
  )
  expect(planted.status).toBe(422)
  expect((await person.open('/connections')).body).toContain('Not connected')
  expect(told(await give(await sync(person, 'C2'), 'good-key'))).toContain('Webinar EMEA synced.')
})

test('a key that is being kept while its person signs out is not kept', async () => {
  const { app, stage, person, give } = await begin()
  const asked = await sync(person, 'C1')
  const write = holdWrite(app, 'sess:')
  const late = give(asked, 'good-key')
  await write.arrived
  await person.post('/session/end', {})
  write.release()
  expect((await late).status).toBe(400)
  expect(person.jar.names()).toEqual([])
  expect(stage.heard).toHaveLength(0)
})

/** Presses Sync on the campaign's page. */
async function sync(person: Visitor, id: string) {
  return person.click(await person.open(`/campaigns/${id}`), syncButton(id))
}

async function begin() {
  const stage = await startStage()
  open.push(stage)
  const bad = new Set(['bad-key'])
  stage.on('PUT /api', ({ headers }) =>
    bad.has(String(headers['x-api-key']))
      ? { status: 401, body: { error: 'no' } }
      : { body: { id: '1' } },
  )
  const scene = await playWith([keyAds(stage.url)])
  open.push(scene)
  const { person } = scene
  const give = async (page: { body: string }, key: string) => {
    const form = readPage(page.body).actions.find(({ post }) => post?.endsWith('/key'))
    return person.follow(await person.post(form?.post ?? '', { ...form?.fields, key }))
  }
  return { ...scene, give, stage: { ...stage, refuse: (key: string) => void bad.add(key) } }
}
