// Access that ended, was evicted, revoked or refused: rows 18, 23, 25 and 26 of BEHAVIOURS.md.
import { describe, expect, test } from 'vitest'
import { readPage } from '../support/browser/page.ts'
import { sync, told } from '../support/scene/authorization.ts'
import { keysOf } from '../support/scene/cases.ts'
import { ENGINES, type SceneOptions, scenes } from '../support/scene/scene.ts'

const INVALID = { code: 'invalid_token' }

describe.each(ENGINES)('on the %s store', (engine) => {
  const { begin } = scenes(engine)

  async function connected(options?: SceneOptions) {
    const scene = await begin(options)
    await sync(scene.person, 'C1')
    return scene
  }

  test('row 25: access that ended sends the person to the vendor by itself, and the push is finished', async () => {
    const { person, vendor, dump } = await connected({ vendors: [{ expiresIn: 1 }] })
    const tokens = async () => keysOf(await dump(), 'tok:').length
    await expect.poll(tokens, { interval: 25, timeout: 5_000 }).toBe(0)
    vendor.settings.expiresIn = 120
    const before = vendor.effects('C1')
    expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
    expect([vendor.at('authorize').length, vendor.effects('C1')]).toEqual([2, before + 1])
  })

  test('row 25: so does access that the store has thrown out', async () => {
    const { person, vendor, app, dump } = await connected()
    const tokens = keysOf(await dump(), 'tok:')
    await app.context.store.del(tokens.map(({ key }) => key))
    expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
    expect([vendor.at('authorize').length, vendor.effects('C1')]).toEqual([2, 2])
  })

  test('row 18, row 25: so does access the vendor took away, in the middle of a push', async () => {
    const { person, vendor } = await connected()
    vendor.revokeAll()
    const end = await sync(person, 'C1', { page: '/campaigns?page=2' })
    expect(end.url.pathname + end.url.search).toBe('/campaigns?page=2')
    expect(told(end)).toContain('Spring launch synced.')
    expect([vendor.at('authorize').length, vendor.effects('C1')]).toEqual([2, 2])
    const keys = vendor.at('api').map(({ headers }) => headers['idempotency-key'])
    expect(keys[1]).toBe(keys[2])
    expect(keys[0]).not.toBe(keys[1])
  })

  test('row 26: a fresh token that is refused ends on a page after one authorization, and never in a loop', async () => {
    const { person, vendor } = await connected()
    vendor.always('api', { status: 401, body: { error: { ...INVALID, message: 'No.' } } })
    const end = await sync(person, 'C1')
    expect(end.status).toBe(200)
    expect(readPage(end.body).banner).toMatchObject({
      tone: 'warn',
      text: expect.stringContaining(
        'Fake Ads gave access and then refused it. Nothing was synced.',
      ),
      actions: ['Try again'],
    })
    expect([vendor.at('authorize').length, vendor.at('token').length]).toEqual([2, 2])
    vendor.always('api', {})
    expect(told(await person.click(end, 'Try again'))).toContain('Spring launch synced.')
    expect([vendor.at('authorize').length, vendor.effects('C1')]).toEqual([3, 2])
  })

  test('row 26: the first token ever is no exception', async () => {
    const { person, vendor } = await begin()
    vendor.always('api', { status: 401 })
    expect(told(await sync(person, 'C1'))).toContain('Fake Ads gave access and then refused it.')
    expect([vendor.at('authorize').length, vendor.effects('C1')]).toEqual([1, 0])
  })
})

describe('the signs of expiry', () => {
  const { begin } = scenes('embedded')

  test('row 23: a fresh token may be refused for its first seconds where the vendor file says so', async () => {
    const { person, vendor } = await begin({ file: { lifetime: { freshGraceSeconds: 5 } } })
    vendor.script('api', [{ status: 401 }])
    expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
    expect([vendor.at('authorize').length, vendor.effects('C1')]).toEqual([1, 1])
  })

  const bearer = (text: string) => ({ status: 401, headers: { 'www-authenticate': text } })
  const byHeader = [{ status: 401, header: 'www-authenticate', contains: 'error="invalid_token"' }]

  test.each([
    ['401 invalid_token', undefined, bearer('Bearer realm="x", error="invalid_token"')],
    ['a bare 401', undefined, { status: 401 }],
    ['a 401 whose header has no scheme', undefined, bearer('error="invalid_token"')],
    [
      'a 401 with two challenges',
      undefined,
      bearer('Basic realm="x", Bearer error="invalid_token"'),
    ],
    ['a header that the file names', byHeader, bearer('Bearer error="invalid_token"')],
    [
      '400 with a code in the body',
      [{ path: 'error.code', in: [190, 102] }],
      { status: 400, body: { error: { code: 190 } } },
    ],
    [
      '200 that says so in the body',
      [{ path: 'code', equals: 40105 }],
      { status: 200, body: { code: 40105 } },
    ],
    [
      '200 with ok: false',
      [{ path: 'error', equals: 'token_expired' }],
      { status: 200, body: { ok: false, error: 'token_expired' } },
    ],
    [
      '401 with an array',
      [{ path: '0.errorCode', equals: 'INVALID_SESSION_ID' }],
      { status: 401, body: [{ errorCode: 'INVALID_SESSION_ID' }] },
    ],
  ])('row 23: %s means authorize again, and the push is finished', async (_, expired, step) => {
    const { person, vendor } = await begin({ file: { api: { expired } } })
    await sync(person, 'C1')
    vendor.script('api', [step])
    expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
    expect([vendor.at('authorize').length, vendor.effects('C1')]).toEqual([2, 2])
  })

  test.each([
    [
      '403',
      undefined,
      { status: 403, body: { error: { message: 'Not yours.' } } },
      'may not change',
    ],
    [
      '403 invalid_token',
      undefined,
      { ...bearer('Bearer error="invalid_token"'), status: 403 },
      'may not change',
    ],
    ['a 401 without the named sign', byHeader, bearer('Bearer realm="x"'), 'did not accept'],
    [
      '422',
      undefined,
      { status: 422, body: { error: { message: 'No budget.' } } },
      'did not accept',
    ],
  ])('row 23: %s does not', async (_, expired, step, words) => {
    const { person, vendor } = await begin({ file: { api: { expired } } })
    await sync(person, 'C1')
    vendor.script('api', [step])
    expect(told(await sync(person, 'C1'))).toContain(words)
    expect(vendor.at('authorize')).toHaveLength(1)
    expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
    expect(vendor.at('authorize')).toHaveLength(1)
  })
})
