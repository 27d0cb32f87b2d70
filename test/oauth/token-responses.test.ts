// What a client must tolerate at the token endpoint and the API (VENDORS.md, BEHAVIOURS 15), each through the app.
import { afterEach, describe, expect, test } from 'vitest'
import { lifetime, standardTokenResponse } from '../../src/oauth/token-response.ts'
import { tokenResponse } from '../../src/vendors/fields.ts'
import { readPage } from '../support/browser/page.ts'
import { sync, told } from '../support/scene/authorization.ts'
import { playWith, type Said, startStage } from '../support/vendor/stage.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

const good = { access_token: 'at-1', token_type: 'Bearer', expires_in: 3600 }
const formType = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }

describe('a token answer that is taken', () => {
  test.each<[string, Said]>([
    ['token_type bearer', { body: { ...good, token_type: 'bearer' } }],
    ['token_type BEARER', { body: { ...good, token_type: 'BEARER' } }],
    ['no token_type', { body: { ...good, token_type: undefined } }],
    ['no scope', { body: good }],
    ['scope null', { body: { ...good, scope: null } }],
    ['another scope than asked', { body: { ...good, scope: 'everything' } }],
    ['scopes with commas', { body: { ...good, scope: 'read,write' } }],
    ['a scope list', { body: { ...good, scope: ['write', 'read'] } }],
    ['without the scope that asks for a refresh token', { body: { ...good, scope: 'read write' } }],
    [
      'extra fields',
      { body: { ...good, iat: 1, id_token: 'not.a.jwt', session_state: 'x', foo: { bar: [] } } },
    ],
    ['a refresh token nobody asked for', { body: { ...good, refresh_token: 'rt-1' } }],
    ['expires_in one second short', { body: { ...good, expires_in: 3599 } }],
    ['expires_in as text', { body: { ...good, expires_in: '3600' } }],
    ['no expires_in', { body: { ...good, expires_in: undefined } }],
    ['expires_in null', { body: { ...good, expires_in: null } }],
    ['expires_in 0', { body: { ...good, expires_in: 0 } }],
    ['expires_in junk', { body: { ...good, expires_in: 'soon' } }],
    ['a form', { headers: formType, body: 'access_token=at-1&token_type=bearer&expires_in=3600' }],
    ['a form that says it is HTML', { body: 'access_token=at-1&scope=&token_type=bearer' }],
    ['201', { status: 201, body: good }],
  ])('%s', async (_, said) => {
    const { page } = await authorize(said)
    expect(told(page)).toContain('synced')
  })
})

describe('a token answer that is refused', () => {
  test.each<[string, Said, number, string]>([
    [
      'a token no server would take in a header',
      { body: { ...good, access_token: 'a'.repeat(8193) } },
      502,
      'could not finish',
    ],
    [
      'a part of an answer',
      { status: 206, headers: { 'content-range': 'bytes 0-99/200' }, body: good },
      502,
      'could not finish',
    ],
    [
      'a replayed code as invalid_grant',
      { status: 400, body: { error: 'invalid_grant' } },
      400,
      'already used',
    ],
    [
      'a replayed code as 403 invalid_code',
      { status: 403, body: { error: 'invalid_code' } },
      400,
      'already used',
    ],
    [
      'a replayed code as 200 with an error',
      { body: { error: 'bad_verification_code' } },
      400,
      'already used',
    ],
    [
      'problem+json without error',
      {
        status: 400,
        headers: { 'content-type': 'application/problem+json' },
        body: { title: 'Bad', status: 400 },
      },
      502,
      'could not finish',
    ],
    [
      'a wrong secret as 400',
      { status: 400, body: { error: 'invalid_client' } },
      502,
      'set up wrongly',
    ],
    [
      'a wrong secret as 401',
      { status: 401, body: { error: 'invalid_client' } },
      502,
      'set up wrongly',
    ],
    ['a wrong secret as a bare 401', { status: 401, body: 'no' }, 502, 'set up wrongly'],
    [
      'a wrong secret as 403',
      { status: 403, body: { error: 'unauthorized_client' } },
      502,
      'set up wrongly',
    ],
    [
      'a wrong secret as 200 with an error',
      { body: { error: 'incorrect_client_credentials' } },
      502,
      'set up wrongly',
    ],
    [
      'a request that it does not take',
      { status: 400, body: { error: 'invalid_request' } },
      502,
      'set up wrongly',
    ],
    ['ok false without a token', { body: { ok: false } }, 502, 'could not finish'],
    ['a token and an error', { body: { ...good, error: 'server_error' } }, 502, 'could not finish'],
    [
      'a token and an error of many words',
      { body: { ...good, error: { code: 7 } } },
      502,
      'could not finish',
    ],
    [
      'a token and an error that is true',
      { body: { ...good, error: true } },
      502,
      'could not finish',
    ],
    ['token_type mac', { body: { ...good, token_type: 'mac' } }, 502, 'could not finish'],
    ['token_type DPoP', { body: { ...good, token_type: 'DPoP' } }, 502, 'could not finish'],
    ['a token with a space', { body: { ...good, access_token: 'a b' } }, 502, 'could not finish'],
    [
      'less than what was asked',
      { body: { ...good, scope: 'read' } },
      403,
      'gave less than is needed',
    ],
  ])('%s', async (_, said, status, heading) => {
    const { page, stage } = await authorize(said)
    expect(page.status).toBe(status)
    expect(readPage(page.body).heading).toContain(heading)
    expect(stage.asked('PUT /api')).toHaveLength(0)
    expect(stage.asked('POST /token')).toHaveLength(1)
  })
})

describe('the vendor’s own words', () => {
  test('stand on the page and in the log, without control characters and without our secret', async () => {
    const error_description = `code_verifier\u0000is\nmissing for "a secret: 1%" ${'x'.repeat(300)}`
    const { page, app } = await authorize({
      status: 400,
      body: { error: 'invalid_request', error_description },
    })
    const words = 'invalid_request: code_verifier is missing for "[secret]" x'
    expect(readPage(page.body).text).toContain(`Lenient Ads said: ${words}`)
    expect(app.logs()).toContain(`"said":${JSON.stringify(words).slice(0, -1)}`)
    expect(app.logs()).not.toContain('x'.repeat(200))
  })

  test('are told for an error that no standard knows', async () => {
    const body = { ok: false, error: 'team_is_locked' }
    const { page, app } = await authorize({ status: 400, body })
    expect(readPage(page.body).text).toContain('Lenient Ads said: team_is_locked')
    expect(app.logs()).toContain('"said":"team_is_locked"')
  })

  test('are told when they come with the callback', async () => {
    const back = { error: 'invalid_scope', error_description: 'no such scope: read' }
    const { page } = await authorize({ body: good }, back)
    expect(readPage(page.body).text).toContain(
      'Lenient Ads said: invalid_scope: no such scope: read',
    )
  })
})

describe('a person’s "no"', () => {
  test.each(['access_denied', 'consent_required'])('as %s is no fault', async (error) => {
    const { page, stage } = await authorize({ body: good }, { error })
    expect(told(page)).toContain('You cancelled')
    expect(stage.asked('POST /token')).toHaveLength(0)
  })
})

test('extra parameters on the redirect are ignored', async () => {
  const { page } = await authorize(
    { body: good },
    { code: 'code-1', session_state: 'x', scope: 'a b', iat: '1' },
  )
  expect(told(page)).toContain('synced')
})

describe('an expired token at the API', () => {
  test.each<[string, Said, object]>([
    ['as a bare 401', { status: 401, body: undefined }, {}],
    [
      'with a challenge without a scheme',
      { status: 401, headers: { 'www-authenticate': 'error="invalid_token"' }, body: 'x' },
      {},
    ],
    [
      'as 403 with empty HTML, where the file says so',
      { status: 403, body: ' ' },
      { expired: [{ status: [401, 403] }] },
    ],
    [
      'in a header',
      { status: 400, headers: { 'x-error': 'token expired' }, body: {} },
      { expired: { header: 'X-Error', contains: 'expired' } },
    ],
    [
      'in a list',
      { status: 200, body: [{ code: 5 }] },
      { expired: [{ path: ['x.y', '0.code'], in: [5, 6] }] },
    ],
  ])('%s', async (_, said, api) => {
    const { person, stage } = await authorize({ body: good }, undefined, api)
    let times = 0
    stage.on('PUT /api', () => (times++ === 0 ? said : { body: { id: '1' } }))
    expect(told(await sync(person, 'C1'))).toContain('synced')
    expect(stage.asked('GET /authorize')).toHaveLength(2)
  })
})

describe('a lifetime', () => {
  const now = Date.now()
  test.each<[string, object, object, number]>([
    ['elsewhere', { expiresIn: 'data.ttl' }, { data: { ttl: 7_000 } }, 7_000],
    ['in ms', { expiresInUnit: 'milliseconds' }, { expires_in: 7_000_000 }, 7_000],
    ['as an end in seconds', { expiresAt: 'exp' }, { exp: Math.floor(now / 1000) + 7_000 }, 7_000],
    ['as an end in ms', { expiresAt: 'exp' }, { exp: now + 7_000_500 }, 7_000],
    ['as a date', { expiresAt: 'exp' }, { exp: new Date(now + 7_000_500).toISOString() }, 7_000],
    ['constant', { lifetime: 42 }, { expires_in: 7_000 }, 42],
    ['unknown', {}, {}, 300],
  ])('%s', (_, places, members, seconds) => {
    const answer = {
      status: 200,
      headers: {},
      body: JSON.stringify({ access_token: 'a', ...members }),
    }
    const standard = standardTokenResponse(answer, tokenResponse.parse(places), 300)
    const { expires_in }: { expires_in?: number } = JSON.parse(standard.body)
    expect(Math.abs((expires_in ?? 0) - seconds)).toBeLessThanOrEqual(60)
  })

  test.each([
    [-1, 1],
    [0.5, 1],
    [Number.POSITIVE_INFINITY, 34_560_000],
    [1e21, 34_560_000],
    [true, 300],
    [[], 300],
    ['', 300],
  ])('of %s is %s s', (value, seconds) => {
    expect(lifetime(value, 300)).toBe(seconds)
  })
})

async function authorize(tokenAnswer: Said, back?: Record<string, string>, api: object = {}) {
  const stage = await startStage()
  open.push(stage)
  if (back) {
    delete stage.back.code
    Object.assign(stage.back, back)
  }
  stage.on('POST /token', tokenAnswer)
  stage.on('PUT /api', { body: { id: '1' } })
  const file = {
    id: 'lenient',
    name: 'Lenient Ads',
    authorize: { url: `${stage.url}/authorize`, scopes: ['read', 'write', 'offline_access'] },
    token: { url: `${stage.url}/token` },
    lifetime: { freshGraceSeconds: 0 },
    api: {
      baseUrl: stage.url,
      push: { method: 'PUT', path: '/api/${campaign.id}', idempotencyHeader: 'Idempotency-Key' },
      ...api,
    },
  }
  const scene = await playWith([file])
  open.push(scene)
  return { ...scene, stage, page: await sync(scene.person, 'C1') }
}
