// Ids, bodies and headers that are not what they seem.
import { expect, test } from 'vitest'
import { campaignsFile } from '../support/app/campaigns-file.ts'
import { readPage } from '../support/browser/page.ts'
import { rawRequest, sendRaw } from '../support/browser/raw-socket.ts'
import { exchange, statuses } from '../support/browser/wire.ts'
import { sync } from '../support/scene/authorization.ts'
import { openCallback } from '../support/scene/callbacks.ts'
import { caseScenes } from '../support/scene/case-scene.ts'

const { begin } = caseScenes()

test('INP-01: a campaign or vendor nobody knows is not here, and leaves no session', async () => {
  const { person, vendor, dump } = await begin()
  for (const id of ['C9', 'c1', 'constructor', '__proto__', '-', '_']) {
    expect((await person.get(`/campaigns/${id}/sync`)).status).toBe(404)
    expect((await person.post(`/campaigns/${id}/sync`, {})).status).toBe(404)
    expect((await person.get(`/connect/fake/${id}`)).status).toBe(404)
    expect((await person.get(`/connect/${id}/C1`)).status).toBe(404)
    expect((await person.post('/campaigns/C1/sync', { vendor: id })).status).toBe(404)
  }
  expect(vendor.requests).toEqual([])
  expect(await dump()).toEqual([])
  expect(person.jar.names()).toEqual([])
})

test('INP-05: an id that only looks like another is another', async () => {
  const CAMPAIGNS = campaignsFile([{ id: '12', name: 'Twelve' }])
  const { person, app, vendor } = await begin({ environment: { CAMPAIGNS } })
  const host = new URL(app.url).host
  const almost = [
    '012',
    '12%20',
    '%2012',
    '+12',
    '1e1',
    '0xC',
    '12.0',
    '%EF%BC%91%EF%BC%92',
    '12%00',
    '12%0a',
    '%D9%A1%D9%A2',
    '1%CC%812',
    '1%E2%80%8D2',
    '12%2e',
    '12;',
    '12,',
    '%31%32%00',
  ]
  for (const id of almost) {
    for (const path of [`/campaigns/${id}`, `/campaigns/${id}/sync`, `/connect/fake/${id}`]) {
      const { status } = await sendRaw(
        app.origin,
        rawRequest(`GET ${path}`, { host, accept: 'text/html' }),
      )
      expect([path, [400, 404].includes(status)]).toEqual([path, true])
    }
  }
  expect(vendor.requests).toEqual([])
  expect((await person.open('/campaigns/12')).status).toBe(200)
})

test('INP-06, INP-07: long and broken ids are refused at once, and logged short', async () => {
  const { app } = await begin()
  const host = new URL(app.url).host
  const ask = (id: string) =>
    sendRaw(app.origin, rawRequest(`GET /campaigns/${id}/sync`, { host, accept: 'text/html' }))
  await ask('C1')
  let best = Number.POSITIVE_INFINITY
  for (let times = 0; times < 10; times++) {
    const started = performance.now()
    expect([400, 404]).toContain((await ask('a'.repeat(10_000))).status)
    best = Math.min(best, performance.now() - started)
  }
  expect(best).toBeLessThan(250) // 50 ms on a machine of its own
  expect([400, 404]).toContain((await ask('a'.repeat(15_000))).status)
  expect([431, 0]).toContain((await ask('a'.repeat(20_000))).status)
  for (const id of ['%ff', '%c0%ae%c0%ae', '%', '%zz', '%E0%A4%A', '%ed%a0%80']) {
    const { status, body } = await ask(id)
    expect([id, status]).toEqual([id, 400])
    expect(readPage(body).text).not.toMatch(/decode|param|URIError/)
  }
  for (const line of app.logs().split('\n')) expect(line.length).toBeLessThan(600)
})

test('INP-09: fields that no form of ours has are ignored', async () => {
  const { person, vendor } = await begin()
  await sync(person, 'C1')
  const fields = {
    token: 'EVIL',
    access_token: 'EVIL',
    vendorUrl: 'http://evil.test',
    apiBase: 'http://evil.test',
    returnTo: '//evil.test',
    userId: '2',
    owner: 'x',
    campaign: 'C2',
    id: 'C2',
    approved: 'true',
    state: 'settled',
    'constructor[prototype][x]': '1',
  }
  const end = await person.follow(
    await person.post('/campaigns/C1/sync?id=C2&campaign=C2&vendor=other', fields),
  )
  expect(end.status).toBe(200)
  const json = await person.post(
    '/campaigns/C1/sync',
    `{"__proto__":{"vendor":"x","approved":true},"constructor":{},"campaign":"C2"}`,
    { accept: 'application/json' },
  )
  expect(json.status).toBe(200)
  expect([vendor.effects('C1'), vendor.effects('C2')]).toEqual([3, 0])
  expect(JSON.stringify(vendor.requests.map(({ headers, body }) => [headers, body]))).not.toContain(
    'EVIL',
  )
})

test('INP-12: what is written into a log stays inside its line', async () => {
  const { app, person } = await begin()
  const host = new URL(app.url).host
  const injected = '\n{"level":"error","msg":"forged"}'
  for (const path of [
    `/campaigns/x${encodeURIComponent(injected)}/sync`,
    '/campaigns/%1b[31mred%1b[0m',
    `/\x1b]0;title\x07`,
    '/campaigns/"},{"x":"',
  ])
    await sendRaw(
      app.origin,
      rawRequest(`GET ${path}`, {
        host,
        referer: 'x\t{"level":"error"}',
        'user-agent': '\x1b[31mforged',
      }),
    )
  const { changed } = await openCallback(person)
  await person.open(changed({ error: `x${injected}`, error_description: injected, code: null }))
  const lines = app
    .logs()
    .split('\n')
    .filter((line) => line !== '')
  for (const line of lines) expect(() => JSON.parse(line)).not.toThrow()
  expect(lines.filter((line) => JSON.parse(line).msg === 'forged')).toEqual([])
  for (const line of lines) expect(line).not.toMatch(/\p{Cc}/u)
})

test('a balancer may ask in HTTP/1.0 without a host; in HTTP/1.1 nobody may', async () => {
  const { app } = await begin()
  const ask = (head: string) =>
    exchange(app.origin, `GET /readyz HTTP/${head}\r\nConnection: close\r\n\r\n`)
  expect(statuses(await ask('1.0'))).toEqual([200])
  expect(statuses(await ask('1.1'))).toEqual([400])
  expect(statuses(await ask('1.0\r\nHost: a\r\nHost: b'))).toEqual([400])
})
