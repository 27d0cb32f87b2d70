// What must not leave: tokens, secrets, stacks, files, versions. (The canary of every scene reads everything else.)
import request from 'supertest'
import { expect, test } from 'vitest'
import type { Visit } from '../support/browser/http-visitor.ts'
import { readPage } from '../support/browser/page.ts'
import { rawRequest, sendRaw } from '../support/browser/raw-socket.ts'
import { onward, pressSync, sync, told, toVendor } from '../support/scene/authorization.ts'
import { openCallback, tokensIn } from '../support/scene/callbacks.ts'
import { leaks, secretsOf, textsOfStore } from '../support/scene/canary.ts'
import { caseScenes } from '../support/scene/case-scene.ts'
import { keysOf } from '../support/scene/cases.ts'
import { canaryValue } from '../support/vendor/fake-vendor-oauth.ts'

const { begin, set } = caseScenes()

test('LEA-02: nothing in the store can be read: no token, no verifier', async () => {
  const { person, vendor, dump } = await begin()
  await sync(person, 'C1')
  await toVendor(person, 'C2')
  const entries = await dump()
  expect(entries.filter(({ key }) => /^(tok|auth):/.test(key))).toHaveLength(2)
  expect(leaks(secretsOf(vendor), textsOfStore(entries))).toEqual([])
  for (const { key, value } of entries)
    if (/^(tok|auth):/.test(key)) expect(value).toMatch(/^[\w-]{6}\.[\w-]{16}\.[\w-]+\.[\w-]{22}$/)
})

test('LEA-12: the token goes to the API in its header, the client secret to the token endpoint in its form', async () => {
  const { person, vendor } = await begin()
  await sync(person, 'C1')
  await person.follow(await person.post('/connections/fake/campaign:C1/disconnect', {}))
  const [token = ''] = vendor.values().tokens
  const form = new URLSearchParams({ s: vendor.settings.clientSecret }).toString().slice(2)
  for (const { endpoint, url, headers, body } of vendor.requests) {
    const isApi = endpoint === 'api' || endpoint === 'me'
    expect(headers.authorization).toBe(isApi ? `Bearer ${token}` : undefined)
    expect(url.search.includes(token) || url.search.includes(form)).toBe(false)
    expect([endpoint, body.includes(form)]).toEqual([
      endpoint,
      endpoint === 'token' || endpoint === 'revoke',
    ])
    expect([endpoint, body.includes(token)]).toEqual([endpoint, endpoint === 'revoke'])
    expect(headers.cookie ?? headers.referer).toBe(undefined)
  }
})

test.each<[string, (token: string) => string]>([
  ['URL-encoded', (token) => encodeURIComponent(token)],
  ['base64', (token) => Buffer.from(token).toString('base64')],
  ['base64url', (token) => Buffer.from(token).toString('base64url')],
  ['hex', (token) => Buffer.from(token).toString('hex')],
  ['HEX', (token) => Buffer.from(token).toString('hex').toUpperCase()],
])('a token that the vendor repeats %s is struck too', async (_, encode) => {
  const { person, vendor } = await begin()
  await sync(person, 'C1')
  const [token = ''] = vendor.values().tokens
  const message = `The token ${encode(token)} may not do this`
  vendor.script('api', [{ status: 422, body: { error: { message } } }])
  const { body } = await sync(person, 'C1')
  expect(body).toContain('The token [token]')
  expect(body).not.toContain(encode(token))
})

test('a token that the vendor repeats in its words is not repeated by us', async () => {
  const { person, vendor } = await begin()
  await sync(person, 'C1')
  const [token = ''] = vendor.values().tokens
  const scope = { 'www-authenticate': `Bearer error="insufficient_scope", scope="${token}"` }
  vendor.script('api', [
    { status: 422, body: { error: { message: `The token ${token} may not do this` } } },
    { status: 403, headers: scope, body: {} },
    { body: { id: token } },
  ])
  expect((await sync(person, 'C1')).body).toContain('The token [token] may not do this')
  for (const words of ['may not change', 'synced.'])
    expect(told(await sync(person, 'C1'))).toContain(words)
  vendor.script('me', [{ status: 400, body: { error: { message: token } } }])
  await person.post('/connections/fake/campaign:C1/test', '{}', { accept: 'application/json' })
  // The canary of the scene looks for it in pages, logs and the store.
})

test('a callback whose question mark got lost is logged without its code and state', async () => {
  const { person, app } = await begin()
  const { url, works } = await openCallback(person)
  for (const mark of ['%3F', '%3f', ';', '&', '%23', '%00'])
    expect((await person.get(url.pathname + mark + url.search.slice(1))).status).toBe(404)
  expect(app.logs()).toContain('"path":"/oauth/fake/callback","status":404')
  await works()
  // The canary of the scene looks for them in the log; these addresses were made by this test.
  const lost = ({ url: { pathname } }: Visit) => /^\/oauth\/fake\/callback./.test(pathname)
  for (const visit of person.visits.filter(lost))
    person.visits.splice(person.visits.indexOf(visit), 1)
})

test('LEA-13: health says ok, and metrics are closed without their token and count no campaign', async () => {
  const METRICS_TOKEN = canaryValue('metrics')
  const { person, app, setup } = await begin({ environment: { METRICS_TOKEN } })
  await sync(person, 'C1')
  const metricsFor = (authorization: string) =>
    request(app.origin).get('/metrics').set({ authorization })
  for (const path of ['/healthz', '/readyz']) await request(app.origin).get(path).expect(200, 'ok')
  for (const authorization of ['', 'Bearer', 'Bearer x', `Basic ${METRICS_TOKEN}`, METRICS_TOKEN])
    await metricsFor(authorization).expect(401)
  const { text: metrics } = await metricsFor(`Bearer ${METRICS_TOKEN}`).expect(200)
  for (const text of ['C1', 'Spring', ...person.sessionIds(), setup.folder, 'redis:'])
    expect(metrics.includes(text)).toBe(false)
  await request((await begin()).app.url)
    .get('/metrics')
    .expect(404)
})

test('LEA-14, LEA-17: no file but ours is served, and no header names what we run on', async () => {
  const { app } = await begin()
  const host = new URL(app.url).host
  const files = [
    '/.env',
    '/.git/config',
    '/package.json',
    '/package-lock.json',
    '/dist/app.js.map',
    '/views/layout.pug',
    '/layout.pug',
    '/node_modules/express/package.json',
    '/..%2f..%2fetc/passwd',
    '/../package.json',
    '/%2e%2e/package.json',
    '/..\\package.json',
    '/style.css%00.json',
    '/style.css/../../package.json',
    '//etc/passwd',
    '/data/campaign-sync.sqlite',
    '/src/server.ts',
    '/public/style.css',
    '/style.css/',
    '/app.js.map',
    '/README.md',
  ]
  for (const path of files) {
    const { status, headers } = await sendRaw(app.origin, rawRequest(`GET ${path}`, { host }))
    expect([path, [400, 403, 404].includes(status)]).toEqual([path, true])
    const names = headers.map(([name]) => name)
    expect(names.filter((name) => ['x-powered-by', 'server', 'via'].includes(name))).toEqual([])
    expect(JSON.stringify(headers)).not.toMatch(/express|node|26\./i)
  }
  expect((await sendRaw(app.origin, rawRequest('GET /style.css', { host }))).status).toBe(200)
})

test('LEA-15: a token of two seconds is gone when they are over, from the store and from memory', async () => {
  const { person, vendor, dump } = await begin({ vendors: [{ expiresIn: 2 }] })
  await sync(person, 'C1')
  const [token] = keysOf(await dump(), 'tok:')
  expect(token?.leftMs).toBeLessThanOrEqual(2_000)
  await expect
    .poll(async () => tokensIn(await dump()).length, { interval: 50, timeout: 4_000 })
    .toBe(0)
  const pressed = await pressSync(person, 'C1')
  expect(pressed.next?.pathname).toBe('/connect/fake/C1')
  expect(vendor.at('api')).toHaveLength(1)
})

test('LEA-16: a refresh token and an id_token that nobody asked for are not kept', async () => {
  const { person, vendor, app, dump } = await begin()
  const uninvited = {
    refresh_token: canaryValue('rt'),
    id_token: `${canaryValue('id')}.e30.x`,
    password: canaryValue('pw'),
  }
  vendor.script('token', [{ members: uninvited }])
  expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
  const entries = await dump()
  expect(keysOf(entries, 'ref:')).toEqual([])
  const texts = [{ name: 'a log', text: app.logs() }, ...textsOfStore(entries)]
  expect(leaks({ token: Object.values(uninvited) }, texts)).toEqual([])
  const place = {
    owner: entries.flatMap(({ key }) => /^tok:\{([\w-]+)\}/.exec(key)?.[1] ?? [])[0] ?? '',
    vendor: app.context.vendor('fake'),
    subject: 'campaign:C1',
  }
  expect(JSON.stringify(await app.context.tokens.get(place))).not.toContain('rt_')
})

test('LEA-18: a process that ends in a surprise says so in one line, without what it was about', async () => {
  const CRASH_CANARY = canaryValue('crash')
  const preload = new URL('../support/app/crash-on-signal.mjs', import.meta.url)
  const scene = await set({
    surprised: true,
    environment: { NODE_OPTIONS: `--import=${preload}`, CRASH_CANARY },
  })
  const app = await scene.startProcess()
  const person = scene.visitor(app.url)
  const page = await onward(person, await person.follow(await pressSync(person, 'C1')))
  expect(readPage(page.body).text).toContain('Spring launch')
  app.child.kill('SIGUSR2')
  expect(await app.ended).toBe(1)
  expect(leaks({ token: [CRASH_CANARY] }, [{ name: 'the output', text: app.output() }])).toEqual([])
  expect(app.stdout()).toContain('"msg":"surprise"')
  expect(app.output()).not.toContain('Debugger')
})
