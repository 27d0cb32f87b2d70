// `npm run vendor:check`: what it says about a file and its server, and that it shows no secret.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { checkVendor, judge } from '../../src/vendor-check/check.ts'
import { syncAnywhere } from '../support/scene/authorization.ts'
import { startStage } from '../support/vendor/stage.ts'
import { playAtStandIn } from '../support/vendor/stand-ins/scene.ts'
import { DOCUMENTED } from '../support/vendor/vendor-answers.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

const SECRET = { ACME_CLIENT_ID: 'c-1', ACME_CLIENT_SECRET: 'very-secret' }

test('a good file and a server that knows the client', async () => {
  const { stage, check } = await begin()
  stage.on('GET /.well-known/oauth-authorization-server', {
    body: { code_challenge_methods_supported: ['S256'] },
  })
  stage.on('POST /token', { status: 400, body: { error: 'invalid_grant' } })
  const { isFine, said } = await check(SECRET)
  expect(isFine).toBe(true)
  expect(said).toContain('✓ PKCE S256 is advertised')
  expect(said).toContain(
    '→ register this redirect URI at Acme: https://sync.example.com/oauth/acme/callback',
  )
  expect(said).toContain('✓ the token endpoint: it knows the client')
  expect(said).toContain('"client_secret":"••••"')
  expect(said).not.toContain('very-secret')
})

test('a value that people are asked for is not made up: nothing is sent to an address with it', async () => {
  const vars = { shop: { from: 'person', label: 'Shop', pattern: '[a-z]+' } }
  const baseUrl = 'https://${vars.shop}.acme.example'
  const { stage, check } = await begin({ baseUrl }, { vars })
  const { isFine, said } = await check(SECRET)
  expect([isFine, stage.heard.length]).toEqual([true, 0])
  expect(said).toContain('! ${vars.shop} is asked of people: set ACME_SHOP to have its addresses')
})

test('a server that does not accept the client', async () => {
  const { stage, check } = await begin()
  stage.on('POST /token', { status: 401, body: { error: 'invalid_client' } })
  const { isFine, said } = await check(SECRET)
  expect(isFine).toBe(false)
  expect(said).toContain('✗ the token endpoint: it does not accept the client (invalid_client)')
  expect(said).toContain('! no metadata (RFC 8414) was found')
})

test.each([
  [
    'nothing at that path',
    { status: 404, body: { error: 'not_found' } },
    '✗ the token endpoint: HTTP 404 (not_found): token.url is not its token endpoint',
  ],
  [
    'a request that it does not take',
    {
      status: 400,
      body: { error: 'invalid_request', error_description: 'grant_type\u0007 is\nmissing' },
    },
    '✗ the token endpoint: it does not take the request (invalid_request: grant_type is missing)',
  ],
  [
    'a page',
    { body: '<html>Sign in</html>' },
    '✗ the token endpoint: HTTP 200, and not a token answer: token.url is not its token endpoint',
  ],
  ['trouble', { status: 503, body: { message: 'down' } }, '✗ the token endpoint: HTTP 503 (down)'],
  [
    'a secret in its words',
    { status: 400, body: { error: 'invalid_request', error_description: 'very-secret is bad' } },
    '(invalid_request: [secret] is bad)',
  ],
])('a token endpoint that answers with %s', async (_, answer, line) => {
  const { stage, check } = await begin()
  stage.on('POST /token', answer)
  const { isFine, said } = await check(SECRET)
  expect(said).toContain(line)
  expect(isFine).toBe(false)
})

test('a word of its own for a made-up code is shown', async () => {
  const { stage, check } = await begin()
  stage.on('POST /token', {
    status: 400,
    body: { error: 'code_gone', message: `${'x'.repeat(300)}` },
  })
  const { isFine, said } = await check(SECRET)
  expect(said).toMatch(/! the token endpoint: .*\(code_gone: x{189}\).*token\.spent/)
  expect(isFine).toBe(true)
})

test.each([
  [401, '✓ the API: HTTP 401 without access, as it should be', true],
  [403, '✓ the API: HTTP 403 without access, as it should be', true],
  [404, '✗ the API: HTTP 404: api.baseUrl or api.account.path is wrong', false],
])('the account request without access is answered with %d', async (status, line, fine) => {
  const { stage, check } = await begin({ account: { path: '/v1/me', id: 'id', name: 'id' } })
  stage.on('POST /token', { status: 400, body: { error: 'invalid_grant' } })
  stage.on('GET /v1/me', { status, body: {} })
  const { isFine, said } = await check(SECRET)
  expect(said).toContain(line)
  expect(isFine).toBe(fine)
  expect(stage.heard.find(({ url }) => url.pathname === '/v1/me')?.headers).not.toHaveProperty(
    'authorization',
  )
})

test('a campaign field that only some campaigns have is pointed out', async () => {
  const { stage, check } = await begin({ push: { body: { title: '${campaign.titel}' } } })
  stage.on('POST /token', { status: 400, body: { error: 'invalid_grant' } })
  const { isFine, said } = await check(SECRET)
  expect(said).toContain(
    '! "${campaign.titel}" is not a field that every campaign has; those are: id',
  )
  expect(isFine).toBe(true)
})

test('of a vendor with operations the first request of create is shown', async () => {
  const headers = { 'X-Kind': 'campaign' }
  const path = '/v1/lists/${campaign.type}/items'
  const { stage, check } = await begin({ create: { path, headers, idempotencyHeader: 'X-Key' } })
  stage.on('POST /token', { status: 400, body: { error: 'invalid_grant' } })
  const { said } = await check(SECRET)
  expect(said).toContain(
    `→ a campaign goes to POST ${stage.url}/v1/lists/\${campaign.type}/items with Authorization: Bearer ••••; idempotency: X-Key`,
  )
})

test('nobody at the base URL', async () => {
  const { stage, check } = await begin({ baseUrl: 'http://127.0.0.1:9' })
  stage.on('POST /token', { status: 400, body: { error: 'invalid_grant' } })
  const { isFine, said } = await check(SECRET)
  expect(said).toContain('✗ the API: ')
  expect(isFine).toBe(false)
})

test('several files: each is checked, and one fault is enough', async () => {
  const { file, environment } = await begin()
  const { stdout, code } = await vendorCheck([file, `${file}.none`], environment)
  expect(stdout).toContain('✓ Acme: the file is well formed')
  expect(stdout).toContain(`✗ ${file}.none: `)
  expect(code).toBe(1)
})

test('nobody there', async () => {
  const { stage, check } = await begin()
  await stage.close()
  open.pop()
  const { isFine, said } = await check(SECRET)
  expect(isFine).toBe(false)
  expect(said).toContain('✗ the authorize URL: ECONNREFUSED')
})

test('without client id and secret it still shows what would be sent', async () => {
  const { stage, check } = await begin()
  stage.on('POST /token', { status: 401, body: { error: 'invalid_client' } })
  const { isFine, said } = await check({})
  expect(isFine).toBe(true)
  expect(said).toContain('! ACME_CLIENT_SECRET is not set: a stand-in is used here')
})

test('what the file says itself comes before a stand-in, and each is told once', async () => {
  const { stage, check } = await begin(
    { push: { path: '/${vars.accountName}/${vars.region}/${campaign.id}' } },
    {
      client: { id: 'own-id' },
      vars: { accountName: { from: 'config', default: 'main' }, region: { from: 'config' } },
    },
  )
  stage.on('POST /token', { status: 401, body: { error: 'invalid_client' } })
  const { said } = await check({})
  expect(said).toContain('client_id=own-id&')
  expect(said).toContain(`POST ${stage.url}/main/region/\${campaign.id} with`)
  expect(said.match(/! .* is not set/g)).toEqual([
    '! ACME_REGION is not set',
    '! ACME_CLIENT_SECRET is not set',
  ])
})

test('of a value with a pattern there is no stand-in', async () => {
  const vars = { dataCenter: { from: 'config', pattern: '[a-z]{2}[0-9]' } }
  const { check } = await begin({}, { vars })
  const { isFine, said } = await check(SECRET)
  expect(said).toContain('✗ ACME_DATA_CENTER is not set: Acme needs it')
  expect(isFine).toBe(false)
})

test('a broken file is told as at start', async () => {
  const { check } = await begin({}, { colour: 'red' })
  const { isFine, said } = await check(SECRET)
  expect(isFine).toBe(false)
  expect(said).toMatch(/✗ .*acme\.json: the file: Unrecognized key: "colour"/)
})

test('a secret may be in a file that the environment names, as at start', async () => {
  const { stage, file } = await begin()
  stage.on('POST /token', { status: 400, body: { error: 'invalid_grant' } })
  const secret = `${file}.secret`
  writeFileSync(secret, 'from-a-file\n')
  const PATH = process.env.PATH ?? ''
  const settings = { ACME_CLIENT_ID: 'c-1', ACME_CLIENT_SECRET_FILE: secret, PATH }
  const good = await vendorCheck([file], settings)
  expect([good.code, good.stdout]).toEqual([0, expect.not.stringContaining('is not set')])
  expect(stage.asked('POST /token')[0]?.body).toContain('client_secret=from-a-file')
  const missing = await vendorCheck([file], { ...settings, ACME_CLIENT_SECRET_FILE: '/no/file' })
  expect([missing.code, missing.stdout]).toEqual([
    1,
    expect.stringContaining('✗ ACME_CLIENT_SECRET_FILE: what it names there is no such file'),
  ])
})

describe.each(['meta', 'google-ads'])('a campaign at %s', (id) => {
  const { environment = {}, campaign } = DOCUMENTED[id] ?? {}

  /** With access as somebody got it who synced another one. */
  async function judged(body: object = {}, ended?: string) {
    const { app, person, standIn, stage, close } = await playAtStandIn(
      id,
      environment,
      {},
      campaign,
    )
    open.push({ close })
    await syncAnywhere(person, 'C2')
    const sent = stage.heard.findLast(({ headers }) => headers.authorization?.startsWith('Bearer'))
    const token = ended ?? sent?.headers.authorization?.slice('Bearer '.length) ?? ''
    const vendor = app.context.vendor(id)
    const [first] = vendor.api.create ?? []
    if (!first) throw new Error(`${id} makes nothing`)
    const changed = { ...first, body: { ...Object(first.body), ...body } }
    const api = { ...vendor.api, create: [changed] }
    const found = await judge(app.context.http, { ...vendor, api }, token)
    expect(standIn.objects()).toHaveLength(1)
    return found
  }

  test('is judged, and none is made', async () => {
    expect(await judged()).toMatchObject({ sign: '✓' })
  })

  test('that it would not take is told in its own words', async () => {
    const wrong = { name: '', mutateOperations: [{ campaignOperation: { create: { name: '' } } }] }
    const { sign, text } = (await judged(wrong)) ?? {}
    expect([sign, text]).toEqual(['✗', expect.stringContaining('it would not take a campaign (')])
  })

  test('is not judged with a token that has ended', async () => {
    const { sign, text } = (await judged({}, 'ended')) ?? {}
    expect([sign, text]).toEqual(['✗', expect.stringContaining('the access token is not good')])
  })
})

test('a vendor that can judge asks for an access token, which is sent nowhere else', async () => {
  const { stage, check } = await begin({ create: { path: '/made' }, validateOnly: { dry: true } })
  stage.on('POST /token', { status: 400, body: { error: 'invalid_grant' } })
  stage.on('POST /made', { body: {} })
  expect((await check(SECRET)).said).toContain(
    '! set ACME_ACCESS_TOKEN to an access token of yours',
  )
  expect(stage.asked('POST /made')).toHaveLength(0)
  const { said } = await check({ ...SECRET, ACME_ACCESS_TOKEN: 'my-own-token' })
  expect(said).toContain('✓ a campaign: it would take')
  expect(said).not.toContain('my-own-token')
  expect(JSON.parse(stage.asked('POST /made')[0]?.body ?? '')).toEqual({ dry: true })
  const others = stage.heard.filter(({ url }) => url.pathname !== '/made')
  expect(JSON.stringify(others)).not.toContain('my-own-token')
})

/** The command itself. */
async function vendorCheck(files: string[], env: Record<string, string>) {
  const main = join(import.meta.dirname, '../../src/vendor-check/main.ts')
  const child = spawn(process.execPath, [main, ...files], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let stdout = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  const [code] = await once(child, 'close')
  return { stdout, code }
}

async function begin(api: object = {}, change: object = {}) {
  const stage = await startStage()
  open.push(stage)
  const folder = mkdtempSync(join(tmpdir(), 'vendor-check-'))
  open.unshift({ close: async () => rmSync(folder, { recursive: true }) })
  const file = join(folder, 'acme.json')
  const vendor = {
    id: 'acme',
    name: 'Acme',
    authorize: { url: `${stage.url}/authorize` },
    token: { url: `${stage.url}/token` },
    api: { baseUrl: stage.url, ...api },
    ...change,
  }
  writeFileSync(file, JSON.stringify(vendor))
  const check = async (environment: Record<string, string>) => {
    const lines: string[] = []
    const say = (line: string) => void lines.push(line)
    const isFine = await checkVendor(
      file,
      (name) => environment[name],
      'https://sync.example.com',
      say,
    )
    return { isFine, said: lines.join('\n') }
  }
  return { stage, check, file, environment: { ...SECRET, PATH: process.env.PATH ?? '' } }
}
