// The list over HTTP: search, status, order, pages, what it reads, and that a page is returned to as it was.

import request from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../../src/store/store.ts'
import { fingerprint } from '../../src/store/stored-text.ts'
import { selectCampaigns } from '../../src/sync/campaign-list.ts'
import { createSyncLog } from '../../src/sync/sync-log.ts'
import { listPath, listQuery } from '../../src/web/http/paths.ts'
import { ourPage } from '../../src/web/http/return-to.ts'
import { type Site, startSite } from '../support/app/site.ts'

const campaigns = [
  { id: 'b', name: 'Beta', type: 'Event', budget: 300, startDate: '2026-03-01' },
  {
    id: 'a',
    name: 'alpha 10',
    type: 'Email',
    budget: 20,
    startDate: '2026-01-01',
    owner: 'Zoë Müller',
  },
  { id: 'c', name: 'Alpha 9', type: 'Email' },
  { id: 'd', name: 'Größe & mehr* (50 %)', type: 'Search', budget: 20.5, startDate: '2026-02-01' },
]

let site: Site

beforeAll(async () => {
  site = await startSite({ campaigns })
  await settle('b', 'sent', 1_000)
  await settle('c', 'failed', 2_000)
  await settle('d', 'sent', 2_500)
  await settle('d', 'unknown', 3_000)
  await settle('left-the-file', 'failed', 4_000)
})
afterAll(() => site.close())

/** Writes a result into the log, as a sync does. */
async function settle(campaign: string, kind: 'sent' | 'failed' | 'unknown', at: number) {
  const id = `intent-${campaign}-${at}`
  const rest = { vendor: 'demo', referrer: '/', createdAt: 0, approved: false, maybeSent: true }
  await site.context.syncLog.add({ ...rest, id, campaign, state: 'settled', result: { kind, at } })
}

async function page(path: string, headers: Record<string, string> = {}) {
  const { text } = await request(site.url)
    .get(path)
    .set({ accept: 'text/html', ...headers })
  return text
}

/** The ids on the page, in their order. */
const idsOn = (html: string) =>
  [...html.matchAll(/<th class="title"[^>]*><a href="\/campaigns\/([\w-]+)["?]/g)].map((m) => m[1])
const ids = async (query: string) => idsOn(await page(`/campaigns${query}`)).join('')

test.each([
  ['', 'dcba', 'what needs attention first, the newest of it at the top'],
  ['?sort=name', 'cabd', 'numbers in names as numbers, in any case'],
  ['?sort=-name', 'dbac', ''],
  ['?sort=budget', 'adbc', 'what has none comes last'],
  ['?sort=-budget', 'bdac', 'in both directions'],
  ['?sort=starts', 'adbc', ''],
  ['?sort=-sync', 'dcba', 'never synced comes last'],
  ['?sort=sync', 'bcda', 'in both directions'],
  ['?status=attention', 'dc', ''],
  ['?status=failed', 'c', ''],
  ['?status=unknown', 'd', ''],
  ['?status=synced', 'b', ''],
  ['?status=not-synced', 'a', ''],
  ['?search=ALPHA', 'ca', 'in any case'],
  ['?search=muller+zoe', 'a', 'every word, of any field, accents aside'],
  ['?search=GR%C3%96', 'd', ''],
  ['?search=alpha&status=failed&sort=name', 'c', 'all at once'],
  ['?search=nothing', '', ''],
  [
    '?sort=nonsense&status=%00&page=-1&vendor=nobody&search[]=x',
    'dcba',
    'what is not understood is not given',
  ],
  ['?page=999999', 'dcba', 'a page beyond the last is the last'],
])('the list %s shows %s: %s', async (query, expected) => {
  expect(await ids(query)).toBe(expected)
})

test('counts are of the file: what has left it needs no attention', async () => {
  const html = await page('/campaigns')
  expect(html).toContain('4 campaigns')
  expect(html).toContain('2 need attention')
  expect(await page('/campaigns?status=failed')).toContain('1 of 4 campaigns')
})

test('numbers are written as the reader writes them', async () => {
  expect(await page('/campaigns')).toContain('€20.50')
  expect(await page('/campaigns', { 'accept-language': 'de-DE,de;q=0.9' })).toMatch(/20,50\s€/)
  for (const odd of ['x'.repeat(3000), 'en-US-u-nu-thai', '*', 'tlh', '../..', 'de-DE;q=nonsense'])
    expect(await page('/campaigns', { 'accept-language': odd })).toContain('Campaigns')
})

test.each([
  'a b',
  'Größe & mehr* (50 %)',
  '//evil.example',
  '\\\\evil',
  'ü'.repeat(200),
  '%0d%0aX: y',
  'x\r\ny',
  '😀'.repeat(60),
  'x😀'.repeat(60),
])('a list searched for %j can be returned to as it was', async (search) => {
  const query = listQuery({ query: { search, status: 'failed', sort: '-name', page: '3' } })
  const path = listPath(query)
  expect(ourPage(path, site.url)).toBe(path)
  expect(listQuery({ query: Object.fromEntries(new URL(path, site.url).searchParams) })).toEqual(
    query,
  )
  expect(query.search.length).toBeGreaterThan(0)
})

test('the buttons of a row carry the list they are on', async () => {
  const html = await page(
    '/campaigns?search=größe+*&status=&sort=-name&page=1'
      .replace('ö', '%C3%B6')
      .replace('ß', '%C3%9F'),
  )
  expect(idsOn(html)).toEqual(['d'])
  expect(html).toContain(
    'name="referrer" value="/campaigns?search=gr%C3%B6%C3%9Fe+%2A&amp;sort=-name"',
  )
})

test('Renew comes back to the list as it was, however the browser spelled it', async () => {
  const cookie = await sessionCookie()
  const spelled = `${site.url}/campaigns?search=a+b*&status=&sort=-name`
  const connect = request(site.url).get('/connect/demo/a').set({ cookie, referer: spelled })
  const { location } = (await connect).headers
  const state = new URL(location ?? '').searchParams.get('state') ?? ''
  const denied = { error: 'access_denied', state, iss: site.acme }
  const back = await request(site.url).get('/oauth/demo/callback').query(denied).set({ cookie })
  expect(back.headers.location).toBe('/campaigns?search=a+b%2A&sort=-name')
})

async function sessionCookie(): Promise<string> {
  const { headers } = await request(site.url).get('/connect/demo/a')
  return headers['set-cookie']?.[0]?.split(';')[0] ?? ''
}

test('what a renewal has to tell is told once, on the spelling of the list it came back to', async () => {
  const cookie = await sessionCookie()
  const spelled = '/campaigns?search=&status=&sort=-name'
  const name = fingerprint(spelled).slice(0, 10)
  const told = await page(spelled, { cookie: `${cookie}; ended-${name}=note-renewed-demo` })
  expect(told).not.toContain('class="banner') // nothing was given, so nothing is said
  const { headers } = await request(site.url)
    .get(spelled)
    .set({ cookie: `${cookie}; ended-${name}=x` })
  expect([headers['set-cookie']].flat().join()).toContain(`ended-${name}=;`)
})

test('parameters meant for a template engine change nothing', async () => {
  const plain = (html: string) => html.replaceAll(/[0-9a-f-]{36}/g, '')
  const bad = `pretty=');process.exit(1)//&debug=1&self=1&cache=0&filename=/etc/passwd&settings[view options][client]=1&compileDebug=1&globals[]=x`
  for (const path of ['/campaigns', '/campaigns/a', '/connections'])
    expect(plain(await page(`${path}?${bad}`))).toBe(plain(await page(path)))
})

test('JSON gives the page that was asked for', async () => {
  const { body } = await request(site.url).get('/campaigns?search=alpha&sort=name').accept('json')
  expect(body).toMatchObject({
    campaigns: [{ id: 'c' }, { id: 'a' }],
    found: 2,
    total: 4,
    page: 1,
    pages: 1,
  })
})

describe('ten thousand campaigns', () => {
  const list = Array.from({ length: 10_000 }, (_, n) => ({
    id: `c${n}`,
    name: `Campaign ${n}`,
    type: 'Email',
    status: 'Planned',
    currency: 'EUR',
  }))
  const source = {
    all: () => list,
    get: (id: string) => list[Number(id.slice(1))],
    before: () => undefined,
    problem: () => undefined,
    refresh: async () => {},
    close() {},
  }

  /** A store that counts what is read of it. */
  function counting(failed: number) {
    const read = { commands: 0, members: 0 }
    const count = <T>(items: T[]) => {
      read.commands += 1
      read.members += items.length
      return items
    }
    const score = (n: number) => (n < failed ? 1 : 2e14 + n)
    const members = list.map(({ id }, n) => ({ value: id, score: score(n) }))
    const store: Pick<Store, 'hMGet' | 'zRangeByScoreWithScores'> = {
      hMGet: async (_key, fields) => count(fields.map(() => null)),
      zRangeByScoreWithScores: async (_key, least, most) =>
        count(members.filter((one) => one.score >= least && one.score <= most)),
    }
    const batch = async ([{ members: ids }]: [{ members: string[] }]) => [
      count(ids.map((id) => score(Number(id.slice(1))))),
      ids.map(() => null),
    ]
    return { read, history: createSyncLog(Object.assign(Object.create(null), store, { batch })) }
  }

  test.each([
    ['as usual', undefined, undefined],
    ['by name', undefined, { by: 'name', down: false }],
    ['failed only', 'failed', undefined],
  ] as const)('%s: what needs attention is read, and no other', async (_name, status, sort) => {
    const { read, history } = counting(3)
    const vendor = site.context.vendor('demo')
    const selected = await selectCampaigns({ campaigns: source, syncLog: history }, [vendor], {
      search: '',
      status,
      sort,
    })
    await history.standings(
      'demo',
      selected.campaigns.slice(0, 50).map(({ id }) => id),
    )
    expect(selected.attention).toBe(3)
    expect(read.members).toBeLessThanOrEqual(3 + 3 + 50)
    expect(read.commands).toBeLessThanOrEqual(4)
  })
})
