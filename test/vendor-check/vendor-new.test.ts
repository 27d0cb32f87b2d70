// `npm run vendor:new`: a vendor file from the metadata of a real authorization server, never over another file.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { Provider } from '../../src/demo-vendor/oidc-provider.ts'
import { draftVendor } from '../../src/vendor-check/draft.ts'
import { readVendorFile } from '../../src/vendors/load.ts'
import { listen } from '../support/app/listen.ts'

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

test('asked for help it says what it wants', async () => {
  const { code, said } = await vendorNew('--help')
  expect([code, said.trim()]).toEqual([
    1,
    'Which issuer? npm run vendor:new -- https://issuer.example [acme.json]',
  ])
})

test('writes what the server says, says what is left, and overwrites nothing', async () => {
  const issuer = await startProvider()
  const file = join(folder(), 'acme.json')
  const first = await vendorNew(issuer, file)
  expect(first.code).toBe(0)
  expect(first.said).toContain(`✓ ${file} is written`)
  expect(first.said).toContain('→ api.baseUrl and api.push')
  const { vendor, faults } = readVendorFile(file)
  expect(faults).toBeUndefined()
  expect(vendor).toMatchObject({
    client: { auth: 'basic' },
    authorize: { url: `${issuer}/auth`, issuer, issParameter: true, pkce: true },
    token: { url: `${issuer}/token` },
    revoke: { url: `${issuer}/token/revocation` },
    lifetime: { refresh: 'use' },
  })
  expect(vendor?.authorize.scopes).toContain('offline_access')
  writeFileSync(file, 'mine')
  const second = await vendorNew(issuer, file)
  expect([second.code, readFileSync(file, 'utf8')]).toEqual([1, 'mine'])
  expect(second.said).toContain('is there already and is not overwritten')
})

test('a server without metadata is told as that', async () => {
  const server = createServer((_, res) => void res.writeHead(404).end('no'))
  const issuer = await serve(server)
  const { code, said } = await vendorNew(issuer, join(folder(), 'acme.json'))
  expect(code).toBe(1)
  expect(said).toContain(`✗ ${issuer} publishes no metadata`)
})

test('the metadata of another issuer is refused', () => {
  const endpoints = {
    authorization_endpoint: 'https://b.example/a',
    token_endpoint: 'https://b.example/t',
  }
  const draft = () =>
    draftVendor('https://a.example', { issuer: 'https://b.example', ...endpoints }, '')
  expect(draft).toThrow('another issuer, https://b.example')
  const own = draftVendor(
    'https://login.acme.example/',
    { issuer: 'https://login.acme.example', ...endpoints },
    '',
  )
  expect(own.file).toMatchObject({
    id: 'acme',
    name: 'Acme',
    client: { auth: 'client_secret_basic' },
  })
})

async function startProvider(): Promise<string> {
  const server = createServer()
  const issuer = await serve(server)
  const provider = new Provider(issuer, {
    scopes: ['openid', 'offline_access'],
    features: { revocation: { enabled: true }, devInteractions: { enabled: false } },
  })
  server.on('request', provider.callback())
  return issuer
}

async function serve(server: ReturnType<typeof createServer>): Promise<string> {
  const port = await listen(server)
  open.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${port}`
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'vendor-new-'))
  open.push(() => rmSync(made, { recursive: true }))
  return made
}

async function vendorNew(...args: string[]) {
  const main = join(import.meta.dirname, '../../src/vendor-check/new.ts')
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += chunk
    })
  const [code] = await once(child, 'close')
  return { code, said }
}
