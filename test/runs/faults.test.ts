// Runs that meet trouble: the vendor's, the store's, and forms that ask for nonsense.
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import { StoreError } from '../../src/store/open.ts'
import type { TestApp } from '../support/app/app.ts'
import { approve, campaignFile, idsOf, notOnce, startRun, until } from '../support/app/runs.ts'
import { readPage } from '../support/browser/page.ts'
import { startRedisServer } from '../support/redis/redis-server.ts'
import { ENGINES, scenes } from '../support/scene/scene.ts'

const SOON = { timeout: 5_000, interval: 20 }

describe.each(ENGINES)('a run on the %s store', { concurrent: true }, (engine) => {
  const { begin } = scenes(engine)
  const ten = campaignFile(10)
  const json = { accept: 'application/json', 'content-type': 'application/json' }

  test('API-17: tells each campaign’s end, and Retry sends only those that did not succeed', async () => {
    const { person, vendor } = await begin({ environment: ten, file: { api: { concurrency: 1 } } })
    const refused = { status: 422, body: { error: { message: 'Budget missing.' } } }
    const broken = { status: 500, apply: true }
    vendor.script('api', [
      {},
      refused,
      {},
      broken,
      broken,
      broken,
      {},
      { reset: true },
      { reset: true },
      { reset: true },
    ])
    const { id } = await startRun(person)
    expect(await until(person, id)).toMatchObject({
      state: 'done',
      sent: 7,
      failed: 1,
      unknown: 2,
      left: 0,
    })
    const page = await person.open(`/runs/${id}`)
    expect(readPage(page.body).text).toContain('HTTP 422 · Budget missing.')
    const table = await person.get(`/runs/${id}?show=attention`)
    expect(readPage(table.body).text).toMatch(/Campaign r2.*Campaign r4.*Campaign r6/)
    expect(table.body).not.toContain('Campaign r1<')
    const before = vendor.at('api').length
    await approve(person, await person.press(page, 'Retry 3'))
    expect(await until(person, id)).toMatchObject({
      state: 'done',
      sent: 10,
      failed: 0,
      unknown: 0,
    })
    expect(vendor.at('api').length - before).toBe(3)
    expect(notOnce(vendor, idsOf(10))).toEqual([])
    const csv = (await person.get(`/runs/${id}/results.csv`)).body.split('\r\n')
    expect(csv).toHaveLength(12)
    expect(csv[2]).toMatch(/^r2,Campaign r2,sent,Campaign r2 synced\.,200,fake-r2,2,/)
  })

  test('stops early after three identical failures in a row', async () => {
    const { person, vendor } = await begin({
      environment: campaignFile(40),
      file: { api: { concurrency: 1 } },
    })
    vendor.always('api', { status: 403, body: { error: { message: 'Not yours.' } } })
    const { id } = await startRun(person)
    expect(await until(person, id)).toMatchObject({
      state: 'stopped',
      reason: 'failures',
      failed: 3,
      left: 37,
    })
    expect(vendor.at('api')).toHaveLength(3)
    vendor.always('api', {})
    await person.post(`/runs/${id}/start`, {})
    expect(await until(person, id)).toMatchObject({ state: 'done', sent: 37, failed: 3 })
    expect(vendor.at('authorize')).toHaveLength(1)
  })

  test('waits as the vendor asks in a storm of 429, the whole run, and fails nothing', async () => {
    const { person, vendor } = await begin({ environment: campaignFile(40) })
    const slowDown = { status: 429, headers: { 'retry-after': '1' } }
    vendor.script('api', [{}, {}, ...Array.from({ length: 8 }, () => slowDown)])
    const { id } = await startRun(person)
    expect(await until(person, id)).toMatchObject({ state: 'done', sent: 40, failed: 0 })
    expect(notOnce(vendor, idsOf(40))).toEqual([])
    const times = vendor.at('api').map(({ at }) => at)
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0))
    expect(gaps.filter((gap) => gap > 900).length).toBeGreaterThan(0)
  })

  /** A run of ten that was stopped under its first push; the reply to its last write did not come. */
  async function stoppedAndUntold() {
    const scene = await begin({ environment: ten, file: { api: { concurrency: 1 } } })
    const { person, app, vendor } = scene
    const gate = vendor.gate('api')
    const { id } = await startRun(person)
    await gate.arrived
    await person.post(`/runs/${id}/stop`, {})
    const lost = loseReplyToEnd(app)
    gate.release()
    await lost
    return { ...scene, id }
  }

  test('ends once when the response to its last write is lost', async () => {
    const { app, vendor, id } = await stoppedAndUntold()
    await vi.waitFor(() => expect(app.logs()).toContain('run.ended'), SOON)
    const run = await app.context.runs.read(id)
    expect(run).toMatchObject({ state: 'stopped', reason: 'asked', sent: 1, left: 9 })
    const { workedMs = 0, startedAt = 0, endedAt = 0 } = run ?? {}
    expect(workedMs).toBeLessThanOrEqual(endedAt - startedAt)
    await vi.waitFor(() => expect(vendor.at('revoke')).toHaveLength(1), SOON)
  })

  test('does not end what Start began while the response to its last write was lost', async () => {
    const { app, id } = await stoppedAndUntold()
    const ended = await app.context.runs.read(id)
    expect(ended).toMatchObject({ state: 'stopped', left: 9 })
    // As Start leaves it, before any runner has taken it over.
    const begun = { state: 'running', reason: '', endedAt: '', leg: String((ended?.leg ?? 0) + 1) }
    await app.context.store.step([{ hSet: `run:${id}`, fields: begun }])
    await wait(1_000)
    expect(await app.context.runs.read(id)).toMatchObject({ state: 'running', left: 9 })
    expect(app.logs()).not.toContain('run.ended')
  })

  test('a download that the person breaks off is no fault of ours', async () => {
    const { person, app } = await begin({ environment: ten })
    const { id } = await startRun(person)
    await until(person, id)
    const all = app.context.runs.all
    const begun = Promise.withResolvers<void>()
    const left = Promise.withResolvers<void>()
    app.context.runs.all = async function* (run) {
      for await (const filed of all(run)) {
        yield filed
        begun.resolve()
        await left.promise
      }
      return undefined
    }
    const leave = new AbortController()
    const cookie = person.jar.header(new URL('http://localhost')) ?? ''
    const download = fetch(`${app.url}/runs/${id}/results.csv`, {
      headers: { cookie },
      signal: leave.signal,
    })
    await begun.promise
    leave.abort()
    await expect(download.then((answer) => answer.text())).rejects.toThrow()
    await vi.waitFor(() => expect(app.logs()).toContain('results.csv'), SOON)
    left.resolve()
    expect((await person.get(`/runs/${id}`)).status).toBe(200)
    expect(app.logs()).not.toContain('trouble')
  })

  test('skips a campaign that is no longer in the file', async () => {
    const { person, app, vendor } = await begin({ environment: ten })
    const made = await person.post('/runs', { all: '1' })
    const get = app.context.campaigns.get
    app.context.campaigns.get = (id) => (id === 'r3' ? undefined : get(id))
    const id = made.next?.pathname.slice('/runs/'.length) ?? ''
    await approve(person, await person.post(`/runs/${id}/start`, {}))
    expect(await until(person, id)).toMatchObject({ state: 'done', sent: 9, skipped: 1, left: 0 })
    expect(vendor.effects('r3')).toBe(0)
  })

  test.each([
    '{}',
    '[]',
    'null',
    '{"id":[]}',
    '{"id":""}',
    '{"id":null}',
    '{"id":{}}',
    '{"id":[["r1"]]}',
    '{"id":["r1","nope"]}',
    '{"id":["r1",7]}',
    '{"all":"yes"}',
    '{"all":1,"search":{"a":1}}',
    JSON.stringify({ id: idsOf(1001) }),
  ])('INP-08: answers 400 with a sentence and sends nothing for %.40s', async (body) => {
    const { person, vendor } = await begin({ environment: ten })
    const answer = await person.post('/runs', body, json)
    expect([answer.status, answer.headers['content-type']]).toEqual([
      400,
      expect.stringContaining('problem+json'),
    ])
    expect(JSON.parse(answer.body).detail).toMatch(/^[A-Z0-9].*\.$/)
    expect(JSON.parse((await person.get('/runs', json)).body)).toEqual({ runs: [] })
    expect(vendor.at('api')).toEqual([])
  })

  test('a search that finds nothing makes no run, and says that there is nothing to sync', async () => {
    const { person, vendor } = await begin({ environment: ten })
    const answer = await person.post('/runs', '{"all":1,"search":"nothing like it"}', json)
    expect([answer.status, JSON.parse(answer.body)]).toEqual([
      409,
      expect.objectContaining({
        code: 'E-UNCHANGED',
        detail: expect.stringMatching(/^[A-Z].*\.$/),
      }),
    ])
    expect(JSON.parse((await person.get('/runs', json)).body)).toEqual({ runs: [] })
    expect(vendor.at('api')).toEqual([])
  })

  test('CSR-09: a form of another site makes, starts and stops nothing', async () => {
    const { person, vendor } = await begin({ environment: ten })
    const foreign = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
    expect((await person.post('/runs', { all: '1' }, foreign)).status).toBe(403)
    const made = await person.post('/runs', { all: '1' })
    for (const action of ['start', 'stop', 'retry'])
      expect((await person.post(`${made.next?.pathname}/${action}`, {}, foreign)).status).toBe(403)
    expect(vendor.at('api')).toEqual([])
  })

  test('is made as JSON too, and says where a person has to approve', async () => {
    const { person } = await begin({ environment: ten })
    const made = await person.post('/runs', '{"id":["r1","r2","r1"]}', json)
    expect([made.status, JSON.parse(made.body)]).toMatchObject([
      201,
      { state: 'draft', total: 2, left: 2 },
    ])
    const { id } = JSON.parse(made.body)
    const start = await person.post(`/runs/${id}/start`, '{}', json)
    expect([start.status, JSON.parse(start.body)]).toMatchObject([
      409,
      { code: 'E-AUTHORIZE', run: id },
    ])
    await person.open(`${new URL(JSON.parse(start.body).url).pathname}?continue=1`)
    expect(await until(person, id)).toMatchObject({ state: 'done', sent: 2 })
  })
})

/** The next write that ends a run is made, and its reply is lost. Resolves then. */
function loseReplyToEnd({ context: { store } }: TestApp): Promise<void> {
  const lost = Promise.withResolvers<void>()
  const { stepIf } = store
  store.stepIf = async (guards, commands) => {
    const step = await stepIf(guards, commands)
    if (!step.done || !commands.some((one) => 'hSet' in one && one.fields.endedAt)) return step
    Object.assign(store, { stepIf })
    lost.resolve()
    throw new StoreError('The client is offline')
  }
  return lost.promise
}

describe('a Redis that goes away under a run', { concurrent: true }, () => {
  const { begin } = scenes('embedded')

  test('RDS-05: the run waits for it, doubles nothing, and its sums are right', {
    timeout: 40_000,
  }, async () => {
    const redis = await startRedisServer({ persist: true })
    try {
      const environment = { ...campaignFile(20), REDIS_URL: redis.url }
      const { person, vendor, app } = await begin({
        environment,
        file: { api: { concurrency: 2 } },
      })
      vendor.always('api', { delayMs: 50 })
      const { id } = await startRun(person)
      await vi.waitFor(() => expect(vendor.at('api').length).toBeGreaterThanOrEqual(8), SOON)
      await redis.kill()
      expect((await person.open('/runs')).status).toBe(200)
      expect((await person.get(`/runs/${id}`)).status).toBe(503)
      await wait(3_000)
      expect(vendor.at('api').length).toBeLessThan(14)
      await redis.restart()
      await vi.waitFor(async () => expect((await person.get(`/runs/${id}`)).status).toBe(200), SOON)
      expect(await until(person, id, 'done', 25_000)).toMatchObject({
        sent: 20,
        failed: 0,
        left: 0,
      })
      expect(notOnce(vendor, idsOf(20))).toEqual([])
      await app.close()
    } finally {
      await redis.stop()
    }
  })
})
