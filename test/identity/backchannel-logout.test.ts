// The issuer ends sessions here by itself (OpenID Connect Back-Channel Logout 1.0): whose, and what it is not believed.
import { randomUUID } from 'node:crypto'
import { SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Visitor } from '../support/browser/http-visitor.ts'
import { type AtCompany, startAtCompany } from '../support/identity/at-company.ts'
import { DANA, SAM } from '../support/identity/company.ts'
import { sync, told } from '../support/scene/authorization.ts'
import { ENGINES } from '../support/scene/scene.ts'
import { JSON_CALLER } from '../support/scene/script.ts'

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
const now = () => Math.floor(Date.now() / 1000)

type Claims = Record<string, unknown>

describe.each(ENGINES)('on the %s store', (engine) => {
  let at: AtCompany
  beforeAll(async () => {
    at = await startAtCompany({}, engine)
  })
  afterAll(() => at.close())

  /** A logout token as it should be, but for `change`. */
  const claimsOf = (change: Claims): Claims => ({
    iss: at.company.issuer,
    aud: 'sync',
    iat: now(),
    exp: now() + 120,
    jti: randomUUID(),
    events: { [EVENT]: {} },
    ...change,
  })
  const signed = (change: Claims, typ = 'logout+jwt') => at.company.sign(claimsOf(change), { typ })

  function send(token: string): Promise<Response> {
    const body = new URLSearchParams({ logout_token: token })
    return fetch(`${at.app.origin}/signin/backchannel-logout`, { method: 'POST', body })
  }

  const statusOf = async (visitor: Visitor) => (await visitor.get('/campaigns', JSON_CALLER)).status

  test('the sessions of that session of the issuer end, and no others; access stays', async () => {
    const person = { ...SAM, sub: 'sam of two', sid: 'sid at work' }
    const here = await at.signedIn(person)
    await sync(here, 'C1')
    const elsewhere = await at.signedIn({ ...person, sid: 'sid at home' })
    const other = await at.signedIn(DANA)
    const ended = await send(await signed({ sub: person.sub, sid: 'sid at work' }))
    expect([ended.status, ended.headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(await Promise.all([here, elsewhere, other].map(statusOf))).toEqual([401, 200, 200])
    expect(told(await sync(await at.signedIn({ ...person, sid: 'sid of later' }), 'C1'))).toContain(
      'Spring launch synced.',
    )
    expect((await send(await signed({ sid: 'sid at home' }))).status).toBe(200)
    expect(await statusOf(elsewhere)).toBe(401)
  })

  test('without a session of the issuer all of a person’s end', async () => {
    const person = { ...SAM, sub: 'sam of many' }
    const sessions = [await at.signedIn(person), await at.signedIn({ ...person, sid: 'another' })]
    const other = await at.signedIn(DANA)
    expect((await send(await signed({ sub: person.sub }))).status).toBe(200)
    expect(await Promise.all([...sessions, other].map(statusOf))).toEqual([401, 401, 200])
    expect((await send(await signed({ sub: 'nobody we know' }))).status).toBe(200)
  })

  test('a sign-in of a session that the issuer has ended meanwhile is none', async () => {
    const person = { ...SAM, sub: 'sam who was late', sid: 'sid that is over' }
    const visitor = at.visitorOf(person)
    const atCallback = (next: URL) => next.pathname === '/signin/callback'
    const back = await visitor.follow(await visitor.get('/campaigns'), atCallback)
    await send(await signed({ sub: person.sub, sid: person.sid }))
    await visitor.get(`${back.next?.pathname}${back.next?.search}`)
    expect(await statusOf(visitor)).toBe(401)
  })

  test('a person with fewer roles at a sign-in loses the sessions with more', async () => {
    const person = { ...DANA, sub: 'dana who steps back' }
    const before = await at.signedIn(person)
    await at.signedIn(person)
    expect(await statusOf(before)).toBe(200)
    const after = await at.signedIn({ ...person, roles: ['viewer'] })
    expect(await Promise.all([before, after].map(statusOf))).toEqual([401, 200])
  })

  test('a page that follows a run hears nothing more of it', async () => {
    const person = { ...SAM, sub: 'sam who watches' }
    const visitor = await at.signedIn(person)
    const made = await visitor.post('/runs', { id: 'C1' }, JSON_CALLER)
    const { id, token } = {
      ...JSON.parse(made.body),
      token: JSON.parse((await visitor.post('/tokens', '{"name":"follows"}', JSON_CALLER)).body),
    }
    const cookie = visitor.jar.header(new URL(at.app.url)) ?? ''
    const authorization = `Bearer ${token.token}`
    const streams = [{ cookie }, { authorization }].map((headers) =>
      fetch(`${at.app.url}/runs/${id}/events`, { headers }),
    )
    const bodies = (await Promise.all(streams)).map((stream) => {
      expect(stream.status).toBe(200)
      return stream.text()
    })
    await visitor.post(`/tokens/${token.id}/revoke`, '{}', JSON_CALLER)
    await send(await signed({ sub: person.sub }))
    const ends = await Promise.all(bodies)
    expect(ends.every((end) => end.startsWith('retry:'))).toBe(true)
  })

  test('what is not right ends nothing', async () => {
    const person = { ...SAM, sub: 'sam who stays' }
    const visitor = await at.signedIn(person)
    const good = { sub: person.sub }
    const secret = new TextEncoder().encode(at.company.environment.OIDC_CLIENT_SECRET)
    const hs256 = new SignJWT(claimsOf(good)).setProtectedHeader({ alg: 'HS256', kid: 'one' })
    at.company.state.wrong = { otherKey: true }
    const otherKey = await signed(good)
    at.company.state.wrong = {}
    const wrong: Record<string, string> = {
      'another key': otherKey,
      'the secret as a key': await hs256.sign(secret),
      'no signature': new UnsecuredJWT(claimsOf(good)).encode(),
      'another issuer': await signed({ ...good, iss: 'https://evil.test' }),
      'no issuer': await signed({ ...good, iss: undefined }),
      'another audience': await signed({ ...good, aud: 'another' }),
      'no time': await signed({ ...good, iat: undefined }),
      'an old one': await signed({ ...good, iat: now() - 3600, exp: now() + 60 }),
      'one that has ended': await signed({ ...good, exp: now() - 120 }),
      'one of tomorrow': await signed({ ...good, iat: now() + 86_400, exp: now() + 90_000 }),
      'no event': await signed({ ...good, events: undefined }),
      'another event': await signed({ ...good, events: { 'https://evil.test': {} } }),
      'an event that is no object': await signed({ ...good, events: { [EVENT]: true } }),
      'a nonce': await signed({ ...good, nonce: 'one' }),
      nobody: await signed({}),
      'no id': await signed({ ...good, jti: undefined }),
      'an access token': await signed(good, 'at+jwt'),
      'no token': 'hello',
    }
    for (const [name, token] of Object.entries(wrong))
      expect([name, (await send(token)).status]).toEqual([name, 400])
    const url = `${at.app.origin}/signin/backchannel-logout`
    expect((await fetch(url, { method: 'POST' })).status).toBe(400)
    const token = await signed(good)
    const inQuery = await fetch(`${url}?logout_token=${token}`)
    expect(inQuery.status).toBe(404)
    expect(await statusOf(visitor)).toBe(200)
    expect((await send(token)).status).toBe(200)
    expect(await statusOf(visitor)).toBe(401)
  })

  test('a token counts once', async () => {
    const person = { ...SAM, sub: 'sam who is back' }
    await at.signedIn(person)
    const token = await signed({ sub: person.sub })
    expect((await send(token)).status).toBe(200)
    const again = await at.signedIn(person)
    expect((await send(token)).status).toBe(400)
    expect(await statusOf(again)).toBe(200)
  })

  test('signing out leaves nothing to end', async () => {
    const person = { ...SAM, sub: 'sam who goes' }
    const visitor = await at.signedIn(person)
    const keys = async () => (await at.scene.dump()).filter(({ key }) => key.includes('signedin:'))
    const before = (await keys()).length
    await visitor.post('/session/end', {})
    expect(await keys()).toHaveLength(before - 1)
  })
})
