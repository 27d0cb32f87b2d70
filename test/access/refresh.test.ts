// Refresh tokens where a vendor's file uses them (BEHAVIOURS 27): one request for all, rotation, and what ends them.
import { afterEach, describe, expect, test } from 'vitest'
import { readPage } from '../support/browser/page.ts'
import { holdWrite, loseReply } from '../support/redis/store-faults.ts'
import { pressSync, sync, told } from '../support/scene/authorization.ts'
import { playWith, type Said, startStage } from '../support/vendor/stage.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

const LONG_REFRESH = 'rt-that-nobody-may-read'
const EXPIRED: Said = { status: 401, body: { error: 'invalid_token' } }

describe('a vendor that gives refresh tokens', () => {
  test.each(['post', 'basic'] as const)('is asked with client authentication %s', async (auth) => {
    const { stage, person } = await begin({ client: { auth } })
    await sync(person, 'C1')
    stage.expire('at-1')
    expect(told(await sync(person, 'C1'))).toContain('synced')
    const [, refresh] = stage.asked('POST /token')
    const form = Object.fromEntries(new URLSearchParams(refresh?.body))
    const secret = auth === 'post' ? { client_id: 'the client', client_secret: 'a secret: 1%' } : {}
    expect(form).toEqual({ grant_type: 'refresh_token', refresh_token: 'rt-1', ...secret })
    const basic = `Basic ${Buffer.from('the+client:a+secret%3A+1%25').toString('base64')}`
    expect(refresh?.headers.authorization).toBe(auth === 'basic' ? basic : undefined)
    expect(stage.asked('GET /authorize')).toHaveLength(1)
    expect(stage.applied()).toEqual(['at-1', 'at-2'])
  })

  test('refreshes by itself when the token has ended, before anything is pushed', async () => {
    const { stage, person } = await begin({}, { expires_in: 1 })
    await sync(person, 'C1')
    await expect
      .poll(() => person.open('/campaigns/C1').then(({ body }) => body.length > 0))
      .toBe(true)
    await stage.until(() => Date.now() - stage.tokenAt > 1000)
    expect(told(await sync(person, 'C1'))).toContain('synced')
    expect(stage.asked('PUT /api').map(({ headers }) => headers.authorization)).toEqual([
      'Bearer at-1',
      'Bearer at-2',
    ])
    expect(stage.asked('GET /authorize')).toHaveLength(1)
  })

  test('is asked once by twenty syncs at a time, whatever rotates', async () => {
    const { stage, person } = await begin({ tokenPer: 'session' }, { rotate: true })
    await sync(person, 'C1')
    stage.expire('at-1')
    const ids = ['C1', 'C2', 'C3', '701Qy00000Ky9PfIAJ']
    const clicks = Array.from({ length: 20 }, (_, index) => ids[index % ids.length] ?? 'C1')
    const pages = await Promise.all(clicks.map((id) => person.post(`/campaigns/${id}/sync`, {})))
    for (const page of pages) expect(page.next?.pathname).not.toContain('/connect')
    expect(stage.asked('POST /token')).toHaveLength(2)
    stage.expire('at-2')
    expect(told(await sync(person, 'C1'))).toContain('synced')
    expect(new URLSearchParams(stage.asked('POST /token')[2]?.body).get('refresh_token')).toBe(
      'rt-2',
    )
  })

  test.each([
    [400, 'invalid_grant'],
    [401, 'invalid_client'],
  ])('that answers %s %s: a person approves, and the click is finished', async (status, error) => {
    const { stage, person } = await begin()
    await sync(person, 'C1')
    stage.expire('at-1')
    stage.refuseRefresh({ status, body: { error } })
    expect(told(await sync(person, 'C1'))).toContain('synced')
    expect(stage.asked('GET /authorize')).toHaveLength(2)
    expect(stage.refreshes()).toHaveLength(1)
  })

  test.each<[string, Said]>([
    ['an empty 400', { status: 400, body: '' }],
    ['403', { status: 403, body: { error: 'access_denied' } }],
    ['404 in HTML', { status: 404, body: '<html></html>' }],
    ['invalid_request', { status: 400, body: { error: 'invalid_request' } }],
    ['GitHub’s bad_refresh_token', { status: 200, body: { error: 'bad_refresh_token' } }],
    [
      'Slack’s invalid_refresh_token',
      { status: 200, body: { ok: false, error: 'invalid_refresh_token' } },
    ],
    ['a 200 without a token', { status: 200, body: {} }],
  ])('that says no by %s: a person approves, and the click is finished', async (_, said) => {
    const { stage, person } = await begin()
    await sync(person, 'C1')
    stage.expire('at-1')
    stage.refuseRefresh(said)
    expect(told(await sync(person, 'C1'))).toContain('synced')
    expect(stage.asked('GET /authorize')).toHaveLength(2)
  })

  test('that fails with 500 twice in a row: once the person tries again, then they approve', async () => {
    const { stage, person } = await begin()
    await sync(person, 'C1')
    stage.expire('at-1')
    stage.refuseRefresh({ status: 500, body: 'DoesNotExist' })
    expect(told(await sync(person, 'C1'))).toContain('is not answering properly')
    expect(stage.asked('GET /authorize')).toHaveLength(1)
    expect(told(await sync(person, 'C1'))).toContain('synced')
    expect(stage.asked('GET /authorize')).toHaveLength(2)
  })

  test('that cannot be reached: the refresh token is kept and the person tries again', async () => {
    const { stage, person } = await begin()
    await sync(person, 'C1')
    stage.expire('at-1')
    stage.refuseRefresh({ status: 503, body: 'down' })
    expect(told(await sync(person, 'C1'))).toContain('is not answering properly')
    expect((await person.open('/connections')).body).toContain('renewed by itself')
    stage.refuseRefresh(undefined)
    expect(told(await sync(person, 'C1'))).toContain('synced')
    expect(stage.asked('GET /authorize')).toHaveLength(1)
  })

  test('whose lock was taken by a press that never learned of it: the next press renews at once', async () => {
    const { app, stage, person } = await begin()
    await sync(person, 'C1')
    stage.expire('at-1')
    loseReply(app, 'lock:ref:')
    expect((await pressSync(person, 'C1')).status).toBe(503)
    expect(stage.refreshes()).toHaveLength(0)
    expect(told(await sync(person, 'C1'))).toContain('synced')
    expect(stage.refreshes()).toHaveLength(1)
  })

  test('that says why: its words are shown, without the refresh token that it repeats', async () => {
    const { stage, person } = await begin({}, { longTokens: true })
    await sync(person, 'C1')
    stage.expire('at-1')
    stage.refuseRefresh({
      status: 503,
      body: { error: 'temporarily_unavailable', error_description: `not now: ${LONG_REFRESH}` },
    })
    const { text } = readPage((await sync(person, 'C1')).body)
    expect(text).toContain('temporarily_unavailable: not now: [secret]')
    expect(text).not.toContain(LONG_REFRESH)
  })

  test('that ends it: the connection is listed no more', async () => {
    const { stage, person } = await begin({}, { expires_in: 1 })
    await sync(person, 'C1')
    await stage.until(() => Date.now() - stage.tokenAt > 1000)
    stage.refuseRefresh({ status: 400, body: { error: 'invalid_grant' } })
    const tested = await person.post('/connections/renewing/campaign:C1/test', {})
    expect(tested.status).toBe(303)
    expect((await person.open('/connections')).body).not.toContain('renewed by itself')
  })

  test('whose renewed token is refused as well: one renewal, one approval, then a page', async () => {
    const { stage, person } = await begin()
    stage.expireAll()
    const page = await sync(person, 'C1')
    expect(told(page)).toContain('gave access and then refused it')
    expect(stage.asked('GET /authorize')).toHaveLength(1)
    expect(stage.asked('PUT /api').length).toBeLessThanOrEqual(4)
  })

  test('that gives none behaves as one that never does', async () => {
    const { stage, person } = await begin({}, { none: true })
    await sync(person, 'C1')
    stage.expire('at-1')
    expect(told(await sync(person, 'C1'))).toContain('synced')
    expect(stage.asked('GET /authorize')).toHaveLength(2)
  })
})

describe('signing out while access is renewed', () => {
  test('does not wait for the vendor, and what the vendor gives then is not kept', async () => {
    const { stage, person } = await begin()
    await sync(person, 'C1')
    stage.expire('at-1')
    const asked = Promise.withResolvers<void>()
    const answer = Promise.withResolvers<Said>()
    stage.on('POST /token', () => {
      asked.resolve()
      return answer.promise
    })
    const late = pressSync(person, 'C1')
    await asked.promise
    expect((await person.post('/session/end', {})).status).toBe(303)
    answer.resolve({ body: { access_token: 'at-2', token_type: 'bearer', expires_in: 3600 } })
    expect((await late).next?.pathname).toBe('/connect/renewing/C1')
    expect(stage.applied()).toEqual(['at-1'])
  })

  test('leaves nothing of what is being stored at that moment', async () => {
    const { app, stage, person } = await begin()
    await sync(person, 'C1')
    stage.expire('at-1')
    const write = holdWrite(app, 'tok:')
    const late = pressSync(person, 'C1')
    await write.arrived
    await person.post('/session/end', {})
    write.release()
    expect((await late).next?.pathname).toBe('/connect/renewing/C1')
    expect(stage.applied()).toEqual(['at-1'])
  })
})

test('a refresh token that the file does not use is not kept', async () => {
  const { stage, person, app } = await begin({
    lifetime: { refresh: 'ignore', freshGraceSeconds: 0 },
  })
  await sync(person, 'C1')
  stage.expire('at-1')
  await sync(person, 'C1')
  expect(stage.refreshes()).toHaveLength(0)
  expect(stage.asked('GET /authorize')).toHaveLength(2)
  expect(app.logs()).not.toContain('rt-1')
})

interface Kind {
  expires_in?: number
  rotate?: boolean
  none?: boolean
  longTokens?: boolean
}

async function begin(
  change: Record<string, unknown> = {},
  { expires_in = 3600, rotate, none, longTokens }: Kind = {},
) {
  const stage = await startStage()
  open.push(stage)
  let made = 0
  let tokenAt = 0
  let refusal: Said | undefined
  const ended = new Set<string>()
  const applied: string[] = []
  let all = false
  stage.on('POST /token', ({ body }) => {
    const isRefresh = new URLSearchParams(body).get('grant_type') === 'refresh_token'
    if (isRefresh && refusal) return refusal
    made++
    tokenAt = Date.now()
    const fresh =
      none || (isRefresh && !rotate)
        ? {}
        : { refresh_token: longTokens ? LONG_REFRESH : `rt-${made}` }
    return { body: { access_token: `at-${made}`, token_type: 'Bearer', expires_in, ...fresh } }
  })
  stage.on('PUT /api', ({ headers }) => {
    const token = (headers.authorization ?? '').slice('Bearer '.length)
    if (all || ended.has(token)) return EXPIRED
    applied.push(token)
    return { body: { id: '1' } }
  })
  const file = {
    id: 'renewing',
    name: 'Renewing Ads',
    authorize: { url: `${stage.url}/authorize`, scopes: ['write', 'offline_access'] },
    token: { url: `${stage.url}/token` },
    lifetime: { refresh: 'use', freshGraceSeconds: 0 },
    api: {
      baseUrl: stage.url,
      push: { method: 'PUT', path: '/api/${campaign.id}', idempotencyHeader: 'Idempotency-Key' },
    },
    ...change,
  }
  const scene = await playWith([file])
  open.push(scene)
  return {
    ...scene,
    stage: {
      ...stage,
      expire: (token: string) => void ended.add(token),
      expireAll: () => {
        all = true
      },
      applied: () => applied,
      refuseRefresh: (said: Said | undefined) => {
        refusal = said
      },
      refreshes: () =>
        stage.asked('POST /token').filter(({ body }) => body.includes('refresh_token=')),
      get tokenAt() {
        return tokenAt
      },
      until: (ready: () => boolean) => expect.poll(ready, { timeout: 5000 }).toBe(true),
    },
  }
}
