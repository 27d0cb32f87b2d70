// Acme Ads over HTTP: the whole code flow by hand, and each way it can be told to misbehave.

import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import request from 'supertest'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { type DemoVendorOptions, startDemoVendor } from '../../src/demo-vendor/server.ts'
import { freePort } from '../support/app/free-port.ts'

const redirectUri = 'http://localhost:3999/oauth/demo/callback'
const verifier = randomBytes(32).toString('base64url')
const options: DemoVendorOptions = {
  host: '127.0.0.1',
  port: 0,
  clientId: 'campaign-sync',
  clientSecret: 'a secret + with % odd : signs',
  redirectUris: [redirectUri],
  tokenSeconds: 120,
  databaseFile: ':memory:',
}
let acme: Awaited<ReturnType<typeof startDemoVendor>>

beforeAll(async () => {
  acme = await startDemoVendor(options)
})
afterAll(() => acme.close())
beforeEach(async () => {
  await panel('reset', {})
  await panel('lifetime', { tokenSeconds: 120 })
})

/** A browser without JavaScript: keeps cookies by path and follows redirects until they leave Acme. */
function visitor() {
  const cookies = new Map<string, { path: string; value: string }>()
  async function visit(
    address: string,
    form?: Record<string, string>,
  ): Promise<{ url: URL; html: string }> {
    const url = new URL(address, acme.url)
    if (url.origin !== new URL(acme.url).origin) return { url, html: '' }
    const sent = [...cookies].filter(([, { path }]) => url.pathname.startsWith(path))
    const response = await fetch(url, {
      method: form ? 'POST' : 'GET',
      redirect: 'manual',
      headers: {
        accept: 'text/html',
        cookie: sent.map(([key, { value }]) => `${key.split(' ')[0]}=${value}`).join('; '),
      },
      ...(form ? { body: new URLSearchParams(form) } : {}),
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      const path = /path=([^;]+)/i.exec(line)?.[1] ?? '/'
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) cookies.delete(`${name} ${path}`)
      else cookies.set(`${name} ${path}`, { path, value })
    }
    const next = response.headers.get('location')
    return next === null ? { url, html: await response.text() } : visit(next)
  }
  return { visit }
}

function authorizeUrl(change: Record<string, string | undefined> = {}): string {
  const params = {
    response_type: 'code',
    client_id: options.clientId,
    redirect_uri: redirectUri,
    scope: 'campaigns:write',
    state: 'a-state',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...change,
  }
  const given = Object.entries(params).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value]],
  )
  return `/oauth/authorize?${new URLSearchParams(given)}`
}

async function signIn(
  person: ReturnType<typeof visitor>,
  account: string,
  address = authorizeUrl(),
) {
  const page = await person.visit(address)
  return person.visit(`${page.url.pathname}/sign-in`, { account })
}

async function approve(
  person: ReturnType<typeof visitor>,
  account = 'dana',
  address = authorizeUrl(),
) {
  const consent = await signIn(person, account, address)
  return (await person.visit(`${consent.url.pathname}/allow`, {})).url
}

/** RFC 6749 section 2.3.1: id and secret are form-encoded before they are put together. */
function basic(secret = options.clientSecret): string {
  const [id, password] = [options.clientId, secret].map((word) =>
    new URLSearchParams([['', word]]).toString().slice(1),
  )
  return `Basic ${Buffer.from(`${id}:${password}`).toString('base64')}`
}

async function exchange(
  back: URL,
  change: { headers?: Record<string, string>; body?: Record<string, string> } = {},
) {
  const response = await fetch(`${acme.url}/oauth/token`, {
    method: 'POST',
    headers: change.headers ?? { authorization: basic() },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: back.searchParams.get('code') ?? '',
      redirect_uri: redirectUri,
      code_verifier: verifier,
      ...change.body,
    }),
  })
  return { status: response.status, body: Object(await response.json()) }
}

async function newToken(address = authorizeUrl()): Promise<string> {
  return (await exchange(await approve(visitor(), 'dana', address))).body.access_token
}

async function push(
  token: string | undefined,
  campaign = 'C1',
  key?: string,
  body: unknown = { name: 'Spring', budget: 12000 },
) {
  const response = await fetch(`${acme.url}/api/campaigns/${campaign}`, {
    method: 'PUT',
    headers: {
      'content-type': 'application/json',
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(key ? { 'idempotency-key': key } : {}),
    },
    body: JSON.stringify(body),
  })
  return { status: response.status, headers: response.headers, body: Object(await response.json()) }
}

function panel(what: string, form: Record<string, string | number>) {
  const body = new URLSearchParams(Object.entries(form).map(([key, value]) => [key, String(value)]))
  return fetch(`${acme.url}/panel/${what}`, { method: 'POST', body, redirect: 'manual' })
}

const panelJson = async () => Object(await (await fetch(`${acme.url}/panel.json`)).json())

test('a person signs in, allows it, and the code buys a token without a refresh token', async () => {
  const person = visitor()
  const signInPage = await person.visit(authorizeUrl())
  expect(signInPage.html).toContain('Sign in to Acme Ads')
  expect(signInPage.html).toContain('no password')
  const consent = await signIn(person, 'dana')
  expect(consent.html).toContain('Create and change campaigns')
  const back = (await person.visit(`${consent.url.pathname}/allow`, {})).url
  expect(back.href).toContain(redirectUri)
  expect(back.searchParams.get('state')).toBe('a-state')
  expect(back.searchParams.get('iss')).toBe(acme.url)
  const { status, body } = await exchange(back)
  expect(status).toBe(200)
  expect(body).toEqual({
    access_token: expect.any(String),
    expires_in: 120,
    scope: 'campaigns:write',
    token_type: 'Bearer',
  })
  await request(acme.url)
    .get('/api/me')
    .set({ authorization: `bearer ${body.access_token}` })
    .expect(200, { id: 'dana', name: 'dana@acme' })
})

test('a renewal is one bounce without a page; after signing out both pages are back', async () => {
  const person = visitor()
  const first = (await exchange(await approve(person))).body.access_token
  const again = await person.visit(authorizeUrl({ state: 'second' }))
  expect(again.url.searchParams.get('state')).toBe('second')
  expect((await exchange(again.url)).status).toBe(200)
  await person.visit('/panel/sign-out', {})
  expect((await person.visit(authorizeUrl())).html).toContain('Sign in to Acme Ads')
  expect((await signIn(person, 'dana')).html).toContain('Allow Campaign Sync')
  expect((await push(first)).status).toBe(200)
})

test('prompt=login lets a signed-in person choose the other account', async () => {
  const person = visitor()
  await approve(person, 'dana')
  const token = (await exchange(await approve(person, 'sam', authorizeUrl({ prompt: 'login' }))))
    .body.access_token
  const me = await request(acme.url).get('/api/me').auth(token, { type: 'bearer' })
  expect(me.body).toEqual({ id: 'sam', name: 'sam@acme' })
})

test('two authorizations of one browser, under way at once, both finish', async () => {
  const person = visitor()
  const pages = [
    await person.visit(authorizeUrl({ state: 'one' })),
    await person.visit(authorizeUrl({ state: 'two' })),
  ]
  const states = []
  for (const { url } of pages.reverse()) {
    const next = await person.visit(`${url.pathname}/sign-in`, { account: 'dana' })
    const back =
      next.url.host === new URL(redirectUri).host
        ? next
        : await person.visit(`${next.url.pathname}/allow`, {})
    states.push(back.url.searchParams.get('state'))
    expect((await exchange(back.url)).status).toBe(200)
  }
  expect(states).toEqual(['two', 'one'])
})

test('deny, and cancel at the sign-in page, come back as access_denied', async () => {
  const person = visitor()
  const signInPage = await person.visit(authorizeUrl())
  const cancelled = await person.visit(`${signInPage.url.pathname}/deny`, {})
  expect(cancelled.url.searchParams.get('error')).toBe('access_denied')
  const consent = await signIn(person, 'sam')
  const denied = await person.visit(`${consent.url.pathname}/deny`, {})
  expect(Object.fromEntries(denied.url.searchParams)).toMatchObject({
    error: 'access_denied',
    state: 'a-state',
    iss: acme.url,
  })
  expect((await person.visit(consent.url.pathname)).html).toContain('This sign-in is over')
})

test('PKCE with S256 is required; a wrong redirect URI stays at Acme', async () => {
  const without = await visitor().visit(
    authorizeUrl({ code_challenge: undefined, code_challenge_method: undefined }),
  )
  expect(without.url.searchParams.get('error')).toBe('invalid_request')
  const plain = await visitor().visit(authorizeUrl({ code_challenge_method: 'plain' }))
  expect(plain.url.searchParams.get('error')).toBe('invalid_request')
  const elsewhere = await visitor().visit(
    authorizeUrl({ redirect_uri: 'http://localhost:3999/other' }),
  )
  expect(elsewhere.html).toContain('invalid_redirect_uri')
  const back = await approve(visitor())
  expect((await exchange(back, { body: { code_verifier: 'x'.repeat(43) } })).body.error).toBe(
    'invalid_grant',
  )
})

test('the secret is taken in the header or in the body, and a wrong one is refused', async () => {
  const inBody = { client_id: options.clientId, client_secret: options.clientSecret }
  expect((await exchange(await approve(visitor()), { headers: {}, body: inBody })).status).toBe(200)
  const wrong = await exchange(await approve(visitor()), {
    headers: { authorization: basic('wrong') },
  })
  expect(wrong).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
})

test('a code is good once, and its replay ends the token it bought but no other', async () => {
  const other = await newToken()
  const back = await approve(visitor())
  const both = await Promise.all([exchange(back), exchange(back)])
  expect(both.map(({ status }) => status).sort()).toEqual([200, 400])
  const token = both.find(({ status }) => status === 200)?.body.access_token
  expect((await exchange(back)).body.error).toBe('invalid_grant')
  expect((await push(token)).status).toBe(401)
  expect((await push(other)).status).toBe(200)
})

test('the panel shortens access, and a token ends when it says', async () => {
  await panel('lifetime', { tokenSeconds: 1 })
  const { access_token, expires_in } = (await exchange(await approve(visitor()))).body
  expect(expires_in).toBe(1)
  await expect.poll(async () => (await push(access_token)).status, { timeout: 2500 }).toBe(401)
  expect((await panel('lifetime', { tokenSeconds: 0 })).status).toBe(422)
})

test('forgetting all tokens, or revoking one, makes a push 401 invalid_token', async () => {
  const [one, two] = [await newToken(), await newToken()]
  const body = new URLSearchParams({ token: one })
  await fetch(`${acme.url}/oauth/revoke`, {
    method: 'POST',
    body,
    headers: { authorization: basic() },
  })
  expect((await push(one)).headers.get('www-authenticate')).toContain('error="invalid_token"')
  expect((await push(two)).status).toBe(200)
  await panel('forget-tokens', {})
  expect((await push(two)).body.error.code).toBe('invalid_token')
})

test('no token, a nonsense token and a token without the scope get the answers of RFC 6750', async () => {
  const none = await push(undefined)
  expect([none.status, none.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="acme"'])
  expect((await push('nonsense')).headers.get('www-authenticate')).toContain(
    'error="invalid_token"',
  )
  const reader = await push(await newToken(authorizeUrl({ scope: 'campaigns:read' })))
  expect(reader.status).toBe(403)
  expect(reader.headers.get('www-authenticate')).toContain('error="insufficient_scope"')
})

test('a key is applied once, its repeat gives the same answer, and it belongs to one campaign', async () => {
  const token = await newToken()
  const first = await push(token, 'C1', 'key-1')
  expect(first.body).toEqual({
    id: expect.stringMatching(/^\d+$/),
    campaign: 'C1',
    status: 'accepted',
    applied: 1,
  })
  const repeat = await push(token, 'C1', 'key-1')
  expect(repeat.body).toEqual(first.body)
  expect(repeat.headers.get('idempotency-replayed')).toBe('true')
  expect((await push(token, 'C2', 'key-1')).body.error.code).toBe('key_reused')
  expect((await push(token, 'C1', 'key-2')).body.applied).toBe(2)
  const [, c1] = (await panelJson()).campaigns.sort((a: { campaign: string }) =>
    a.campaign === 'C1' ? 1 : -1,
  )
  expect(c1).toEqual({ id: first.body.id, campaign: 'C1', name: 'Spring', applied: 2, requests: 3 })
  const page = await visitor().visit(`/campaigns/${first.body.id}`)
  expect(page.html).toContain('applied 2 times')
  expect((await visitor().visit('/')).html).toContain(`id="c${first.body.id}"`)
})

test('a push that makes no sense is a 422 or a 413 in JSON', async () => {
  const token = await newToken()
  expect((await push(token, 'C1', undefined, { title: 'x' })).body).toEqual({
    error: { code: 'invalid', message: 'A campaign needs a name.' },
  })
  expect((await push(token, 'C1', undefined, [])).status).toBe(422)
  expect((await push(token, 'no%20spaces')).status).toBe(422)
  expect(
    (await push(token, 'C1', undefined, { name: 'x', more: 'y'.repeat(300_000) })).status,
  ).toBe(413)
})

test('the next pushes are refused as the panel says, and then all is well', async () => {
  const token = await newToken()
  await panel('refuse', { kind: '401', count: 2 })
  expect((await panelJson()).refuse).toEqual({ kind: '401', left: 2 })
  expect((await push(token)).headers.get('www-authenticate')).toContain('error="invalid_token"')
  expect((await push(token)).status).toBe(401)
  await panel('refuse', { kind: '429', count: 1 })
  expect((await push(token)).headers.get('retry-after')).toBe('5')
  await panel('refuse', { kind: '500', count: 1 })
  expect((await push(token, 'C1', 'k')).status).toBe(500)
  await panel('refuse', { kind: 'drop', count: 1 })
  await expect(push(token, 'C1', 'k')).rejects.toThrow('fetch failed')
  expect((await panelJson()).campaigns[0]).toMatchObject({ applied: 0, requests: 5 })
  await panel('refuse', { kind: 'drop-applied', count: 1 })
  await expect(push(token, 'C1', 'k')).rejects.toThrow('fetch failed')
  const repeat = await push(token, 'C1', 'k')
  expect(repeat.headers.get('idempotency-replayed')).toBe('true')
  expect(repeat.body.applied).toBe(1)
})

test('token requests can fail, and a form of another site does nothing', async () => {
  await panel('fail-tokens', { count: 1 })
  const back = await approve(visitor())
  expect((await exchange(back)).status).toBe(500)
  expect((await exchange(back)).status).toBe(200)
  const headers = { 'sec-fetch-site': 'same-site' }
  const foreign = await fetch(`${acme.url}/panel/forget-tokens`, { method: 'POST', headers })
  expect(foreign.status).toBe(403)
})

test('a taken port rejects with the plain listen error', async () => {
  await expect(startDemoVendor({ ...options, port: acme.port })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  })
})

test('killed in the middle of a sign-in and started again, it goes on where it was', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'acme-'))
  const inProcess = acme
  const first = await spawnAcme(folder, inProcess.port, 'ignored')
  expect(first.stderr).toBe(
    `Acme Ads: Port ${inProcess.port} is taken. Stop what uses it, or set DEMO_VENDOR_PORT to another.\n`,
  )
  try {
    const port = await freePort()
    acme = { ...inProcess, url: `http://localhost:${port}`, port }
    const noSecret = await spawnAcme(folder, port)
    expect(noSecret.stderr).toMatch(
      /^Acme Ads: Set DEMO_CLIENT_SECRET, or start .*secrets.json\.\n$/,
    )
    writeFileSync(
      join(folder, 'secrets.json'),
      JSON.stringify({ demoClientSecret: options.clientSecret }),
    )

    const killed = await spawnAcme(folder, port)
    expect(killed).toMatchObject({
      stdout: `Acme Ads       ${acme.url}\nControl panel  ${acme.url}/panel\n`,
      stderr: '',
    })
    const token = await newToken()
    const pushed = await push(token, 'C1', 'key-1')
    await panel('lifetime', { tokenSeconds: 77 })
    const person = visitor()
    const page = await person.visit(authorizeUrl())
    await killed.end('SIGKILL')

    const restarted = await spawnAcme(folder, port)
    await expect
      .poll(() =>
        fetch(`${acme.url}/healthz`).then(
          ({ ok }) => ok,
          () => false,
        ),
      )
      .toBe(true)
    const consent = await person.visit(`${page.url.pathname}/sign-in`, { account: 'dana' })
    const back = await person.visit(`${consent.url.pathname}/allow`, {})
    expect((await exchange(back.url)).body.expires_in).toBe(77)
    expect((await push(token, 'C1', 'key-1')).body).toEqual(pushed.body)
    expect((await panelJson()).campaigns).toMatchObject([{ applied: 1, requests: 2 }])
    expect(await restarted.end('SIGTERM')).toBe(0)
  } finally {
    acme = inProcess
    rmSync(folder, { recursive: true })
  }
})

/** `npm run demo-vendor` in a process of its own; gives it back once it listens, or has given up. */
async function spawnAcme(dataDir: string, port: number, secret = '') {
  const env = {
    DATA_DIR: dataDir,
    DEMO_VENDOR_PORT: String(port),
    DEMO_CLIENT_SECRET: secret,
    DEMO_REDIRECT_URIS: `${redirectUri}, http://localhost:3000/other`,
  }
  const child = spawn(process.execPath, ['src/demo-vendor/main.ts'], { env })
  const started = { stdout: '', stderr: '', end }
  const exit = once(child, 'exit')
  onTestFinished(() => void child.kill('SIGKILL'))
  async function end(signal: NodeJS.Signals): Promise<number | null> {
    child.kill(signal)
    return (await exit)[0]
  }
  child.stderr.on('data', (text) => {
    started.stderr += text
  })
  const listening = new Promise<void>((resolve) =>
    child.stdout.on('data', (text) => {
      started.stdout += text
      if (started.stdout.includes('/panel')) resolve()
    }),
  )
  await Promise.race([listening, exit])
  return started
}
