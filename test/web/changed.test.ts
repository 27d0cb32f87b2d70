// What changed since it was last accepted is Changed: in the list, on its page, in JSON, in the counts and the filter.
import request from 'supertest'
import { afterEach, expect, test } from 'vitest'
import { selectCampaigns } from '../../src/sync/campaign-list.ts'
import type { Result } from '../../src/sync/intent.ts'
import { contentHash } from '../../src/vendors/request.ts'
import { type Site, startSite } from '../support/app/site.ts'

const campaigns = [
  { id: 'same', name: 'Spring launch', budget: 100 },
  { id: 'other', name: 'Summer sale', budget: 200 },
  { id: 'failed', name: 'Winter sale', budget: 300 },
  { id: 'never', name: 'Autumn sale', budget: 400 },
]

let site: Site
afterEach(() => site.close())

/** All but one were accepted as they are; then two of them get another budget, and one of those fails. */
async function begin() {
  site = await startSite({ campaigns })
  for (const id of ['same', 'other', 'failed']) await settle(id, 'sent', 1_000)
  await site.replaceCampaigns(
    campaigns.map((one) =>
      one.id === 'other' || one.id === 'failed' ? { ...one, budget: 999 } : one,
    ),
  )
  await settle('failed', 'failed', 2_000)
}

/** Writes a result of the campaign as it is now into the log, as a sync does. */
async function settle(campaign: string, kind: Result['kind'], at: number) {
  const { context } = site
  const content = contentHash(context.vendor('demo'), context.campaign(campaign))
  const wish = { id: `intent-${campaign}-${at}`, vendor: 'demo', campaign, content, createdAt: 0 }
  const result = { kind, at, ...(kind === 'incomplete' && { message: 'it has no start date' }) }
  await context.syncLog.add({ ...wish, referrer: '/', state: 'settled', result })
}

const get = async (path: string) =>
  (await request(site.url).get(path).set({ accept: 'text/html' })).text
const json = async (path: string) => (await request(site.url).get(path).accept('json')).body

/** The words in the status column, by the name of the row. */
const wordsOn = (html: string) =>
  Object.fromEntries(
    [...html.matchAll(/<bdi>([^<]*)<\/bdi><\/a><\/th>(.*?)<\/tr>/gs)].map(([, name, rest]) => [
      name,
      /class="word">([^<]*)</.exec(rest ?? '')?.[1],
    ]),
  )

test('a corrected campaign is Changed until its new version is accepted', async () => {
  await begin()
  expect(wordsOn(await get('/campaigns'))).toEqual({
    'Spring launch': 'Synced',
    'Summer sale': 'Changed',
    'Winter sale': 'Failed',
    'Autumn sale': 'Not synced',
  })
  const page = await get('/campaigns/other')
  expect(page).toContain('Changed since the last sync')
  expect(await json('/campaigns/other')).toMatchObject({ vendors: [{ status: 'Changed' }] })
  await settle('other', 'sent', 3_000)
  expect(wordsOn(await get('/campaigns'))['Summer sale']).toBe('Synced')
  expect(await get('/campaigns/other')).not.toContain('Changed since the last sync')
})

test('changed campaigns are counted, found, and synced by one button', async () => {
  await begin()
  const list = await get('/campaigns')
  expect(list).toContain('1 changed')
  expect(list).toContain('Sync the 1 changed')
  expect(Object.keys(wordsOn(await get('/campaigns?status=changed')))).toEqual(['Summer sale'])
  expect(Object.keys(wordsOn(await get('/campaigns?status=synced')))).toEqual(['Spring launch'])
  expect(await get('/campaigns?search=spring')).not.toContain('1 changed')
  const { headers } = await request(site.url).get('/connect/demo/other')
  const { body } = await request(site.url)
    .post('/runs')
    .accept('json')
    .set('cookie', headers['set-cookie']?.[0]?.split(';')[0] ?? '')
    .set('origin', site.url)
    .send({ all: true, status: 'changed' })
  expect(body).toMatchObject({ total: 1 })
})

test('the list as JSON says how each campaign stands', async () => {
  await begin()
  const { states } = await json('/campaigns')
  expect(states).toMatchObject({
    same: { status: 'Synced', at: '1970-01-01T00:00:01.000Z' },
    other: { status: 'Changed' },
    failed: { status: 'Failed' },
    never: { status: 'Not synced' },
  })
})

test('what stopped before anything was sent says how the last push ended, not Failed', async () => {
  await begin()
  for (const id of ['same', 'other', 'never']) await settle(id, 'incomplete', 4_000)
  expect(wordsOn(await get('/campaigns'))).toMatchObject({
    'Spring launch': 'Synced',
    'Summer sale': 'Changed',
    'Autumn sale': 'Not synced',
  })
  expect(await json('/campaigns/other')).toMatchObject({ vendors: [{ status: 'Changed' }] })
  expect(await get('/campaigns/never')).toContain('it has no start date')
  await settle('same', 'partly', 5_000)
  await settle('never', 'ambiguous', 5_000)
  expect(wordsOn(await get('/campaigns?status=attention'))).toMatchObject({
    'Spring launch': 'Partly',
    'Autumn sale': 'Unknown',
  })
  expect(Object.keys(wordsOn(await get('/campaigns?status=partly')))).toEqual(['Spring launch'])
})

test('a vendor file that sends something else makes all that it accepted before changed', async () => {
  await begin()
  const { context } = site
  const selected = () =>
    selectCampaigns(context, [context.vendor('demo')], { search: '', status: 'changed' })
  expect((await selected()).campaigns.map(({ id }) => id)).toEqual(['other'])
  const [demo] = context.config.vendors
  if (!demo) throw new Error('no vendor')
  const push = { ...demo.api.push, body: { title: '${campaign.name}' } }
  context.config.vendors = [{ ...demo, api: { ...demo.api, push } }]
  expect((await selected()).campaigns.map(({ id }) => id)).toEqual(['same', 'other'])
})

test('an id that every object has a property of is no campaign that was accepted', async () => {
  const ids = ['constructor', '__proto__', 'toString', 'accepted']
  site = await startSite({ campaigns: ids.map((id) => ({ id, name: `Named ${id}` })) })
  await settle('accepted', 'sent', 1_000)
  const { context } = site
  const [vendor] = context.config.vendors
  if (!vendor) throw new Error('no vendor')
  const select = async (status?: 'changed' | 'synced') =>
    selectCampaigns(context, [vendor], { search: '', status })
  expect((await select('changed')).campaigns).toEqual([])
  expect(await select()).toMatchObject({ changed: 0, synced: 1, never: 3, nowhere: 3 })
  await settle('__proto__', 'sent', 2_000)
  const synced = (await select('synced')).campaigns.map(({ id }) => id)
  expect(synced.toSorted()).toEqual(['__proto__', 'accepted'])
})
