// `npm run vendor:check`: what it says about a file and its server, and that it shows no secret.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { checkVendor } from '../../src/vendor-check/check.ts'
import { startStage } from '../support/vendor/stage.ts'

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

test('a server that does not accept the client', async () => {
  const { stage, check } = await begin()
  stage.on('POST /token', { status: 401, body: { error: 'invalid_client' } })
  const { isFine, said } = await check(SECRET)
  expect(isFine).toBe(false)
  expect(said).toContain('✗ the token endpoint: it does not accept the client (invalid_client)')
  expect(said).toContain('! no metadata (RFC 8414) was found')
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

test('a broken file is told as at start', async () => {
  const { check } = await begin({ colour: 'red' })
  const { isFine, said } = await check(SECRET)
  expect(isFine).toBe(false)
  expect(said).toMatch(/✗ .*acme\.json: the file: Unrecognized key: "colour"/)
})

async function begin(change: object = {}) {
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
    api: { baseUrl: stage.url },
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
  return { stage, check }
}
