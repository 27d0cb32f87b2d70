// The OpenAPI document: served, readable, and true of every operation it has.
import { expect, test } from 'vitest'
import { z } from 'zod'
import { until } from '../support/app/runs.ts'
import { readPage } from '../support/browser/page.ts'
import { sync } from '../support/scene/authorization.ts'
import { judged } from '../support/scene/contract.ts'
import { scenes } from '../support/scene/scene.ts'
import { JSON_CALLER } from '../support/scene/script.ts'

const { begin } = scenes('embedded')

const documentSchema = z.object({
  openapi: z.string(),
  paths: z.record(
    z.string(),
    z.record(z.string(), z.object({ responses: z.record(z.string(), z.unknown()) })),
  ),
})

test('every operation is done once, and answers what the document says', async () => {
  const { person } = await begin()
  const served = await person.get('/openapi.json', { ...JSON_CALLER })
  const { openapi, paths } = documentSchema.parse(JSON.parse(served.body))
  expect(openapi).toBe('3.1.0')
  const promised = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { responses }]) =>
      Object.keys(responses)
        .filter((status) => status !== 'default')
        .map((status) => `${method.toUpperCase()} ${path} ${status}`),
    ),
  )

  const get = (path: string) => person.get(path, JSON_CALLER)
  const post = (path: string, body: object = {}, headers = {}) =>
    person.post(path, JSON.stringify(body), { ...JSON_CALLER, ...headers })
  await post('/campaigns/C2/sync')
  await sync(person, 'C1')
  const { intent } = JSON.parse((await post('/campaigns/C1/sync')).body)
  for (const path of ['/campaigns', '/campaigns?status=ok&vendor=none', '/campaigns/C1'])
    await get(path)
  await get(`/intents/${intent}`)
  await get('/campaigns/C1/preview')
  await post('/campaigns/C1/preview', { vendor: 'fake' })
  const run = JSON.parse((await post('/runs', { ids: ['C1', 'C2'] })).body)
  await post(`/runs/${run.id}/start`)
  const { url } = JSON.parse((await post(`/runs/${run.id}/start`)).body)
  await person.open(url)
  await until(person, run.id)
  await post(`/runs/${run.id}/start`)
  await post(`/runs/${run.id}/retry`)
  await post('/runs', { all: true, search: 'Webinar' })
  const other = JSON.parse((await post('/runs', { all: true })).body)
  await post(`/runs/${other.id}/retry`)
  await post(`/runs/${other.id}/stop`)
  for (const id of ['C1', 'C2']) await post('/runs', { id }, { 'idempotency-key': 'nightly' })
  for (const path of [
    '/runs',
    `/runs/${run.id}`,
    `/runs/${run.id}/results?show=attention`,
    `/runs/${run.id}/results`,
    '/connections',
    '/problems',
  ])
    await get(path)
  await post('/connections/fake/campaign:C1/test')
  await post('/connections/fake/campaign:C1/disconnect')
  const made = JSON.parse((await post('/tokens', { name: 'nightly' })).body)
  await get('/tokens')
  await post(`/tokens/${made.id}/revoke`)

  const all = await Promise.all(person.visits.map(judged))
  const seen = new Set(all.map((one) => one?.operation))
  expect(promised.filter((operation) => !seen.has(operation))).toEqual([])
})

test('a response that is not as documented is noticed', async () => {
  const { person } = await begin()
  const visit = await person.get('/campaigns', JSON_CALLER)
  expect((await judged(visit))?.faults).toEqual([])
  const body = JSON.stringify({ ...JSON.parse(visit.body), found: 'many', more: 1 })
  expect((await judged({ ...visit, body }))?.faults).toHaveLength(2)
})

test('people read the same on a page', async () => {
  const { person } = await begin()
  const page = await person.open('/api')
  for (const part of ['POST /campaigns/{id}/sync', 'GET /intents/{id}', 'idempotency-key'])
    expect(readPage(page.body).text).toContain(part)
})

test('the pages for people show no Markdown, and each thing in a sentence of its own', async () => {
  const { app, visitor } = await begin()
  const textOf = async (path: string) => (await visitor(app.url).open(path)).body
  const [problems, api] = [await textOf('/problems'), await textOf('/api')]
  for (const html of [problems, api]) expect(html).not.toMatch(/`|\]\(/)
  expect(api).toContain('A column; <code>-</code> before it: downwards')
  expect(problems).toContain('have a person open the link (API).')
  expect(problems).toContain('<p>What you see: You were not signed in.</p>')
})
