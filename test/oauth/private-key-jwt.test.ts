// A vendor that wants a signed assertion in place of a client secret (RFC 7523): what is sent, and that the key never is.
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jwtVerify } from 'jose'
import { afterEach, expect, test } from 'vitest'
import { checkVendor } from '../../src/vendor-check/check.ts'
import { loadVendor } from '../../src/vendors/load.ts'
import { sync, told } from '../support/scene/authorization.ts'
import { playWith, startStage } from '../support/vendor/stage.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 })
const EC = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ED = generateKeyPairSync('ed25519')
const pem = ({ privateKey }: Pick<typeof RSA, 'privateKey'>) =>
  String(privateKey.export({ type: 'pkcs8', format: 'pem' }))

test.each([
  ['RS256', RSA],
  ['ES256', EC],
  ['Ed25519', ED],
])('%s: each request has an assertion of its own, also a refresh', async (alg, key) => {
  const { stage, person, app } = await begin(pem(key))
  expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
  stage.on('PUT /api', ({ headers }) =>
    headers.authorization === 'Bearer at-1' ? { status: 401, body: {} } : { body: { id: '1' } },
  )
  expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
  const sent = stage.asked('POST /token').map(({ body }) => new URLSearchParams(body))
  expect(sent.map((form) => form.get('grant_type'))).toEqual([
    'authorization_code',
    'refresh_token',
  ])
  const ids = new Set<unknown>()
  for (const form of sent) {
    expect(form.get('client_assertion_type')).toBe(
      'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    )
    const read = await jwtVerify(form.get('client_assertion') ?? '', key.publicKey, {
      audience: `${stage.url}/token`,
      issuer: 'the client',
      subject: 'the client',
    })
    expect(read.protectedHeader).toEqual({ alg, kid: 'key-1' })
    ids.add(read.payload.jti)
    expect(form.has('client_secret')).toBe(false)
  }
  expect(ids.size).toBe(2)
  const line = pem(key).split('\n')[1] ?? 'none'
  expect(app.logs() + stage.heard.map(({ body }) => body).join()).not.toContain(line)
})

test('the vendor’s own audience and issuer are said', async () => {
  const assertion = { audience: 'https://acme.example', issuer: 'sync.example.com' }
  const { stage, person } = await begin(pem(EC), { assertion })
  await sync(person, 'C1')
  const form = new URLSearchParams(stage.asked('POST /token')[0]?.body)
  const { payload } = await jwtVerify(form.get('client_assertion') ?? '', EC.publicKey)
  expect(payload).toMatchObject({
    aud: assertion.audience,
    iss: assertion.issuer,
    sub: 'the client',
  })
})

test.each([
  ['none', undefined, 'ACME_PRIVATE_KEY is not set: Acme needs it'],
  ['text', 'secret words', 'ACME_PRIVATE_KEY must be a private key in PEM'],
  ['a weak one', pem(generateKeyPairSync('rsa', { modulusLength: 1024 })), 'at least 2048 bits'],
  ['another curve', pem(generateKeyPairSync('ec', { namedCurve: 'secp256k1' })), 'EC P-256'],
])('a key that is %s is a fault at start, and is not repeated', (_, key, fault) => {
  const { faults } = loadVendor(write('https://acme.example'), (name) =>
    name === 'ACME_PRIVATE_KEY' ? key : 'c-1',
  )
  expect(faults).toEqual([expect.stringContaining(fault)])
})

test('vendor:check proves itself with it, and shows no assertion', async () => {
  const stage = await startStage()
  open.push(stage)
  stage.on('POST /token', { status: 400, body: { error: 'invalid_grant' } })
  const settings: Record<string, string> = { ACME_PRIVATE_KEY: pem(EC), ACME_CLIENT_ID: 'c-1' }
  const said: string[] = []
  const say = (line: string) => void said.push(line)
  await checkVendor(write(stage.url), (name) => settings[name], 'https://sync.example.com', say)
  expect(said.join('\n')).toContain('✓ the token endpoint: it knows the client')
  expect(said.join('\n')).toContain('"client_assertion":"••••"')
})

function fileFor(at: string, client: object = {}) {
  return {
    id: 'acme',
    name: 'Acme',
    client: { auth: 'private_key_jwt', ...client },
    authorize: { url: `${at}/authorize` },
    token: { url: `${at}/token` },
    lifetime: { refresh: 'use', freshGraceSeconds: 0 },
    api: { baseUrl: at, push: { method: 'PUT', path: '/api/${campaign.id}', repeatable: true } },
  }
}

function write(at: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'private-key-'))
  open.push({ close: async () => rmSync(folder, { recursive: true }) })
  const file = join(folder, 'acme.json')
  writeFileSync(file, JSON.stringify(fileFor(at)))
  return file
}

async function begin(key: string, client: object = {}) {
  const stage = await startStage()
  open.push(stage)
  let made = 0
  stage.on('POST /token', () => ({
    body: { access_token: `at-${++made}`, token_type: 'bearer', refresh_token: 'rt-1' },
  }))
  stage.on('PUT /api', { body: { id: '1' } })
  const scene = await playWith([fileFor(stage.url, client)], {
    ACME_PRIVATE_KEY: key,
    ACME_KEY_ID: 'key-1',
  })
  open.push(scene)
  return { stage, ...scene }
}
