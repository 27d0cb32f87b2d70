// Loops: whatever a vendor answers for ever, a click ends on a page.
import { expect, test } from 'vitest'
import { readPage } from '../support/browser/page.ts'
import { onward, sync, toCallback, told, toVendor } from '../support/scene/authorization.ts'
import { expectRefused } from '../support/scene/callbacks.ts'
import { caseScenes } from '../support/scene/case-scene.ts'

const { begin } = caseScenes()

test('LOO-01: tokens that the API never takes end on a page after one authorization, with Try again', async () => {
  const { person, vendor } = await begin()
  const refusal = {
    status: 401,
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
    body: {},
  }
  vendor.always('api', refusal)
  const end = await sync(person, 'C1')
  expect([
    vendor.at('authorize').length,
    vendor.at('token').length,
    vendor.at('api').length,
  ]).toEqual([1, 1, 1])
  expect(readPage(end.body).banner?.text).toContain('gave access and then refused it')
  expect(readPage(end.body).banner?.actions).toContain('Try again')
})

test.each([0, 1, -5, '0', 'soon'])(
  'LOO-03: expires_in %s is one authorization and one push',
  async (expiresIn) => {
    const { person, vendor } = await begin({ vendors: [{ expiresIn }] })
    expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
    expect([vendor.at('authorize').length, vendor.effects('C1')]).toEqual([1, 1])
  },
)

test.each(['access_denied', 'login_required', 'interaction_required', 'server_error'])(
  'LOO-07: a vendor that answers %s at once is asked once',
  async (error) => {
    const { person, vendor } = await begin()
    vendor.always('authorize', { back: { code: null, error } })
    await sync(person, 'C1')
    expect(vendor.at('authorize')).toHaveLength(1)
    expect(vendor.at('token')).toHaveLength(0)
  },
)

test('LOO-08: a missing permission stays one, also after access was renewed', async () => {
  const { person, vendor } = await begin()
  const refusal = {
    status: 403,
    headers: { 'www-authenticate': 'Bearer error="insufficient_scope"' },
    body: {},
  }
  vendor.always('api', refusal)
  const first = await sync(person, 'C1')
  expect(told(first)).toContain('says this access may not change Spring launch')
  const renewed = await onward(person, await person.click(first, 'Renew access'))
  expect(renewed.status).toBe(200)
  expect(vendor.at('authorize')).toHaveLength(2)
  expect(vendor.at('api').length).toBeLessThanOrEqual(2)
  expect(told(await sync(person, 'C1'))).toContain('may not change')
  expect(vendor.at('authorize')).toHaveLength(2)
})

test.each(['/connect/fake/C1', '/oauth/fake/callback?state=x', '/campaigns/C1/sync'])(
  'LOO-09: a page to return to that is %s in old data is not opened',
  async (referrer) => {
    const { person, app, vendor, dump } = await begin()
    await sync(person, 'C2')
    const tab = await toCallback(person, await toVendor(person, 'C1'))
    for (const { key, value } of await dump())
      if (/^(intent|trip):/.test(key))
        await app.context.store.set(key, JSON.stringify({ ...JSON.parse(value), referrer }), {
          expiration: 'KEEPTTL',
        })
    const end = await person.follow(tab)
    expect([end.status, end.url.pathname]).toEqual([200, '/campaigns/C1'])
    expect(told(end)).toContain('Spring launch synced.')
    expect(vendor.at('authorize')).toHaveLength(2)
    expectRefused(await person.open('/oauth/fake/callback?state=x&code=y'))
  },
)
