// The fake vendor itself: strict when left alone, and bad in each way a script asks for.
import { createHash, randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type FakeVendor, startFakeVendor } from './fake-vendor.ts'
import type { Step } from './misbehave.ts'

const REDIRECT_URI = 'http://localhost:3999/oauth/fake/callback'
const VERIFIER = randomBytes(32).toString('base64url')

let vendor: FakeVendor
beforeEach(async () => {
  vendor = await startFakeVendor({ redirectUris: new Set([REDIRECT_URI]) })
})
afterEach(() => vendor.close())

type Change = Record<string, string>
async function authorize(change: Change = {}) {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: vendor.settings.clientId,
    redirect_uri: REDIRECT_URI,
    state: 'a-state',
    code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
    code_challenge_method: 'S256',
    ...change,
  })
  const answer = await fetch(`${vendor.url}/authorize?${query}`, { redirect: 'manual' })
  const back = answer.headers.get('location')
  return {
    status: answer.status,
    back: back === null ? new URLSearchParams() : new URL(back).searchParams,
  }
}

async function exchange(code: string | null, change: Change = {}, headers: Change = {}) {
  const answer = await fetch(`${vendor.url}/token`, {
    method: 'POST',
    headers: { accept: 'application/json', ...headers },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: code ?? '',
      redirect_uri: REDIRECT_URI,
      code_verifier: VERIFIER,
      client_id: vendor.settings.clientId,
      client_secret: vendor.settings.clientSecret,
      ...change,
    }),
  })
  return { status: answer.status, body: Object(await answer.json()) }
}

const newToken = async () =>
  String((await exchange((await authorize()).back.get('code'))).body.access_token)

function push(token: string, key: string, campaign = 'C1'): Promise<Response> {
  return fetch(`${vendor.url}/api/campaigns/${campaign}`, {
    method: 'PUT',
    headers: {
      accept: 'application/json',
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    },
    body: JSON.stringify({ id: campaign }),
  })
}

describe('left alone', () => {
  test('gives a code, for it a token once, and applies a push once for each key', async () => {
    const { back } = await authorize()
    expect(Object.fromEntries(back)).toMatchObject({ state: 'a-state', iss: vendor.url })
    const { status, body } = await exchange(back.get('code'))
    expect([status, body.token_type, body.expires_in]).toEqual([200, 'Bearer', 120])
    for (const key of ['key-1', 'key-1', 'key-2'])
      expect((await push(body.access_token, key)).status).toBe(200)
    expect([vendor.effects('C1'), vendor.at('api', 'C1').length]).toEqual([2, 3])
    expect((await exchange(back.get('code'))).body.error).toBe('invalid_grant')
    expect((await push(body.access_token, 'key-3')).status).toBe(401) // a code used twice ends its token
    expect(vendor.takeFaults()).toEqual(['token: code used twice'])
  })

  test.each<[string, Change, Change?]>([
    ['another verifier', { code_verifier: 'x'.repeat(43) }],
    ['another redirect URI', { redirect_uri: 'http://localhost:1/' }],
    ['a wrong secret', { client_secret: 'wrong' }],
    ['two ways of client authentication', {}, { authorization: 'Basic eDp5' }],
    ['another grant', { grant_type: 'refresh_token' }],
    ['an Accept of something else', {}, { accept: 'text/html' }],
    ['an unknown code', { code: 'code_x' }],
  ])('refuses an exchange with %s, and writes it down', async (_, change, headers) => {
    const { body } = await exchange((await authorize()).back.get('code'), change, headers)
    expect(body.access_token).toBeUndefined()
    expect(vendor.takeFaults()).toHaveLength(1)
  })

  test.each<[string, Change]>([
    ['no PKCE', { code_challenge: '' }],
    ['plain PKCE', { code_challenge_method: 'plain' }],
    ['an unknown redirect URI', { redirect_uri: 'https://evil.test/' }],
    ['another client', { client_id: 'x' }],
  ])('refuses an authorization with %s', async (_, change) => {
    expect((await authorize(change)).status).toBe(400)
    expect(vendor.takeFaults()).toHaveLength(1)
  })

  test('a token that was revoked is a 401 invalid_token', async () => {
    const token = await newToken()
    vendor.revokeAll()
    const answer = await push(token, 'k')
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"')
    expect(vendor.takeFaults()).toEqual([])
  })
})

describe('on a script', () => {
  const read = async (step: Step) => {
    vendor.script('api', [step])
    const answer = await push(await newToken(), 'k')
    return { status: answer.status, text: await answer.text() }
  }

  test.each<[string, Step, number]>([
    ['an encoding', { encoding: 'gzip' }, 1],
    ['a delay and drops', { delayMs: 5, drip: { bytes: 9, everyMs: 1 } }, 1],
    ['other members', { members: { id: undefined, extra: 1 } }, 1],
    ['another status', { status: 503, body: 'busy' }, 0],
    ['another status after all', { status: 500, apply: true }, 1],
    ['raw bytes', { raw: 'HTTP/1.1 200 OK\r\n\r\n{}' }, 0],
    ['a bomb', { bomb: 100_000 }, 0],
  ])('answers with %s', async (_, step, effects) => {
    expect((await read(step)).status).toBe(step.status ?? 200)
    expect(vendor.effects('C1')).toBe(effects)
    expect((await push(await newToken(), 'k2')).status).toBe(200)
  })

  test.each<[string, Step]>([
    ['cuts', { cut: 3 }],
    ['resets', { reset: true, apply: true }],
  ])('%s the connection after the effect', async (_, step) => {
    await expect(read(step)).rejects.toThrow()
    expect(vendor.effects('C1')).toBe(1)
  })

  test('holds a request until it is released', async () => {
    const token = await newToken()
    const gate = vendor.gate('api', 'after')
    const pushing = push(token, 'k')
    expect((await gate.arrived).url.pathname).toBe('/api/campaigns/C1')
    await expect.poll(() => vendor.effects('C1')).toBe(1)
    gate.release()
    expect((await pushing).status).toBe(200)
  })
})
