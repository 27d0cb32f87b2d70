// Codes: replay and injection. And PKCE.
import { expect, test } from 'vitest'
import { failWrites } from '../support/redis/store-faults.ts'
import { sync, told, toVendor } from '../support/scene/authorization.ts'
import {
  expectRefused,
  expectUntouched,
  openCallback,
  tokensIn,
} from '../support/scene/callbacks.ts'
import { caseScenes } from '../support/scene/case-scene.ts'

const { begin } = caseScenes()

test('COD-03: a code of 8 KB is refused and the app goes on', async () => {
  const { person, vendor } = await begin()
  const { changed } = await openCallback(person)
  expectRefused(await person.open(changed({ code: 'c'.repeat(8192) })))
  expectUntouched(vendor)
  expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
})

test('COD-05: a callback as a POST uses nothing up', async () => {
  const { person, vendor } = await begin()
  const { url, works } = await openCallback(person)
  const form = Object.fromEntries(url.searchParams)
  for (const site of ['cross-site', 'same-origin']) {
    const posted = await person.post(url.pathname, form, { 'sec-fetch-site': site })
    expect([403, 404, 405]).toContain(posted.status)
    const withQuery = await person.post(url.pathname + url.search, {}, { 'sec-fetch-site': site })
    expect([403, 404, 405]).toContain(withQuery.status)
  }
  expectUntouched(vendor)
  await works()
})

test('COD-06: a token that cannot be stored is given back, and nobody is sent on as if it were there', async () => {
  const { person, vendor, app, dump } = await begin()
  const { url } = await openCallback(person)
  const mend = failWrites(app, 'tok:')
  const stopped = await person.get(url.href)
  expectRefused(stopped, [503])
  expect(stopped.headers['retry-after']).toMatch(/^\d+$/)
  expect([vendor.at('token').length, vendor.at('revoke').length, vendor.at('api').length]).toEqual([
    1, 1, 0,
  ])
  expect(tokensIn(await dump())).toEqual([])
  mend()
  expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
  expect(vendor.effects('C1')).toBe(1)
})

test('PKC-01: challenge and verifier belong together', async () => {
  const { person, vendor } = await begin()
  await sync(person, 'C1')
  const asked = vendor.at('authorize')[0]?.url.searchParams
  expect(asked?.get('response_type')).toBe('code')
  expect(asked?.get('code_challenge_method')).toBe('S256')
  expect(asked?.get('code_challenge')).toMatch(/^[\w-]{43}$/)
  const form = new URLSearchParams(vendor.at('token')[0]?.body)
  const verifier = new TextEncoder().encode(form.get('code_verifier') ?? '')
  const hash = Buffer.from(await crypto.subtle.digest('SHA-256', verifier)).toString('base64url')
  expect(hash).toBe(asked?.get('code_challenge'))
})

test('PKC-04: a code issued for somebody else’s challenge is worth nothing here', async () => {
  const { person, vendor, app, visitor, dump } = await begin()
  const attacker = await openCallback(visitor(app.url))
  const victim = await openCallback(person)
  expectRefused(await person.open(victim.changed({ code: attacker.code })))
  expect(vendor.takeFaults()).toEqual(['token: code_verifier'])
  expectUntouched(vendor, { tokens: 1 })
  expect(tokensIn(await dump())).toEqual([])
})

test('PKC-05: nothing in the query of connect reaches the vendor', async () => {
  const { person } = await begin()
  const added = {
    code_challenge: 'x',
    code_challenge_method: 'plain',
    state: 'y',
    redirect_uri: 'https://evil.test',
    scope: 'admin',
    client_id: 'z',
    response_type: 'token',
    continue: '1',
  }
  const known = ({ searchParams }: URL) => {
    for (const name of ['state', 'code_challenge']) searchParams.set(name, 'random')
    return searchParams.toString()
  }
  const plain = await person.get('/connect/fake/C1?continue=1')
  const loaded = await person.get(`/connect/fake/C1?${new URLSearchParams(added)}`)
  expect(loaded.next && known(loaded.next)).toBe(plain.next && known(plain.next))
})

test('PKC-07: the token request is one form with each part once and one client authentication', async () => {
  const { person, vendor } = await begin()
  const door = await toVendor(person, 'C1')
  await person.follow(door)
  const [request] = vendor.at('token')
  const form = new URLSearchParams(request?.body)
  expect(request?.method).toBe('POST')
  expect(request?.headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/)
  expect(request?.headers.accept).toBe('application/json')
  expect(request?.headers.authorization).toBeUndefined()
  expect([...form.keys()].sort()).toEqual([
    'client_id',
    'client_secret',
    'code',
    'code_verifier',
    'grant_type',
    'redirect_uri',
  ])
  expect(form.get('redirect_uri')).toBe(door.next.searchParams.get('redirect_uri'))
})
