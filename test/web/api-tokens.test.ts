// API tokens: made and shown once, used in place of a session, limited, listed with their last use, revoked.
import { describe, expect, test } from 'vitest'
import type { Visitor } from '../support/browser/http-visitor.ts'
import { readPage } from '../support/browser/page.ts'
import { sync } from '../support/scene/authorization.ts'
import { tokensIn } from '../support/scene/callbacks.ts'
import { ENGINES, scenes } from '../support/scene/scene.ts'
import { JSON_CALLER, neededOf } from '../support/scene/script.ts'

describe.each(ENGINES)('on the %s store', (engine) => {
  const { begin } = scenes(engine)

  test('a token is shown once, is a script’s whole identity, and its access ends with it', async () => {
    const { app, person, visitor, vendor, dump } = await begin()
    const made = await person.post('/tokens', { name: 'nightly', role: 'sender', days: '30' })
    expect(made.status).toBe(201)
    const token = /cs_[\w-]{43}/.exec(made.body)?.[0] ?? ''
    expect((await person.open('/tokens')).body).not.toContain(token)
    const script = withToken(visitor(app.url), token)
    const needed = neededOf(await script.press('C1'))
    const page = await person.open(needed.url)
    expect(readPage(page.body).text).toContain('the script “nightly”')
    const confirm = await person.click(page, 'Approve at Fake Ads')
    await person.click(confirm, ({ name }) => name.startsWith('Yes, sync as'))
    expect(JSON.parse((await script.get(needed.statusUrl)).body).status).toBe('Synced')
    expect((await script.press('C1')).status).toBe(200)
    expect(vendor.effects('C1')).toBe(2)
    expect(readPage((await person.open('/tokens')).body).text).toMatch(/nightly ?sender.*just now/)
    await person.click(await person.open('/tokens'), 'Revoke nightly')
    expect(tokensIn(await dump())).toEqual([])
    const ended = await script.press('C1')
    expect([ended.status, JSON.parse(ended.body).code]).toEqual([401, 'E-TOKEN'])
    expect(ended.headers['www-authenticate']).toContain('invalid_token')
    expect(vendor.effects('C1')).toBe(2)
  })

  test('two tokens share nothing, and a cookie beside a token counts for nothing', async () => {
    const { app, person, visitor } = await begin()
    const [one, two] = [await make(person, 'one'), await make(person, 'two')]
    const needed = neededOf(await withToken(visitor(app.url), one).press('C1'))
    expect((await withToken(visitor(app.url), two).get(needed.statusUrl)).status).toBe(404)
    await sync(person, 'C1')
    expect((await withToken(person, two).press('C1')).status).toBe(409)
  })
})

describe('what a token may', () => {
  const { begin } = scenes('embedded')

  test('a viewer looks and does nothing, whatever the method', async () => {
    const { app, person, visitor, vendor } = await begin()
    const script = withToken(visitor(app.url), await make(person, 'looks', 'viewer'))
    expect((await script.get('/campaigns')).status).toBe(200)
    expect(JSON.parse((await script.press('C1')).body).code).toBe('E-ROLE')
    expect(vendor.requests).toEqual([])
  })

  test('a viewer sees how it stands, and finishes nothing by looking', async () => {
    const { app, person, visitor, vendor } = await begin()
    const script = withToken(visitor(app.url), await make(person, 'nightly'))
    const made = await script.post('/tokens', { name: 'looks', role: 'viewer' })
    const looks = withToken(visitor(app.url), JSON.parse(made.body).token)
    const needed = neededOf(await script.post('/campaigns/C1/sync', {}))
    const confirm = await person.click(await person.open(needed.url), 'Approve at Fake Ads')
    await person.press(confirm, ({ name }) => name.startsWith('Yes, sync as'))
    expect(JSON.parse((await looks.get(needed.statusUrl)).body).state).toBe('approved')
    expect(vendor.effects('C1')).toBe(0)
    expect(JSON.parse((await script.get(needed.statusUrl)).body).status).toBe('Synced')
  })

  test('a token makes no token that may do more, and sees and revokes its own alone', async () => {
    const { app, person, visitor } = await begin()
    const script = withToken(visitor(app.url), await make(person, 'nightly'))
    const more = await script.post('/tokens', { name: 'more', role: 'admin' })
    expect([more.status, JSON.parse(more.body).code]).toEqual([403, 'E-ROLE'])
    expect((await script.post('/tokens', { name: 'less', role: 'viewer' })).status).toBe(201)
    const names = ({ body }: { body: string }) =>
      JSON.parse(body).tokens.map(({ name }: { name: string }) => name)
    const other = withToken(visitor(app.url), await make(person, 'other'))
    expect(names(await script.get('/tokens')).sort()).toEqual(['less', 'nightly'])
    const [{ id }] = JSON.parse((await script.get('/tokens')).body).tokens
    expect((await other.post(`/tokens/${id}/revoke`, {})).status).toBe(404)
    const admin = withToken(visitor(app.url), await make(person, 'all', 'admin'))
    expect(names(await admin.get('/tokens'))).toHaveLength(4)
    expect((await admin.post(`/tokens/${id}/revoke`, {})).status).toBe(200)
  })

  test('what a token makes ends with it, at the latest', async () => {
    const { app, person, visitor } = await begin()
    const post = (name: string, path = '/tokens') =>
      person.post(path, JSON.stringify({ name, days: 2 }), JSON_CALLER)
    const parent = JSON.parse((await post('parent')).body)
    const script = withToken(visitor(app.url), parent.token)
    const child = JSON.parse((await script.post('/tokens', { name: 'child', days: 300 })).body)
    expect(child.expiresAt).toBe(parent.expiresAt)
    const heir = withToken(visitor(app.url), child.token)
    const grandchild = JSON.parse((await heir.post('/tokens', { name: 'grandchild' })).body)
    await post('', `/tokens/${parent.id}/revoke`)
    for (const { token } of [parent, child, grandchild])
      expect((await withToken(visitor(app.url), token).get('/runs')).status).toBe(401)
  })

  test('a form of another site may not use a cookie; the same request with a token is a script’s', async () => {
    const { app, person, visitor } = await begin()
    const foreign = { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' }
    expect((await person.post('/campaigns/C1/sync', '{}', foreign)).status).toBe(403)
    const script = withToken(visitor(app.url), await make(person, 'nightly'))
    expect((await script.press('C1', foreign)).status).toBe(409)
  })

  test('who tries tokens is stopped, and a browser behind a proxy with one of its own is not', async () => {
    const { app, person, visitor } = await begin()
    const guess = () => withToken(visitor(app.url), `cs_${'x'.repeat(43)}`).get('/campaigns')
    const statuses = []
    for (const _ of Array.from({ length: 22 })) statuses.push((await guess()).status)
    expect([statuses.slice(0, 20).every((one) => one === 401), statuses.slice(20)]).toEqual([
      true,
      [429, 429],
    ])
    expect(
      (await withToken(visitor(app.url), await make(person, 'good')).get('/runs')).status,
    ).toBe(200)
    const proxied = await person.get('/campaigns', { authorization: 'Bearer eyJhbGciOi' })
    expect([proxied.status, proxied.headers['content-type']]).toEqual([
      200,
      expect.stringContaining('text/html'),
    ])
  })

  test('each token has its own limit', async () => {
    const { app, person, visitor } = await begin({ environment: { RATE_LIMIT: '5' } })
    const [one, two] = [await make(person, 'one'), await make(person, 'two')]
    const script = withToken(visitor(app.url), one)
    const statuses = []
    // Twelve, as a minute may end between them, and the next has a count of its own.
    for (const _ of Array.from({ length: 12 })) statuses.push((await script.get('/runs')).status)
    expect(statuses).toContain(429)
    expect((await withToken(visitor(app.url), two).get('/runs')).status).toBe(200)
  })

  test('a token ends by itself, and is not made without a name or for ever', async () => {
    const { app, person } = await begin()
    for (const form of ['name=', 'name=a%E2%80%AEb', 'name=x&days=366', 'name=x&role=king']) {
      const fields = Object.fromEntries(new URLSearchParams(form))
      expect((await person.post('/tokens', fields)).status).toBe(400)
    }
    const about = { name: 'old', role: 'sender' as const, owner: 'nobody', isOwn: true }
    const created = await app.context.apiTokens.create(about, -1)
    expect(await app.context.apiTokens.find(created?.token ?? '')).toBeUndefined()
    expect(await app.context.apiTokens.list()).toEqual([])
  })
})

/** A script that sends this token with everything. */
function withToken(visitor: Visitor, token: string) {
  const headers = { ...JSON_CALLER, authorization: `Bearer ${token}` }
  return {
    get: (path: string) => visitor.get(path, headers),
    post: (path: string, body: object) => visitor.post(path, JSON.stringify(body), headers),
    press: (campaign: string, change = {}) =>
      visitor.post(`/campaigns/${campaign}/sync`, '{}', { ...headers, ...change }),
  }
}

async function make(person: Visitor, name: string, role = 'sender'): Promise<string> {
  const { body } = await person.post('/tokens', JSON.stringify({ name, role }), JSON_CALLER)
  return String(JSON.parse(body).token)
}
