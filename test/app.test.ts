// The app without a server in front of it: what every answer carries, and what has no route.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import request from 'supertest'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '../src/app.ts'
import { readConfig } from '../src/config/config.ts'
import { type Context, createContext } from '../src/context.ts'

const folder = mkdtempSync(join(tmpdir(), 'campaign-sync-'))
let context: Context
let app: ReturnType<typeof createApp>

beforeAll(async () => {
  context = await createContext(readConfig({ DATA_DIR: folder, LOG_LEVEL: 'silent' }))
  app = createApp(context)
})
afterAll(async () => {
  await context.close()
  rmSync(folder, { recursive: true })
})

test('the process and its store say that they are well, without a cookie', async () => {
  for (const path of ['/healthz', '/readyz']) {
    const answer = await request(app).get(path).expect(200, 'ok')
    expect(answer.headers['set-cookie']).toBe(undefined)
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
  }
})

test('a page allows no script or style but ours, no frame, no sniffing, and names no server', async () => {
  const { headers } = await request(app)
    .get('/campaigns')
    .expect(200)
    .expect('Cache-Control', 'no-store')
  expect(headers['content-security-policy']).toContain("default-src 'none'")
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
  expect(headers['content-security-policy']).not.toContain('unsafe')
  expect(headers['x-content-type-options']).toBe('nosniff')
  expect(headers['x-powered-by']).toBe(undefined)
  expect(headers['set-cookie']).toBe(undefined)
})

test('the first page is the list, and a campaign is itself in JSON', async () => {
  await request(app).get('/').expect(302).expect('Location', '/campaigns')
  const { body } = await request(app).get('/campaigns/spring-launch').accept('json').expect(200)
  expect(body.campaign).toMatchObject({ id: 'spring-launch', name: 'Spring launch' })
})

test('a GET of the sync page asks, and pushes nothing', async () => {
  const { text } = await request(app).get('/campaigns/spring-launch/sync').expect(200)
  expect(text).toContain('method="post"')
})

test('what has no route is not found, in words and in JSON', async () => {
  for (const path of [
    '/nothing',
    '/campaigns/',
    '/CAMPAIGNS',
    '/campaigns/unknown',
    '/connect/nobody/spring-launch',
  ])
    await request(app).get(path).expect(404)
  const { body, type } = await request(app).get('/campaigns/unknown').accept('json').expect(404)
  expect(type).toBe('application/problem+json')
  expect(body).toMatchObject({ status: 404, code: 'E-NOT-FOUND' })
})

test('a form of another site does nothing', async () => {
  await request(app)
    .post('/campaigns/spring-launch/sync')
    .set('Origin', 'https://evil.test')
    .expect(403)
  await request(app)
    .post('/campaigns/spring-launch/sync')
    .set({ Origin: 'http://evil.test:3000', 'Sec-Fetch-Site': 'same-origin' })
    .expect(403)
})
