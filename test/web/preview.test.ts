// The preview of a campaign at a vendor: the requests as they would be sent, nothing secret, and nothing done.
import request from 'supertest'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { previewOf } from '../../src/sync/preview.ts'
import { type Site, startSite } from '../support/app/site.ts'

let site: Site
beforeAll(async () => {
  site = await startSite({ campaigns: [{ id: 'a', name: 'Spring <b>launch</b>', budget: 12_000 }] })
})
afterAll(() => site.close())

const get = (path: string) => request(site.url).get(path).set({ accept: 'text/html' })

test('it shows method, address, headers and body, and masks what only a token brings', async () => {
  const { status, text } = await get('/campaigns/a/preview?vendor=demo')
  expect(status).toBe(200)
  expect(text).toContain(`${site.acme}/api/campaigns`)
  expect(text).toContain('authorization: Bearer ••••')
  expect(text).toContain('Spring &lt;b&gt;launch&lt;/b&gt;')
  expect(text).toContain('12000')
  expect((await get('/campaigns/a/preview?vendor=nobody')).status).toBe(404)
  expect((await get('/campaigns/b/preview?vendor=demo')).status).toBe(404)
})

test('the campaign’s page leads there, and it is there as JSON', async () => {
  expect((await get('/campaigns/a')).text).toContain('href="/campaigns/a/preview?vendor=demo"')
  const { body } = await get('/campaigns/a/preview').accept('json')
  expect(body).toMatchObject({ campaign: 'a', vendor: 'demo', plan: 'push' })
  expect(body.requests[0].headers.authorization).toBe('Bearer ••••')
})

test('it sends nothing to the vendor and writes nothing', async () => {
  await get('/campaigns/a/preview')
  const panel = await (await fetch(`${site.acme}/panel.json`)).json()
  expect(panel).toMatchObject({ campaigns: [] })
  expect(await site.context.syncLog.read('demo', 'a')).toEqual([])
})

test('with operations it finds first, updates what is linked, and goes on with what is missing', () => {
  const demo = site.context.vendor('demo')
  const operation = {
    method: 'POST' as const,
    path: '/things',
    headers: { 'X-Key': '${client.id}' },
    encoding: 'json' as const,
    keep: { id: 'id' },
    body: { name: '${campaign.name}' },
  }
  const create = [operation, { ...operation, path: '/things/${known.id}/ads' }]
  const update = [{ ...operation, method: 'PATCH' as const, path: '/things/${known.id}' }]
  const vendor = { ...demo, api: { ...demo.api, create, update } }
  const campaign = site.context.campaign('a')
  const urls = (known?: { values: Record<string, string>; steps: number }) => {
    const preview = previewOf(vendor, campaign, known)
    return [preview.plan, ...preview.requests.map(({ method, url }) => `${method} ${url}`)]
  }
  const base = site.acme
  expect(urls()).toEqual(['create', `POST ${base}/things`, `POST ${base}/things/{id}/ads`])
  expect(previewOf(vendor, campaign).requests[0]?.headers['x-key']).toBe('••••')
  expect(urls({ values: { id: '7' }, steps: 1 })).toEqual(['continue', `POST ${base}/things/7/ads`])
  expect(urls({ values: { id: '7' }, steps: 2 })).toEqual(['update', `PATCH ${base}/things/7`])
})
