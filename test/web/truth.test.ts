// What pages claim: the vendor's own reason, and nothing that was not read.
import request from 'supertest'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { StoreError } from '../../src/store/open.ts'
import { newIntent } from '../../src/sync/intent.ts'
import { bannerOf, detailOf, sentenceOf } from '../../src/web/page/sync-messages.ts'
import { type Site, startSite } from '../support/app/site.ts'

let site: Site
beforeEach(async () => {
  site = await startSite({ campaigns: [{ id: 'a', name: 'Spring launch' }] })
})
afterEach(() => site.close())

const get = async (path: string) =>
  (await request(site.url).get(path).set({ accept: 'text/html' })).text

test.each([
  ['failed', 'The budget is over the limit.', 'did not accept Spring launch: The budget is over'],
  ['failed', undefined, 'did not accept Spring launch. Correct it and sync again.'],
  ['forbidden', 'Ask dana.', 'may not change Spring launch: Ask dana. Renew access'],
  ['partly', 'No image', 'part of Spring launch is at Acme Ads: No image. The next sync'],
] as const)('%s with %j says the vendor’s reason itself', (kind, message, expected) => {
  const result = { kind, at: 0, status: 422, ...(message && { message }) }
  const sentence = sentenceOf(result, site.context.vendor('demo'), 'Spring launch')
  expect(sentence).toContain(expected)
  expect(sentence).not.toContain('..')
  expect(detailOf(result)).toContain('HTTP 422')
})

test.each([
  ['denied', 'You cancelled at Acme Ads.'],
  ['refused', 'Acme Ads refused this access.'],
] as const)(
  'of a push that may have arrived nothing is denied when access is %s',
  (kind, words) => {
    const { context } = site
    const wish = { vendor: 'demo', campaign: 'a', referrer: '/campaigns' }
    const result = { kind, at: 0, status: 401 }
    const begun = { ...newIntent('owner', wish, 'press'), state: 'awaitingAccess' as const }
    const text = (uncertain: boolean) =>
      bannerOf({ ...begun, uncertain, result }, context.vendor('demo'), context.campaign('a')).text
    expect(text(true)).toBe(`${words} We still don’t know whether it got Spring launch before.`)
    expect(text(false)).toContain('Nothing was synced')
  },
)

test('the reason stands on the campaign’s page, not only in its technical detail', async () => {
  const message = 'The budget is over the limit of this account.'
  const result = { kind: 'failed' as const, at: 1_000, status: 422, message }
  await site.context.syncLog.addAll('demo', [{ id: 'intent-a-1234567890', campaign: 'a', result }])
  const text = (await get('/campaigns/a')).replaceAll(/<details[\s\S]*?<\/details>/g, '')
  expect(text.replaceAll(/<[^>]*>/g, '')).toContain(`did not accept Spring launch: ${message}`)
})

test('while the store is away no page says there is nothing', async () => {
  vi.spyOn(site.context.store, 'ping').mockRejectedValue(new StoreError('away'))
  for (const path of ['/runs', '/connections']) {
    const text = await get(path)
    expect(text).toContain('cannot reach its storage')
    expect(text).not.toMatch(/No runs yet|Not connected/i)
  }
  const { status } = await request(site.url).get('/runs').accept('json')
  expect(status).toBe(503)
})

test('while the store is away a list by state says that it shows all, and chooses none', async () => {
  const { store, syncLog } = site.context
  vi.spyOn(store, 'ping').mockRejectedValue(new StoreError('away'))
  vi.spyOn(syncLog, 'having').mockRejectedValue(new StoreError('away'))
  const text = await get('/campaigns?status=attention')
  expect(text).toContain('How campaigns stand cannot be read right now: all are shown.')
  expect(text).not.toMatch(/<option value="attention" selected/)
  expect(await get('/campaigns')).not.toContain('all are shown')
})
