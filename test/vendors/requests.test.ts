// Every quirk a file can name, in the requests that then arrive: authorize, token, steps, push (VENDORS.md).
import { afterEach, describe, expect, test } from 'vitest'
import { sync, told } from '../support/scene/authorization.ts'
import { playWith, startStage } from '../support/vendor/stage.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

describe('authorize', () => {
  test('parameters are merged, renamed and removed; scopes have their separator; spaces are %20', async () => {
    const { stage } = await authorize({
      authorize: {
        scopes: ['a b', 'c'],
        scopeSeparator: ',',
        pkce: false,
        params: { client_id: null, app: '${client.id}', access_type: 'offline', force: true, n: 3 },
      },
    })
    const [{ url } = { url: new URL('http://nothing') }] = stage.asked('GET /authorize')
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      response_type: 'code',
      app: 'the client',
      scope: 'a b,c',
      access_type: 'offline',
      force: 'true',
      n: '3',
    })
    expect([...url.searchParams.keys()]).not.toContain('client_id')
    expect([...url.searchParams.keys()]).not.toContain('code_challenge')
    expect(url.search).not.toContain('+')
  })

  test('what the URL has already stays, its fragment too', async () => {
    const { stage, person } = await authorize({
      authorize: { url: '$STAGE/authorize?tenant=5#/sign-in' },
    })
    expect(stage.asked('GET /authorize')[0]?.url.searchParams.get('tenant')).toBe('5')
    expect(person.visits.find(({ next }) => next?.pathname === '/authorize')?.next?.hash).toBe(
      '#/sign-in',
    )
  })
})

test('authorize parameters behind the #, where the vendor’s page reads them', async () => {
  const { person } = await authorize({
    authorize: { url: '$STAGE/authorize#/oauth/authorize', paramsIn: 'fragment' },
  })
  const sent = person.visits.find(({ next }) => next?.pathname === '/authorize')?.next
  expect(sent?.search).toBe('')
  expect(sent?.hash).toMatch(/^#\/oauth\/authorize\?response_type=code&client_id=the%20client&/)
})

test('token parameters in the query of a POST without a body', async () => {
  const { stage } = await authorize({ token: { url: '$STAGE/token?v=1', encoding: 'query' } })
  const [request] = stage.asked('POST /token')
  expect(request?.body).toBe('')
  expect(request?.url.searchParams.get('v')).toBe('1')
  expect(request?.url.searchParams.get('code')).toBe('code-1')
})

test('a fresh random value in each request that names one', async () => {
  const headers = { 'X-Correlation': '${random}' }
  const { stage } = await authorize({
    token: { url: '$STAGE/token', headers },
    api: { headers },
  })
  const values = [...stage.asked('POST /token'), ...stage.asked('PUT /api/C1')].map(
    (request) => request.headers['x-correlation'],
  )
  expect(values).toHaveLength(2)
  for (const value of values) expect(value).toMatch(/^[0-9a-f-]{36}$/)
  expect(new Set(values).size).toBe(2)
})

test('numbers, booleans and null stay what they are in a JSON token request', async () => {
  const { stage } = await authorize({
    token: {
      url: '$STAGE/token',
      encoding: 'json',
      params: { version: 2, offline: true, tenant: '7', code_verifier: null },
    },
  })
  const body: unknown = JSON.parse(stage.asked('POST /token')[0]?.body ?? '')
  expect(body).toMatchObject({ version: 2, offline: true, tenant: '7' })
  expect(body).not.toHaveProperty('code_verifier')
})

test('the file’s own Content-Type is sent with a JSON body', async () => {
  const headers = { 'Content-Type': 'application/vnd.api+json' }
  const { stage } = await authorize({ api: { headers } })
  expect(stage.asked('PUT /api/C1')[0]?.headers['content-type']).toBe('application/vnd.api+json')
})

describe('token', () => {
  test.each([
    ['post', { client_id: 'the client', client_secret: 'a secret: 1%' }, undefined],
    ['none', { client_id: 'the client' }, undefined],
    ['basic', {}, 'the+client:a+secret%3A+1%25'],
  ])('client authentication %s, and by nothing else', async (auth, body, basic) => {
    const { stage } = await authorize({ client: { auth } })
    const [request] = stage.asked('POST /token')
    const form = Object.fromEntries(new URLSearchParams(request?.body))
    const standard = {
      grant_type: 'authorization_code',
      code: 'code-1',
      redirect_uri: expect.any(String),
      code_verifier: expect.any(String),
    }
    expect(form).toEqual({ ...standard, ...body })
    expect(request?.headers.authorization).toBe(
      basic === undefined ? undefined : `Basic ${Buffer.from(basic).toString('base64')}`,
    )
  })

  test('Basic as it is, for those who do not decode', async () => {
    const { stage } = await authorize({ client: { auth: 'basic', basicEncoding: 'raw' } })
    const sent = Buffer.from(
      stage.asked('POST /token')[0]?.headers.authorization?.slice(6) ?? '',
      'base64',
    )
    expect(sent.toString()).toBe('the client:a secret: 1%')
  })

  test('a JSON body with renamed and removed parameters, and a header', async () => {
    const { stage } = await authorize({
      token: {
        encoding: 'json',
        params: {
          client_secret: null,
          secret: '${client.secret}',
          redirect_uri: null,
          auth_code: '${flow.code}',
        },
        headers: { 'X-Verifier': '${flow.codeVerifier}' },
      },
    })
    const [request] = stage.asked('POST /token')
    const sent: unknown = JSON.parse(request?.body ?? '')
    expect(sent).toMatchObject({
      client_id: 'the client',
      secret: 'a secret: 1%',
      auth_code: 'code-1',
    })
    expect(Object.keys(Object(sent))).not.toContain('redirect_uri')
    expect(request?.headers['content-type']).toBe('application/json')
    expect(request?.headers['x-verifier']).toMatch(/^[\w-]{43}$/)
  })

  test('code, state and error under other names', async () => {
    const { page } = await authorize(
      {
        callback: { code: 'auth_code', state: 'st' },
        authorize: { params: { state: null, st: '${flow.state}' } },
      },
      { back: 'auth_code' },
    )
    expect(told(page)).toContain('synced')
  })
})

describe('words of a vendor’s own', () => {
  const file = {
    authorize: { denied: ['declined'] },
    token: { spent: ['gone'], unknownClient: ['no_app'] },
  }

  test.each([
    ['gone', 400],
    ['no_app', 502],
    ['invalid_grant', 400],
  ])('of its token answer: %s', async (error, status) => {
    const { page } = await authorize(file, { says: { error } })
    expect(page.status).toBe(status)
  })

  test.each(['declined', 'access_denied'])('of its callback: %s is a no', async (error) => {
    expect(told((await authorize(file, { callback: { error } })).page)).toContain('You cancelled')
  })
})

describe('values from the vendor', () => {
  test('of the callback and of the token answer are used in URLs and headers', async () => {
    const { stage, page } = await authorize(
      {
        vars: {
          region: { from: 'callback', key: 'loc', pattern: '[a-z]{2}' },
          account: { from: 'token', key: 'data.account' },
        },
        token: { url: '$STAGE/${vars.region}/token' },
        api: { baseUrl: '$STAGE/${vars.region}', headers: { 'X-Account': '${vars.account}' } },
      },
      { callback: { loc: 'eu' }, says: { data: { account: 'acc-7' } } },
    )
    expect(told(page)).toContain('synced')
    expect(stage.asked('POST /eu/token')).toHaveLength(1)
    expect(stage.asked('PUT /eu/api')[0]?.headers['x-account']).toBe('acc-7')
  })

  test.each(['evil.example/', 'eu.evil.example', 'EU', 'eu\n'])(
    'a host that does not match is refused: %s',
    async (loc) => {
      const { stage, page } = await authorize(
        {
          vars: { region: { from: 'callback', key: 'loc', pattern: '[a-z]{2}' } },
          token: { url: '$STAGE/${vars.region}/token' },
        },
        { callback: { loc } },
      )
      expect(page.status).toBe(502)
      expect(stage.heard.filter(({ method }) => method === 'POST')).toHaveLength(0)
    },
  )

  test('a base URL nobody has said stops before anything is cached', async () => {
    const { stage, page } = await authorize({
      vars: { base: { from: 'token', key: 'base', pattern: 'http://[a-z]+\\.example' } },
      api: { baseUrl: '${vars.base}' },
    })
    expect(page.status).toBe(502)
    expect(stage.asked('PUT ')).toHaveLength(0)
  })

  test('a second exchange and a discovery call, the optional one may fail', async () => {
    const { stage, page } = await authorize(
      {
        vars: { dc: { from: 'step', key: 'unused', pattern: '[a-z0-9]+' } },
        steps: [
          { request: { url: '$STAGE/broken' }, optional: true },
          {
            request: {
              method: 'POST',
              url: '$STAGE/long',
              params: { short: '${token}', secret: '${client.secret}' },
              encoding: 'json',
            },
            token: { accessToken: 'long.token' },
          },
          {
            request: { url: '$STAGE/where', headers: { Authorization: 'OAuth ${token}' } },
            capture: { dc: 'dc' },
          },
        ],
        api: { baseUrl: '$STAGE/${vars.dc}' },
      },
      { on: { 'POST /long': { long: { token: 'at-long' } }, 'GET /where': { dc: 'us6' } } },
    )
    expect(told(page)).toContain('synced')
    expect(JSON.parse(stage.asked('POST /long')[0]?.body ?? '')).toEqual({
      short: 'at-1',
      secret: 'a secret: 1%',
    })
    expect(stage.asked('GET /where')[0]?.headers.authorization).toBe('OAuth at-long')
    expect(stage.asked('PUT /us6/api')[0]?.headers.authorization).toBe('Bearer at-long')
  })
})

test('a push as a form, with the token in a header of its own', async () => {
  const { stage } = await authorize({
    api: {
      auth: { in: 'header', name: 'X-Token', value: '${token}' },
      push: {
        method: 'POST',
        path: '/api/${campaign.id}',
        encoding: 'form',
        body: {
          name: '${campaign.name}',
          budget: '${campaign.budget}',
          end: '${campaign.endDate}',
          list: [1],
        },
      },
    },
  })
  const [push] = stage.asked('POST /api')
  expect(push?.body).toBe('name=Spring+launch&budget=12000&list=%5B1%5D')
  expect(push?.headers['x-token']).toBe('at-1')
  expect(push?.headers.authorization).toBeUndefined()
})

test('an empty answer is empty, whatever encoding it says it has', async () => {
  const { stage, person } = await authorize({})
  stage.on('PUT /api', { status: 204, headers: { 'content-encoding': 'gzip' } })
  expect(told(await sync(person, 'C2'))).toContain('Webinar EMEA synced.')
  expect(stage.asked('PUT /api')).toHaveLength(2)
})

interface Told {
  /** The name the code comes under. */
  back?: string
  callback?: Record<string, string>
  /** Members of the token answer beside the token. */
  says?: object
  on?: Record<string, unknown>
}

async function authorize(
  change: Record<string, Record<string, unknown> | unknown[]>,
  { back = 'code', callback, says, on }: Told = {},
) {
  const stage = await startStage()
  open.push(stage)
  delete stage.back.code
  Object.assign(stage.back, { [back]: 'code-1', ...callback })
  if (back !== 'code')
    stage.on('GET /authorize', ({ url }) => {
      const location = new URL(url.searchParams.get('redirect_uri') ?? '')
      location.searchParams.set(back, 'code-1')
      location.searchParams.set('st', url.searchParams.get('st') ?? '')
      return { status: 302, headers: { location: location.href } }
    })
  const token = { body: { access_token: 'at-1', token_type: 'bearer', expires_in: 3600, ...says } }
  for (const path of ['/token', '/eu/token']) stage.on(`POST ${path}`, token)
  for (const path of ['/api', '/eu/api', '/us6/api']) {
    stage.on(`PUT ${path}`, { body: { id: '1' } })
    stage.on(`POST ${path}`, { body: { id: '1' } })
  }
  for (const [at, body] of Object.entries(on ?? {})) stage.on(at, { body })
  const base = {
    authorize: { url: '$STAGE/authorize' },
    token: { url: '$STAGE/token' },
    api: { baseUrl: '$STAGE', push: { method: 'PUT', path: '/api/${campaign.id}' } },
  }
  const file: Record<string, unknown> = { id: 'quirky', name: 'Quirky Ads', ...base, ...change }
  for (const [part, content] of Object.entries(base)) file[part] = { ...content, ...change[part] }
  const here: unknown = JSON.parse(JSON.stringify(file).replaceAll('$STAGE', stage.url))
  const scene = await playWith([Object.assign({}, here)])
  open.push(scene)
  return { ...scene, stage, page: await sync(scene.person, 'C1') }
}
