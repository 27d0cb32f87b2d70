// Whose access is used, and what proxies and clients may say about themselves.
import { expect, test } from 'vitest'
import { z } from 'zod'
import { createTlsVisitor } from '../support/app/behind-tls.ts'
import type { Visitor } from '../support/browser/http-visitor.ts'
import { sync } from '../support/scene/authorization.ts'
import { caseScenes } from '../support/scene/case-scene.ts'

const { begin, set } = caseScenes()
const HTTPS = 'https://sync.example.test'

test('TEN-03: no header of a proxy names our address', async () => {
  const { person, app } = await begin({ environment: { TRUST_PROXY: '1' } })
  const names = [
    'evil.test',
    'evil.test, localhost',
    'evil.test:443',
    'evil.test#',
    'localhost@evil.test',
    'evil.test/%0d%0aX: y',
  ]
  for (const name of names) {
    const headers = {
      'x-forwarded-host': name,
      forwarded: `host=${name}`,
      'x-original-url': '//evil.test/',
      'x-rewrite-url': '/evil',
    }
    const { next, body } = await person.get('/connect/fake/C1?continue=1', headers)
    expect(next?.searchParams.get('redirect_uri')).toBe(`${app.url}/oauth/fake/callback`)
    expect(body).not.toContain('evil')
    for (const path of [
      '/campaigns',
      '/campaigns/C1',
      '/nowhere',
      '/oauth/fake/callback?state=x',
      '/',
    ]) {
      const answer = await person.get(path, headers)
      expect(`${answer.body}${JSON.stringify(answer.headers)}`).not.toContain('evil')
    }
  }
})

test.each(['http', 'javascript', 'https, http', '', 'HTTPS', 'ws'])(
  'TEN-05, SES-04: X-Forwarded-Proto "%s" changes no address and no cookie of an https app',
  async (proto) => {
    const scene = await set({ environment: { TRUST_PROXY: '1' } })
    const app = await scene.startApp(HTTPS)
    const person = createTlsVisitor(HTTPS, app.origin, { 'x-forwarded-proto': proto })
    const end = await person.post('/campaigns/C1/sync', { referrer: '/campaigns' })
    expect(end.status).toBe(200)
    expect(end.body).toContain('Spring launch')
    expect(scene.vendor.effects('C1')).toBe(1)
    await person.get('/oauth/fake/callback?state=x')
    await person.post('/session/end', {})
    const cookies = person.hops.flatMap(({ setCookies }) => setCookies)
    expect(cookies.length).toBeGreaterThan(2)
    for (const cookie of cookies) {
      expect(cookie).toMatch(/^__Host-[\w-]+=/)
      expect(cookie).toMatch(/; Secure/)
      expect(cookie).toMatch(/; HttpOnly/)
      expect(cookie).toMatch(/; SameSite=Lax/)
      expect(cookie).toMatch(/; Path=\/(;|$)/)
      expect(cookie).not.toMatch(/; Domain/i)
      expect(cookie.length).toBeLessThan(4096)
    }
    for (const { location } of person.hops)
      expect(location ?? HTTPS).toMatch(
        /^(https:\/\/sync\.example\.test|http:\/\/127\.0\.0\.1:\d+\/authorize)/,
      )
    expect(person.jar.names()).toEqual([])
  },
)

test('TEN-07: health checkers get no way around', async () => {
  const { person, vendor } = await begin()
  for (const agent of ['kube-probe/1.31', 'GoogleHC/1.0', 'ELB-HealthChecker/2.0', 'curl/8']) {
    const headers = { 'user-agent': agent }
    const posted = await person.post(
      '/campaigns/C1/sync',
      {},
      { ...headers, 'sec-fetch-site': 'cross-site' },
    )
    expect(posted.status).toBe(403)
    const pressed = await person.post('/campaigns/C1/sync', {}, headers)
    expect(pressed.next?.pathname).toBe('/connect/fake/C1')
    expect((await person.get('/oauth/fake/callback?code=x&state=y', headers)).status).toBe(400)
  }
  expect(vendor.requests).toEqual([])
})

test('TEN-08: an Authorization header is no login and never reaches the vendor', async () => {
  const { person, vendor, app, visitor } = await begin()
  const stranger = visitor(app.url)
  const values = [
    'Bearer EVILTOKEN',
    'Bearer %',
    'Bearer %ff',
    'Basic !!!',
    'Basic Og==',
    `Bearer ${'E'.repeat(8000)}`,
    'Negotiate x',
  ]
  for (const authorization of values) {
    for (const who of [person, stranger]) {
      const pressed = await who.post('/campaigns/C1/sync', {}, { authorization })
      expect(pressed.next?.pathname).toBe('/connect/fake/C1')
      expect((await who.get('/campaigns', { authorization })).status).toBe(200)
    }
  }
  await sync(person, 'C1')
  const page = await person.post('/campaigns/C1/sync', {}, { authorization: 'Bearer EVILTOKEN' })
  expect(page.status).toBe(303)
  const seen = vendor.requests.map(({ headers, body }) => `${headers.authorization} ${body}`).join()
  expect(seen).not.toMatch(/EVIL|EEEE/)
})

test('TEN-11: interleaved syncs of two people each carry the token of their own', async () => {
  const { person, vendor, app, visitor } = await begin({ environment: { RATE_LIMIT: '0' } })
  const people = [person, visitor(app.url)]
  const tokens: (string | undefined)[] = []
  for (const one of people) {
    for (const id of ['C1', 'C2']) await sync(one, id)
    tokens.push(...vendor.values().tokens.slice(-2))
  }
  const before = vendor.at('api').length
  for (let syncs = 0; syncs < 1_000; syncs++) vendor.script('api', [{ delayMs: Math.random() * 8 }])
  const click = async (who: Visitor, id: string) => {
    const { body } = await who.post(`/campaigns/${id}/sync`, '{}', { accept: 'application/json' })
    return z.object({ intent: z.string(), status: z.string() }).parse(JSON.parse(body))
  }
  const rounds = process.env.FULL ? 250 : 50 // 1000 syncs, or 200
  for (let round = 0; round < rounds; round++) {
    const pairs = [0, 1, 2, 3].map(async (at) => {
      const who = people[at >> 1]
      const done = who && (await click(who, at % 2 === 0 ? 'C1' : 'C2'))
      const sent = vendor
        .at('api')
        .filter(({ headers }) => headers['idempotency-key'] === done?.intent)
      expect(done?.status).toBe('Synced')
      expect(sent.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${tokens[at]}`])
    })
    await Promise.all(pairs)
  }
  expect(vendor.at('api').length - before).toBe(rounds * 4)
})
