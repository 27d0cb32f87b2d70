// Callbacks as no vendor sends them, and as browsers repeat them.
import { afterEach, expect, test, vi } from 'vitest'
import { readPage } from '../support/browser/page.ts'
import { rawRequest, sendRaw } from '../support/browser/raw-socket.ts'
import { sync, toCallback, told, toVendor } from '../support/scene/authorization.ts'
import {
  expectRefused,
  expectUntouched,
  openCallback,
  tokensIn,
} from '../support/scene/callbacks.ts'
import { caseScenes } from '../support/scene/case-scene.ts'
import { keysOf } from '../support/scene/cases.ts'

const { begin } = caseScenes()
afterEach(() => vi.useRealTimers())

test('CAL-02: parameters that repeat are refused before anything is used up', async () => {
  const { person, vendor } = await begin()
  const { url, state, works } = await openCallback(person)
  const twice = ['code=A&code=B', `state=${state}`, 'state=X', 'iss=a&iss=b', 'error=a&error=b']
  for (const more of twice) expectRefused(await person.open(`${url.href}&${more}`))
  expectUntouched(vendor)
  await works()
})

test('CAL-03: parameters in brackets are nobody’s', async () => {
  const { person, vendor, app } = await begin()
  const { code, state, works } = await openCallback(person)
  const callback = `${app.url}/oauth/fake/callback`
  for (const query of [
    `code=${code}&state[]=${state}`,
    `code=${code}&state[$ne]=x`,
    `code=${code}&state[__proto__]=1`,
    `code=${code}&__proto__[state]=${state}`,
    `code=${code}&state[toString]=1`,
  ])
    expectRefused(await person.open(`${callback}?${query}`))
  await works()
  for (const name of ['code[]', 'code[0]', 'code[a]', 'constructor']) {
    const request = await openCallback(person, 'C2')
    expectRefused(
      await person.open(
        `${callback}?${name}=${request.code}&state=${request.state}&iss=${vendor.url}`,
      ),
    )
  }
  expectUntouched(vendor, { tokens: 1, pushes: 1 })
})

test('CAL-07: floods in a query are refused and the app goes on', async () => {
  const { person, app } = await begin()
  const { url } = await openCallback(person)
  const many = Array.from({ length: 1_200 }, (_, at) => `p${at}=1`).join('&')
  const ask = (query: string) =>
    sendRaw(app.origin, rawRequest(`GET ${url.pathname}?${query}`, { host: url.host }))
  expect((await ask(`x=${'a'.repeat(15_000)}`)).status).toBe(400)
  expect((await ask(many)).status).toBe(400)
  expect([431, 0]).toContain((await ask(`x=${'a'.repeat(20_000)}`)).status)
  expect([431, 0]).toContain((await ask(`x=${'a'.repeat(1_000_000)}`)).status)
  expect(told(await sync(person, 'C2'))).toContain('Webinar EMEA synced.')
})

test('CAL-14: only the very path of the callback is one', async () => {
  const { person, vendor, app } = await begin()
  const { url, works } = await openCallback(person)
  const cookie = `campaign-sync=${person.jar.value('campaign-sync')}`
  for (const path of [
    '/oauth/fake/callback/',
    '/OAUTH/fake/CALLBACK',
    '/oauth/FAKE/callback',
    '/oauth//callback',
    '/oauth/./callback',
    '/oauth/fake/./callback',
    '/oauth/fake/x/../callback',
    '/oauth/fake/callback;x',
    '/oauth/fake/callback%2f',
    '/oauth/fake%2fcallback',
    '//oauth/fake/callback',
  ]) {
    const request = rawRequest(`GET ${path}${url.search}`, { host: url.host, cookie })
    expect([path, (await sendRaw(app.origin, request)).status]).toEqual([path, 404])
  }
  expectUntouched(vendor)
  await works()
})

test('CAL-16: a session that is gone when the person comes back ends on a page with a way on', async () => {
  const { person, vendor, app, dump } = await begin()
  const { url } = await openCallback(person)
  for (const { key } of await dump()) if (key.startsWith('sess:')) await app.context.store.del(key)
  expectRefused(await person.open(url.href))
  expectUntouched(vendor)
  expect(tokensIn(await dump())).toEqual([])
  expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
})

test('CAL-17: a callback after the person signed out in another tab is worth nothing', async () => {
  const { person, vendor, dump } = await begin()
  const { url } = await openCallback(person)
  await person.follow(await person.post('/session/end', {}))
  expectRefused(await person.open(url.href))
  expectUntouched(vendor)
  expect(tokensIn(await dump())).toEqual([])
  expect(keysOf(await dump(), 'sess:')).toEqual([])
})

test('CAL-17: nor is one whose code is being exchanged at that moment', async () => {
  const { person, vendor, dump } = await begin()
  const { url } = await openCallback(person)
  const exchange = vendor.gate('token')
  const late = person.get(url.href)
  await exchange.arrived
  await person.follow(await person.post('/session/end', {}))
  exchange.release()
  expectRefused(await late)
  expect(tokensIn(await dump())).toEqual([])
  expect(keysOf(await dump(), 'sess:')).toEqual([])
  expect([vendor.at('revoke').length, vendor.at('api').length]).toEqual([1, 0])
})

test('CAL-20: a callback without any parameter is a page', async () => {
  const { person, app } = await begin()
  for (const end of ['', '?', '?#code=x', '?&', '?=', '?code', '?state', '?%', '?state=%ff']) {
    const request = rawRequest(`GET /oauth/fake/callback${end}`, {
      host: new URL(app.url).host,
      accept: 'text/html',
    })
    const { status, body } = await sendRaw(app.origin, request)
    expect([end, status, readPage(body).heading !== '']).toEqual([end, 400, true])
  }
  expect((await person.open('/campaigns')).status).toBe(200)
})

test('CAL-21: nine minutes and 59 seconds at the vendor are in time, two more are not', async () => {
  for (const [seconds, statuses] of [
    [599, [200]],
    [601, [400]],
  ] as const) {
    const { person } = await begin()
    const door = await toVendor(person, 'C1')
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1000 })
    expect(statuses).toContain((await person.follow(await toCallback(person, door))).status)
    vi.useRealTimers()
  }
})
