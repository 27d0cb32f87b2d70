// The store fails in the middle of a press: "nothing was sent" is said only where that is so, and is then as if never pressed.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { StoreError } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { look, until } from '../support/app/runs.ts'
import type { Visit } from '../support/browser/http-visitor.ts'
import { readPage } from '../support/browser/page.ts'
import { sync, syncAnywhere, told } from '../support/scene/authorization.ts'
import { scenes } from '../support/scene/scene.ts'
import { LOST_FOR_GOOD } from '../support/vendor/lost.ts'
import { keyAds, playWith, startStage } from '../support/vendor/stage.ts'

beforeEach(() => {
  failed = 0
})
const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

/** An API that makes an object, and links it to the campaign. */
async function linked({ canFind = true } = {}) {
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
  const find = { path: '/list', items: 'data', match, keep: { id: 'id' } }
  const scene = await playWith([
    { ...file, api: { ...rest, create, update, ...(canFind && { find }) } },
  ])
  open.push(scene)
  const { person } = scene
  await syncAnywhere(person, 'C2') // has access from now on
  return { stage, store: scene.app.context.store, person }
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

const { begin } = scenes('embedded')

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
