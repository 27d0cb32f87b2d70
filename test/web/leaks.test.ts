// What must never be seen: row 16 of BEHAVIOURS.md, and a canary that can really find it.
import { describe, expect, test } from 'vitest'
import { onward, sync, toCallback, told, toVendor } from '../support/scene/authorization.ts'
import { leaks } from '../support/scene/canary.ts'
import { ENGINES, scenes } from '../support/scene/scene.ts'

describe.each(ENGINES)('on the %s store', (engine) => {
  const { begin } = scenes(engine)

  test('row 16: no secret is seen in any page, address or log line of a trip that goes well or badly', async () => {
    const { person, vendor, app } = await begin()
    vendor.script('token', [{ status: 500 }, { status: 400, body: { error: 'invalid_grant' } }])
    const broken = await sync(person, 'C1')
    expect(broken.status).toBe(502)
    const spent = await onward(person, await person.click(broken, 'Try again'))
    expect(spent.status).toBe(400)
    expect(told(await onward(person, await person.click(spent, 'Try again')))).toContain(
      'Spring launch synced.',
    )
    vendor.script('api', [{ status: 400, body: { error: { message: 'No.' } } }])
    await sync(person, 'C1')
    for (const path of [
      '/',
      '/campaigns',
      '/campaigns/C1',
      '/campaigns/C1/sync',
      '/nowhere',
      '/oauth/fake/callback',
    ])
      await person.open(path)
    const callbacks = person.visits.filter(({ url }) => url.pathname.endsWith('/callback'))
    expect(callbacks.length).toBeGreaterThanOrEqual(3)
    for (const { headers } of callbacks)
      expect(headers['referrer-policy']).toMatch(/^(same-origin|no-referrer)$/)
    for (const { headers } of callbacks) expect(headers['cache-control']).toBe('no-store')
    expect(app.logs()).toContain('"path":"/oauth/fake/callback"')
    expect(app.logs()).not.toMatch(/code=|state=|intent=|cookie/i)
    // The canary of the scene now reads all of it.
  })

  test('row 16: nor when the callback is opened on the wrong name of this machine', async () => {
    const { person, app } = await begin()
    const tab = await toCallback(person, await toVendor(person, 'C1'))
    const elsewhere = tab.next.href.replace(app.url, app.origin)
    const end = await person.open(elsewhere)
    expect(end.url.href).toBe(`${app.url}/campaigns/C1`)
    expect(told(end)).toContain('Spring launch synced.')
  })
})

describe('the canary', () => {
  const secret = 'cs% +&=:_c2VjcmV0LXNlY3JldC1zZWNyZXQ'
  const inJson = (text: string) => JSON.stringify({ before: 'x', text })

  test.each([
    ['plain', secret],
    ['in JSON', inJson(secret)],
    ['URL-encoded', `/?a=${encodeURIComponent(secret)}`],
    ['form-encoded', new URLSearchParams({ a: secret }).toString()],
    ['hex', Buffer.from(secret).toString('hex')],
    ['base64', Buffer.from(secret).toString('base64')],
    ['base64 behind one byte', Buffer.from(`x${secret}`).toString('base64')],
    ['base64url behind two bytes', Buffer.from(`xy${secret} and more`).toString('base64url')],
    ['base64 of JSON', Buffer.from(inJson(secret)).toString('base64')],
  ])('finds a secret that is %s', (_, text) => {
    const texts = [{ name: 'a page', text: `… ${text} …` }]
    expect(leaks({ 'client secret': [secret] }, texts)).toEqual(['client secret in a page'])
    expect(
      leaks({ 'client secret': [secret] }, [{ name: 'a page', text: '…', allowed: [] }]),
    ).toEqual([])
  })
})
