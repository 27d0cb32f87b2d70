// Mix-up of vendors, of sessions and of what was granted.
import { expect, test } from 'vitest'
import { readPage } from '../support/browser/page.ts'
import { sync, toCallback, told, toVendor } from '../support/scene/authorization.ts'
import {
  expectRefused,
  expectUntouched,
  openCallback,
  tokensIn,
} from '../support/scene/callbacks.ts'
import { caseScenes } from '../support/scene/case-scene.ts'

const { begin } = caseScenes()

test('MIX-03: the issuer is compared as a string, and only the very one is accepted', async () => {
  const { person, vendor } = await begin()
  const { issuer } = vendor.settings
  const almost = [
    `${issuer}/`,
    issuer.toUpperCase(),
    issuer.replace('127.0.0.1', 'localhost'),
    `${issuer}\0`,
  ]
  for (const iss of almost) {
    const { changed } = await openCallback(person)
    expectRefused(await person.open(changed({ iss })))
  }
  expectUntouched(vendor)
  await (await openCallback(person)).works()
})

test('MIX-05: a code of an honest vendor, fetched with another vendor’s state, is sent to nobody', async () => {
  const { person, vendors, dump } = await begin({ vendors: [{}, { id: 'evil', name: 'Evil Ads' }] })
  const [honest] = vendors
  const atEvil = await toVendor(person, 'C1', { vendor: 'evil' })
  const atHonest = await toVendor(person, 'C2', { vendor: 'fake' })
  const bounced = new URL(atHonest.next)
  bounced.searchParams.set('state', atEvil.next.searchParams.get('state') ?? '')
  const back = await toCallback(person, { ...atHonest, next: bounced })
  expect(back.next.pathname).toBe('/oauth/fake/callback')
  expect(back.next.searchParams.get('code')).not.toBeNull()
  expectRefused(await person.follow(back))
  expect(vendors.flatMap((vendor) => vendor.at('token'))).toEqual([])
  expect(tokensIn(await dump())).toEqual([])
  expect(honest?.effects('C1')).toBe(0)
})

test('MIX-09: the session is that of the cookie, whatever an address or a header says', async () => {
  const { person, app, visitor, vendor } = await begin()
  await sync(person, 'C1')
  const cookie = person.jar.value('campaign-sync') ?? ''
  const id = decodeURIComponent(cookie).slice(2, 45)
  const thief = visitor(app.url)
  for (const value of [id, cookie]) {
    for (const query of [`?sid=${value}`, `?session=${value}`, `?campaign-sync=${value}`]) {
      const page = await thief.open(`/campaigns/C1${query}`)
      expect(page.body).not.toMatch(/access for \d/)
    }
    const header = {
      'x-session-id': value,
      'campaign-sync': value,
      authorization: `Bearer ${value}`,
    }
    const page = await thief.get('/campaigns/C1', header)
    expect(page.body).not.toMatch(/access for \d/)
    const pressed = await thief.post(`/campaigns/C1/sync?sid=${value}`, { sid: value })
    expect(pressed.next?.pathname).toBe('/connect/fake/C1')
  }
  expect((await thief.get('/connect/fake/C1;sid=0123456789')).status).toBe(404)
  expect(vendor.effects('C1')).toBe(1)
  // This case puts the id into addresses itself: they are no leak of the app.
  thief.visits.splice(0)
})

test('MIX-11: less than was asked for is named, not used and not asked for again by itself', async () => {
  const file = { authorize: { scopes: ['campaigns:read', 'campaigns:write'] } }
  const { person, vendor, dump } = await begin({ file })
  vendor.script('token', [{ members: { scope: 'campaigns:read' } }])
  const end = await sync(person, 'C1')
  expectRefused(end, [403])
  expect(readPage(end.body).text).toContain('Missing: campaigns:write')
  expect([vendor.at('authorize').length, vendor.at('api').length]).toEqual([1, 0])
  expect(tokensIn(await dump())).toEqual([])
  expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
})

test('MIX-13: the scope asked for is the configured one, each once, with spaces', async () => {
  const file = { authorize: { scopes: ['campaigns:read', 'campaigns:write'] } }
  const { person } = await begin({ file })
  for (const query of ['', '&scope=admin', '&scope=campaigns:read&scope=x']) {
    const { next } = await person.get(`/connect/fake/C1?continue=1${query}`)
    expect(next?.searchParams.getAll('scope')).toEqual(['campaigns:read campaigns:write'])
  }
})
