// Disconnect and Test (BEHAVIOURS 32): access is forgotten here and, best effort, at the vendor; a test pushes nothing.
import { afterEach, expect, test } from 'vitest'
import { failDeletions } from '../support/redis/store-faults.ts'
import { sync, told } from '../support/scene/authorization.ts'
import { playWith, type Stage, startStage } from '../support/vendor/stage.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

const JSON_TOO = { accept: 'application/json' }
const AT = '/connections/ours/campaign:C1'

test('disconnect revokes and forgets; the next sync asks for approval', async () => {
  const { stage, person } = await connected()
  const page = await person.follow(
    await person.post(`${AT}/disconnect`, { referrer: '/campaigns/C1' }),
  )
  expect(page.url.pathname).toBe('/campaigns/C1')
  expect(told(page)).toContain('Disconnected from Our Ads')
  expect(revokedAt(stage)).toEqual(['at-1', 'rt-1'])
  await sync(person, 'C1')
  expect(stage.asked('GET /authorize')).toHaveLength(2)
  expect(
    stage
      .asked('POST /token')
      .map(({ body }) => body)
      .join(),
  ).not.toContain('refresh_token=')
})

test('a vendor that does not confirm is said, and access is forgotten all the same', async () => {
  const { stage, person } = await connected()
  stage.on('POST /revoke', { status: 500, body: 'no' })
  const page = await person.follow(
    await person.post(`${AT}/disconnect`, { referrer: '/campaigns' }),
  )
  expect(told(page)).toContain('has forgotten its access to Our Ads')
  await sync(person, 'C1')
  expect(stage.asked('GET /authorize')).toHaveLength(2)
})

test('signing out revokes what it could delete, and the next attempt the rest', async () => {
  const { app, stage, person } = await connected()
  await sync(person, 'C2')
  const mend = failDeletions(app, /^tok:.*C2$/)
  expect((await person.post('/session/end', {})).status).toBe(503)
  expect(revokedAt(stage)).toEqual(['at-1', 'rt-1'])
  mend()
  expect((await person.post('/session/end', {})).status).toBe(303)
  expect(revokedAt(stage)).toEqual(['at-1', 'at-2', 'rt-1', 'rt-2'])
})

test('a test tells whether it works, renews what has ended, and pushes nothing', async () => {
  const { stage, person } = await connected()
  const result = async () => JSON.parse((await person.post(`${AT}/test`, {}, JSON_TOO)).body)
  expect(await result()).toMatchObject({ kind: 'works', account: { name: 'dana@acme' } })
  stage.on('GET /me', { status: 503, body: 'down' })
  expect(await result()).toMatchObject({ kind: 'unclear' })
  stage.on('GET /me', { status: 403, body: {} })
  expect(await result()).toMatchObject({ kind: 'forbidden' })
  stage.on('GET /me', { status: 401, body: {} })
  expect(await result()).toMatchObject({ kind: 'works' })
  stage.on('POST /token', { status: 400, body: { error: 'invalid_grant' } })
  expect(await result()).toMatchObject({ kind: 'none' })
  expect(stage.asked('PUT /api')).toHaveLength(1)
})

test('a test shows its result on the page it was pressed on', async () => {
  const { person } = await connected()
  const page = await person.follow(await person.post(`${AT}/test`, { referrer: '/campaigns/C1' }))
  expect(told(page)).toBe('The connection to Our Ads works.')
})

test.each(['campaign:..', 'campaign:', 'other:C1', 'campaign:C1%2F..'])(
  '%s is no connection',
  async (subject) => {
    const { person } = await connected()
    expect(
      (await person.post(`/connections/ours/${subject}/disconnect`, {})).status,
    ).toBeGreaterThanOrEqual(400)
  },
)

function revokedAt(stage: Stage) {
  const bodies = stage.asked('POST /revoke').map(({ body }) => new URLSearchParams(body))
  return bodies.map((form) => form.get('token')).sort()
}

async function connected() {
  const stage = await startStage()
  open.push(stage)
  let made = 0
  stage.on('POST /token', () => {
    made++
    return {
      body: {
        access_token: `at-${made}`,
        refresh_token: `rt-${made}`,
        token_type: 'bearer',
        expires_in: 900,
      },
    }
  })
  stage.on('POST /revoke', { status: 200 })
  stage.on('GET /me', { body: { id: '1', name: 'dana@acme' } })
  stage.on('PUT /api', { body: { id: '1' } })
  const file = {
    id: 'ours',
    name: 'Our Ads',
    authorize: { url: `${stage.url}/authorize` },
    token: { url: `${stage.url}/token` },
    revoke: { url: `${stage.url}/revoke` },
    lifetime: { refresh: 'use' },
    api: {
      baseUrl: stage.url,
      push: { method: 'PUT', path: '/api/${campaign.id}', idempotencyHeader: 'Idempotency-Key' },
      account: { path: '/me', id: 'id', name: 'name' },
    },
  }
  const scene = await playWith([file])
  open.push(scene)
  await sync(scene.person, 'C1')
  return { ...scene, stage }
}
