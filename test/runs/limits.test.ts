// One person's runs hold up nobody: places at a vendor are shared in turn, and a person has few runs and drafts at once.
import { expect, test } from 'vitest'
import { createVendorConcurrency } from '../../src/runs/throughput.ts'
import {
  approve,
  campaignFile,
  idsOf,
  look,
  notOnce,
  startRun,
  until,
} from '../support/app/runs.ts'
import type { Visitor } from '../support/browser/http-visitor.ts'
import { readPage } from '../support/browser/page.ts'
import { keysOf } from '../support/scene/cases.ts'
import { scenes } from '../support/scene/scene.ts'

const { begin } = scenes('embedded')
const environment = campaignFile(100)
const ONE_AT_A_TIME = { api: { concurrency: 1 } }
const JSON_CALLER = { accept: 'application/json', 'content-type': 'application/json' }

test('who brings no cookie fills the store with no drafts', async () => {
  const { app, dump } = await begin({ environment })
  for (const _ of [1, 2, 3]) {
    const made = await fetch(`${app.url}/runs`, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: app.url },
      body: 'all=1',
    })
    expect([made.status, made.headers.get('location')]).toEqual([307, '/runs'])
  }
  expect(keysOf(await dump(), 'run:')).toEqual([])
})

test('places at a vendor are never more than it allows, and who asked first is next', async () => {
  const places = createVendorConcurrency()
  const vendor = { id: 'acme', api: { concurrency: 2 } }
  const order: string[] = []
  let under = 0
  const work = (name: string) => async () => {
    under += 1
    expect(under).toBeLessThanOrEqual(2)
    order.push(name)
    await new Promise(setImmediate)
    under -= 1
  }
  const long = async () => {
    for (let item = 1; item <= 6; item++) await places.run(vendor, work('long'))
  }
  const failing = places.run(vendor, () => Promise.reject(new Error('its place is free again')))
  await expect(failing).rejects.toThrow()
  await Promise.all([long(), long(), long(), places.run(vendor, work('short'))])
  expect(order.indexOf('short')).toBe(3)
  expect(order).toHaveLength(19)
})

test('a changed number holds for those who come with it, and who came before keep theirs', async () => {
  const places = createVendorConcurrency()
  const under: string[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const ask = (name: string, concurrency: number) =>
    places.run({ id: 'acme', api: { concurrency } }, () => {
      under.push(name)
      return promise
    })
  const before = ['old', 'old that waits'].map((name) => ask(name, 1))
  const after = ['new', 'also new', 'new that waits'].map((name) => ask(name, 2))
  await new Promise(setImmediate)
  expect(under).toEqual(['old', 'new', 'also new'])
  resolve()
  await Promise.all([...before, ...after])
  expect(under.slice(3)).toEqual(['old that waits', 'new that waits'])
})

test('a long run does not starve a short one of somebody else', async () => {
  const { person, vendor, visitor, app } = await begin({ environment, file: ONE_AT_A_TIME })
  const other = visitor(app.url)
  vendor.always('api', { delayMs: 30 })
  const gate = vendor.gate('api')
  const long = await startRun(person)
  await gate.arrived
  const short = await startRun(other, { id: 'r1' })
  gate.release()
  await until(other, short.id, 'done')
  expect((await look(person, long.id)).left).toBeGreaterThan(80)
  await person.post(`/runs/${long.id}/stop`, {})
  await until(person, long.id, 'stopped')
})

test('a single sync has a place while a run sends as much at once as it may', async () => {
  const { person, vendor } = await begin({ environment, file: { api: { concurrency: 64 } } })
  const gates = Array.from({ length: 48 }, () => vendor.gate('api'))
  const { id } = await startRun(person)
  await Promise.all(gates.map(({ arrived }) => arrived))
  const page = await approve(
    person,
    await person.press(await person.open('/campaigns/r100'), 'Sync Campaign r100'),
  )
  expect(readPage(page.body).banner?.text).toContain('Campaign r100 synced.')
  expect(vendor.at('api')).toHaveLength(49)
  for (const { release } of gates) release()
  expect(await until(person, id)).toMatchObject({ state: 'done', sent: 100 })
  expect(notOnce(vendor, idsOf(99))).toEqual([])
})

const draft = async (person: Visitor, id: string) =>
  (await person.post('/runs', { id })).next?.pathname.slice('/runs/'.length) ?? ''

test('a fourth run of a person is not started while three are under way; others’ are', async () => {
  const { person, vendor, visitor, app } = await begin({ environment, file: ONE_AT_A_TIME })
  const gate = vendor.gate('api')
  const three: string[] = []
  for (const id of ['r1', 'r2', 'r3']) three.push((await startRun(person, { id })).id)
  const fourth = await draft(person, 'r4')
  const refused = await person.post(`/runs/${fourth}/start`, {})
  expect([refused.status, readPage(refused.body).heading]).toEqual([
    409,
    '3 of your runs are under way',
  ])
  const told = await person.post(`/runs/${fourth}/start`, '{}', JSON_CALLER)
  expect([told.status, JSON.parse(told.body)]).toMatchObject([409, { code: 'E-RUNS' }])
  const other = visitor(app.url)
  const theirs = await startRun(other, { id: 'r5' })
  expect(await look(other, theirs.id)).toMatchObject({ state: 'running' })
  gate.release()
  for (const id of three) expect(await until(person, id)).toMatchObject({ state: 'done' })
  await approve(person, await person.post(`/runs/${fourth}/start`, {}))
  expect(await until(person, fourth)).toMatchObject({ state: 'done', sent: 1 })
  await until(other, theirs.id)
})

test('a fourth that was pressed before the others began waits with its access', async () => {
  const { person, vendor } = await begin({ environment, file: ONE_AT_A_TIME })
  const gate = vendor.gate('api')
  const ids: string[] = []
  for (const id of ['r1', 'r2', 'r3', 'r4']) ids.push(await draft(person, id))
  const pressed = []
  for (const id of ids) pressed.push(await person.post(`/runs/${id}/start`, {}))
  for (const one of pressed) await approve(person, one)
  const fourth = ids[3] ?? ''
  expect(await look(person, fourth)).toMatchObject({ state: 'paused', reason: 'busy', left: 1 })
  const page = await person.open(`/runs/${fourth}`)
  expect(readPage(page.body).text).toContain('Other runs of yours are under way')
  gate.release()
  for (const id of ids.slice(0, 3)) expect(await until(person, id)).toMatchObject({ state: 'done' })
  await person.click(page, 'Continue')
  expect(await until(person, fourth)).toMatchObject({ state: 'done', sent: 1 })
  expect(vendor.at('authorize')).toHaveLength(4)
})

test('of more than ten drafts the oldest are forgotten, and nothing else is', async () => {
  const { person } = await begin({ environment })
  const run = await startRun(person, { id: 'r1' })
  await until(person, run.id)
  const drafts: string[] = []
  for (let made = 1; made <= 12; made++) drafts.push(await draft(person, 'r2'))
  for (const id of drafts.slice(0, 2)) expect((await person.get(`/runs/${id}`)).status).toBe(404)
  const listed = JSON.parse((await person.get('/runs', JSON_CALLER)).body).runs
  expect(listed.map(({ id }: { id: string }) => id)).toEqual([
    ...drafts.slice(2).toReversed(),
    run.id,
  ])
})
