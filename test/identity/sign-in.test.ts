// Signing in by the company's sign-in: who comes in, as whom, back to where, for how long; and what is refused.
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { StoreError } from '../../src/store/open.ts'
import type { TestApp } from '../support/app/app.ts'
import { startRun, until } from '../support/app/runs.ts'
import { readPage } from '../support/browser/page.ts'
import { type AtCompany, startAtCompany } from '../support/identity/at-company.ts'
import { type Company, DANA, NOBODY, SAM } from '../support/identity/company.ts'
import { sync, syncButton, told } from '../support/scene/authorization.ts'
import { leaks, secretsOf, textsOfStore, textsOfVisitor } from '../support/scene/canary.ts'
import type { Scene } from '../support/scene/scene.ts'

let at: AtCompany
let company: Company
let scene: Scene
let app: TestApp

beforeAll(async () => {
  at = await startAtCompany()
  ;({ company, scene, app } = at)
})
afterAll(() => at.close())
beforeEach(() => {
  Object.assign(company.state, { person: DANA, denies: false, wrong: {} })
})

const signedIn = (person = DANA as Company['state']['person']) => at.signedIn(person)

test('a page leads to the sign-in and back to itself, and says who is there', async () => {
  const visitor = scene.visitor(app.url)
  const page = await visitor.open('/campaigns?search=spring')
  expect(page.url.href).toBe(`${app.url}/campaigns?search=spring`)
  expect(page.body).toContain('dana@company.example</bdi> · admin')
  expect(visitor.visits.map(({ url }) => url.pathname)).toEqual([
    '/campaigns',
    '/signin',
    '/authorize',
    '/signin/callback',
    '/campaigns',
  ])
})

test('who has signed in is told before their first access what the vendor will be asked for', async () => {
  const person = await signedIn({ ...DANA, sub: 'new here' })
  const page = await person.open('/campaigns/C1')
  const told = await person.follow(await person.press(page, syncButton('C1')))
  expect([told.url.pathname, readPage(told.body).heading]).toEqual([
    '/connect/fake/C1',
    'Connect to Fake Ads',
  ])
})

test('a script is told to sign in, and a form does nothing', async () => {
  const visitor = scene.visitor(app.url)
  const answer = await visitor.get('/campaigns', { accept: 'application/json' })
  expect(answer.status).toBe(401)
  expect(JSON.parse(answer.body)).toMatchObject({ code: 'E-SIGN-IN', status: 401 })
  const form = await visitor.post('/campaigns/C1/sync', {})
  expect(form.status).toBe(401)
  expect(readPage(form.body).heading).toBe('Sign in first')
  expect(scene.vendor.requests).toEqual([])
})

test('who has had access before is sent to the vendor at once when it has ended', async () => {
  const person = await signedIn({ ...DANA, sub: 'here before' })
  await sync(person, 'C1')
  vi.useFakeTimers({ now: Date.now() + 2 * 3600_000, toFake: ['Date'] })
  try {
    const page = await person.open('/campaigns/C1')
    const end = await person.follow(await person.press(page, syncButton('C1')))
    expect([end.url.pathname, told(end)]).toEqual([
      '/campaigns/C1',
      expect.stringContaining('synced'),
    ])
  } finally {
    vi.useRealTimers()
  }
})

test('a run is called by whoever made it, as the sign-in names them', async () => {
  const visitor = await signedIn()
  const page = await visitor.follow(await visitor.post('/runs', { id: 'C1' }))
  expect(readPage(page.body).text).toContain('· Fake Ads · by dana@company.example')
})

test('a person finds their access and their runs in another browser; somebody else does not', async () => {
  const first = await signedIn(SAM)
  expect(told(await sync(first, 'C1'))).toContain('synced')
  const second = await signedIn(SAM)
  expect(readPage((await second.open('/connections')).body).text).toContain('access for 1 campaign')
  const asked = scene.vendor.requests.filter(({ endpoint }) => endpoint === 'authorize').length
  expect(told(await sync(second, 'C1'))).toContain('synced')
  const again = scene.vendor.requests.filter(({ endpoint }) => endpoint === 'authorize').length
  expect(again).toBe(asked)
  const other = await signedIn({ ...DANA, sub: 'another dana' })
  expect(readPage((await other.open('/connections')).body).text).toContain('Not connected')
})

test('signing out ends the session here and at the issuer; access stays the person’s', async () => {
  const visitor = await signedIn({ ...SAM, sub: 'sam who leaves' })
  await sync(visitor, 'C1')
  const page = await visitor.click(await visitor.open('/campaigns'), 'Sign out')
  expect(page.url.href).toBe(`${app.url}/signin`)
  const end = company.requests.findLast(({ path }) => path === '/end')
  expect(end?.query.get('id_token_hint')?.split('.')).toHaveLength(3)
  expect((await visitor.get('/campaigns', { accept: 'application/json' })).status).toBe(401)
  await visitor.click(page, 'Sign in')
  expect(readPage((await visitor.open('/connections')).body).text).toContain(
    'access for 1 campaign',
  )
})

test('the session has another id after the sign-in: a planted cookie is worth nothing', async () => {
  const visitor = await signedIn()
  const before = visitor.sessionIds()
  await visitor.follow(await visitor.post('/session/end', {}))
  await visitor.open('/campaigns')
  expect(visitor.sessionIds()).not.toEqual(before)
  const cookies = visitor.visits
    .filter(({ url }) => url.pathname === '/signin')
    .flatMap(({ headers }) => headers['set-cookie'] ?? [])
  expect(
    cookies.every((one) => one.startsWith('campaign-sync-signin=') && /HttpOnly/.test(one)),
  ).toBe(true)
})

describe('what is not right signs nobody in', () => {
  const now = () => Math.floor(Date.now() / 1000)
  const wrong: [string, Company['state']['wrong']][] = [
    ['another nonce', { idToken: (claims) => ({ ...claims, nonce: 'another' }) }],
    ['another audience', { idToken: (claims) => ({ ...claims, aud: 'another' }) }],
    [
      'another issuer in the ID token',
      { idToken: (claims) => ({ ...claims, iss: 'https://evil.test' }) },
    ],
    ['an ID token that has ended', { idToken: (claims) => ({ ...claims, exp: now() - 60 }) }],
    ['a key that is not the issuer’s', { otherKey: true }],
    ['no signature at all', { signature: 'none' }],
    ['the client’s secret for a key', { signature: 'HS256' }],
    ['a nonce that is missing', { idToken: ({ nonce: _, ...claims }) => claims }],
    ['several audiences without ours', { idToken: (claims) => ({ ...claims, aud: ['a', 'b'] }) }],
    [
      'another issuer in the callback',
      { callback: (query) => query.set('iss', 'https://evil.test') },
    ],
    ['no issuer in the callback', { callback: (query) => query.delete('iss') }],
    ['a made-up code', { callback: (query) => query.set('code', 'made-up') }],
    ['a token endpoint that fails', { fails: true }],
  ]
  test.each(wrong)('%s', async (_name, misbehaviour) => {
    company.state.wrong = misbehaviour
    const visitor = scene.visitor(app.url)
    const page = await visitor.open('/campaigns')
    expect(page.status).toBe(502)
    expect(readPage(page.body).heading).toBe('The sign-in could not be finished')
    expect((await visitor.get('/campaigns', { accept: 'application/json' })).status).toBe(401)
  })

  test('a person who says no', async () => {
    company.state.denies = true
    const page = await scene.visitor(app.url).open('/campaigns')
    expect([page.status, readPage(page.body).heading]).toEqual([403, 'You were not signed in'])
  })

  test('a request that the issuer refuses: the log says what it said', async () => {
    company.state.wrong = {
      callback: (query) => {
        query.delete('code')
        query.set('error', 'invalid_scope')
        query.set('error_description', 'unknown scope:\nprofile')
      },
    }
    expect((await scene.visitor(app.url).open('/campaigns')).status).toBe(502)
    expect(app.logs()).toContain('"said":"invalid_scope","description":"unknown scope: profile"')
  })

  test('a callback in another browser, and the same one again', async () => {
    const victim = scene.visitor(app.url)
    const visitor = scene.visitor(app.url)
    const atCallback = (next: URL) => next.pathname === '/signin/callback'
    const back = await visitor.follow(await visitor.get('/campaigns'), atCallback)
    const path = `${back.next?.pathname}${back.next?.search}`
    expect((await victim.get(path)).status).toBe(400)
    expect(victim.sessionIds()).toEqual([])
    const page = await visitor.follow(await visitor.get(path))
    expect(page.status).toBe(200)
    const copy = await visitor.follow(await visitor.get(path))
    expect([copy.status, copy.url.pathname]).toEqual([200, '/campaigns'])
  })
})

test.each([
  '//evil.test/',
  'https://evil.test/',
  '/\\evil.test',
  '/signin?return=%2Fsignin',
  '/campaigns//evil.test',
  'javascript:alert(1)',
  '/%2Fevil.test',
])('nobody is returned to %s', async (page) => {
  const visitor = scene.visitor(app.url)
  const shown = await visitor.get(`/signin?return=${encodeURIComponent(page)}`)
  expect([shown.status, readPage(shown.body).heading]).toEqual([200, 'Sign in'])
})

test('somebody without a role sees nothing but that', async () => {
  const visitor = await signedIn(NOBODY)
  const page = await visitor.open('/campaigns')
  expect([page.status, readPage(page.body).heading]).toEqual([403, 'You may not do this'])
  expect(page.body).not.toContain('Spring launch')
})

test('an address that the issuer has not verified is nobody’s name', async () => {
  const mallory = { sub: 'mallory', name: 'Mallory', email: DANA.email, email_verified: false }
  const visitor = await signedIn({ ...mallory, roles: ['sender'] })
  const page = await visitor.open('/campaigns')
  expect(page.body).toContain('Mallory</bdi> · sender')
  expect(page.body).not.toContain(DANA.email)
})

test('claims that only userinfo has count', async () => {
  company.state.wrong = { onlyUserinfo: true }
  const visitor = await signedIn({ ...SAM, sub: 'in userinfo' })
  const page = await visitor.open('/campaigns')
  expect(page.body).toContain('sam@company.example</bdi> · sender')
})

test('a session ends when its hours are over, and when the issuer says so', async () => {
  const visitor = await signedIn()
  const brief = await signedIn({ ...DANA, session_expiry: Math.floor(Date.now() / 1000) + 600 })
  const statusOf = async (who: typeof visitor) =>
    (await who.get('/campaigns', { accept: 'application/json' })).status
  vi.useFakeTimers({ now: Date.now() + 601_000, toFake: ['Date'] })
  try {
    expect(await Promise.all([statusOf(visitor), statusOf(brief)])).toEqual([200, 401])
    vi.setSystemTime(Date.now() + 10 * 3600_000)
    expect(await statusOf(visitor)).toBe(401)
  } finally {
    vi.useRealTimers()
  }
})

test('a person whose session at the issuer is over is not sent round and round', async () => {
  company.state.person = { ...DANA, session_expiry: Math.floor(Date.now() / 1000) - 600 }
  const page = await scene.visitor(app.url).open('/campaigns')
  expect([page.status, readPage(page.body).heading]).toEqual([
    502,
    'The sign-in could not be finished',
  ])
})

test('who cannot be known while the store is away is not told to sign in', async () => {
  const visitor = await signedIn()
  const { store } = app.context
  const { get } = store
  store.get = () => Promise.reject(new StoreError('away'))
  const page = await visitor.get('/campaigns')
  const script = await visitor.get('/campaigns', { accept: 'application/json' })
  store.get = get
  expect([page.status, readPage(page.body).heading]).toEqual([
    503,
    'Syncing is not possible right now',
  ])
  expect([script.status, JSON.parse(script.body).code]).toEqual([503, 'E-STORE'])
  expect((await visitor.get('/campaigns')).status).toBe(200)
})

test('no secret of the sign-in is in a page, a log, an address or the store', async () => {
  const visitor = await signedIn()
  await visitor.open('/campaigns')
  const texts = [
    { name: 'a log', text: app.logs() },
    ...textsOfStore(await scene.dump()),
    ...textsOfVisitor(visitor, app.url),
  ]
  const { code, state, ...secrets } = secretsOf(company)
  expect(leaks(secrets, texts)).toEqual([])
  expect(leaks({ code, state }, [{ name: 'a log', text: app.logs() }])).toEqual([])
  expect(leaks({ code, state }, textsOfStore(await scene.dump()))).toEqual([])
})

test('the history says who did it, beside the account at the vendor', async () => {
  const visitor = await signedIn({ ...SAM, sub: 'sam of the history' })
  await sync(visitor, 'C2')
  const page = await visitor.open('/campaigns/C2')
  expect(readPage(page.body).text).toContain('sam@company.example')
  const { id } = await startRun(visitor, { id: 'C3' })
  expect(await until(visitor, id)).toMatchObject({ state: 'done', sent: 1 })
  const other = await signedIn()
  expect(readPage((await other.open('/campaigns/C3')).body).text).toContain('sam@company.example')
})
