// The store fails in the middle of a press: "nothing was sent" is said only where that is so, and is then as if never pressed.
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { StoreError } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { look, until } from '../support/app/runs.ts'
import { createVisitor, type Visit } from '../support/browser/http-visitor.ts'
import { readPage } from '../support/browser/page.ts'
import { pressSync, sync, syncAnywhere, told } from '../support/scene/authorization.ts'
import { scenes } from '../support/scene/scene.ts'
import { LOST_FOR_GOOD } from '../support/vendor/lost.ts'
import { keyAds, playWith, type Stage, startStage } from '../support/vendor/stage.ts'

beforeEach(() => {
  failed = 0
})
const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

/** An API that makes an object, and links it to the campaign. */
async function linked({ canFind = true, settleSeconds = 0, concurrency = 4 } = {}) {
  const stage = await startStage()
  open.push(stage)
  const id = () => String(86 + stage.asked('POST /made').length)
  stage.on('POST /made', () => ({ status: 201, body: { id: id() } }))
  stage.on('GET /list', { body: { data: [] } })
  stage.on('PUT /changed', { body: {} })
  const { api: of, ...file } = keyAds(stage.url)
  const { push: _, ...rest } = of
  const create = { path: '/made', body: { name: '${campaign.name}' }, keep: { id: 'id' } }
  const update = { method: 'PUT', path: '/changed/${known.id}', body: { name: '${campaign.name}' } }
  const match = { path: 'name', equals: '${campaign.name}' }
  const find = { path: '/list', items: 'data', match, keep: { id: 'id' }, settleSeconds }
  const scene = await playWith([
    { ...file, api: { ...rest, concurrency, create, update, ...(canFind && { find }) } },
  ])
  open.push(scene)
  const { person } = scene
  await syncAnywhere(person, 'C2') // has access from now on
  return { stage, app: scene.app, store: scene.app.context.store, person }
}

let failed = 0
/** From now on this method of the store fails for keys that begin so; gives what undoes that. */
function fail(store: Store, method: 'hMGet' | 'step', prefix: string): () => void {
  const { hMGet, step } = store
  const away = () => {
    failed += 1
    return Promise.reject(new StoreError('The client is offline'))
  }
  if (method === 'step')
    store.step = (commands) =>
      commands.some((one) => 'hSet' in one && one.hSet.startsWith(prefix)) ? away() : step(commands)
  else store.hMGet = (key, fields) => (key.startsWith(prefix) ? away() : hMGet(key, fields))
  return () => void Object.assign(store, { hMGet, step })
}

const headingOf = ({ body }: Visit) => readPage(body).heading
const made = (name: string) => ({ body: { data: [{ id: '88', name }] } })

test('what was made at the vendor, and could not be linked, may have been sent', async () => {
  const { stage, store, person } = await linked()
  const heal = fail(store, 'step', 'links:')
  const page = await syncAnywhere(person, 'C1')
  expect([page.status, headingOf(page)]).toEqual([503, 'Perhaps sent, but not written down'])
  expect(page.body).not.toContain('Nothing was sent')
  heal()
  stage.on('GET /list', made('Spring launch'))
  const seen = await person.click(page, 'See how it ended')
  expect(told(seen)).toContain('Spring launch synced.')
  expect(stage.asked('POST /made')).toHaveLength(2) // C2 and C1
})

test('a press that failed before anything was sent is as if never pressed', async () => {
  const { stage, store, person } = await linked({ canFind: false })
  const heal = fail(store, 'hMGet', 'links:')
  const page = await syncAnywhere(person, 'C1')
  expect([page.status, headingOf(page)]).toEqual([503, 'Syncing is not possible right now'])
  expect(page.body).toContain('Nothing was sent')
  heal()
  expect(told(await syncAnywhere(person, 'C1'))).toContain('Spring launch synced.')
  expect(stage.asked('POST /made')).toHaveLength(2)
})

test('a run whose store is away for a moment goes on, and claims nothing of its access', async () => {
  const { stage, store, person } = await linked()
  const before = stage.asked('POST /made').length
  const made = await person.follow(await person.post('/runs', { all: '1' }))
  const heal = fail(store, 'hMGet', 'links:')
  await person.click(made, ({ name }) => /^Sync \d+ campaigns/.test(name))
  const id = made.url.pathname.slice('/runs/'.length)
  await vi.waitFor(async () => expect((await look(person, id)).state).toBe('running'))
  await vi.waitFor(() => expect(failed).toBeGreaterThan(0))
  heal()
  const run = await until(person, id, 'done')
  expect([run.sent, run.left]).toEqual([run.total, 0])
  expect(stage.asked('POST /made')).toHaveLength(before + run.total)
})

test('a run that meets somebody else who makes an object goes on with it later', async () => {
  const { app, person } = await linked({ concurrency: 1 })
  const { links } = app.context
  const { alone } = links
  links.alone = async () => {
    Object.assign(links, { alone })
    return undefined
  }
  const run = await person.follow(await person.post('/runs', 'id=C1&id=C3', FORM))
  await person.click(run, ({ name }) => /^Sync \d+ campaigns/.test(name))
  const id = run.url.pathname.slice('/runs/'.length)
  expect(await until(person, id, 'done')).toMatchObject({ sent: 2, failed: 0 })
})

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

/** What is made from now on is in the vendor's list after so many ms. */
function listLate(stage: Stage, ms: number, before: (name: string) => Promise<unknown>) {
  const objects: { id: string; name: string; at: number }[] = []
  stage.on('POST /made', async ({ body }) => {
    const { name } = JSON.parse(body)
    await before(name)
    objects.push({ id: `o${objects.length}`, name, at: performance.now() })
    return { status: 201, body: { id: objects.at(-1)?.id } }
  })
  const isListed = ({ at }: { at: number }) => performance.now() - at > ms
  stage.on('GET /list', () => ({ body: { data: objects.filter(isListed) } }))
  return objects
}

test('a press that waited for access before it was lost is looked for once the vendor can have it', async () => {
  const { stage, store, app } = await linked({ settleSeconds: 1 })
  const person = createVisitor(app.url)
  onTestFinished(() => person.close())
  const objects = listLate(stage, 700, async () => {})
  const asked = await person.follow(await pressSync(person, 'C1'))
  const form = readPage(asked.body).actions.find(({ post }) => post?.endsWith('/key'))
  const now = Date.now
  const later = vi.spyOn(Date, 'now').mockImplementation(() => now() + 60_000)
  onTestFinished(() => later.mockRestore())
  const heal = fail(store, 'step', 'links:')
  const page = await person.follow(
    await person.post(form?.post ?? '', { ...form?.fields, key: 'k' }),
  )
  expect(headingOf(page)).toBe('Perhaps sent, but not written down')
  heal()
  later.mockImplementation(() => now() + 70_000) // the lease is over
  expect(told(await person.click(page, 'See how it ended'))).toContain('Spring launch synced.')
  expect(objects).toHaveLength(1)
})

test('so is a campaign of a run that has been under way for longer', async () => {
  const { stage, store, person } = await linked({ settleSeconds: 2, concurrency: 1 })
  let heal = () => {}
  let made = 0
  const objects = listLate(stage, 1_700, async () => {
    made += 1
    if (made === 1) await wait(2_200)
    if (made === 2) heal = fail(store, 'step', 'links:')
  })
  const run = await person.follow(await person.post('/runs', 'id=C1&id=C3', FORM))
  await person.click(run, ({ name }) => /^Sync \d+ campaigns/.test(name))
  await vi.waitFor(() => expect(failed).toBeGreaterThan(0), 10_000)
  heal()
  expect(await until(person, run.url.pathname.slice('/runs/'.length), 'done')).toMatchObject({
    sent: 2,
  })
  expect(objects).toHaveLength(2)
})

const { begin } = scenes('embedded')

test('a fresh token that is refused between a lost answer and a no: it may have been sent', async () => {
  const { person, vendor } = await begin({
    file: {
      lifetime: { freshGraceSeconds: 8 },
      api: { push: { idempotencyHeader: 'Idempotency-Key' } },
    },
  })
  vendor.script('api', [{ status: 503 }, { status: 401 }, { status: 422 }])
  expect(told(await sync(person, 'C1'))).toContain(
    'We don’t know whether Fake Ads got Spring launch',
  )
})

test('a refused token after a lost answer, and then the store is away: it may have been sent', async () => {
  const { app, person, vendor } = await begin({
    file: { lifetime: { refresh: 'use' }, api: { push: { idempotencyHeader: 'Idempotency-Key' } } },
  })
  await sync(person, 'C1')
  vendor.script('api', LOST_FOR_GOOD.slice(0, 1))
  const { store } = app.context
  const { stepIf, step } = store
  vendor.revokeAll()
  const away = () => Promise.reject(new StoreError('The client is offline'))
  const isToken = (commands: readonly object[]) => JSON.stringify(commands).includes('"tok:{')
  store.stepIf = (guards, commands) =>
    isToken(commands) && vendor.at('api', 'C1').length > 1 ? away() : stepIf(guards, commands)
  store.step = (commands) =>
    isToken(commands) && vendor.at('api', 'C1').length > 1 ? away() : step(commands)
  const page = await sync(person, 'C1')
  expect([page.status, headingOf(page)]).toEqual([503, 'Perhaps sent, but not written down'])
})
