// The preview of a campaign at a vendor: the requests as they would be sent, nothing secret, and nothing done.
import { writeFileSync } from 'node:fs'
import request from 'supertest'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { previewOf } from '../../src/sync/preview.ts'
import { until } from '../support/app/runs.ts'
import { CAMPAIGNS } from '../support/app/setup.ts'
import { type Site, startSite } from '../support/app/site.ts'
import { readPage } from '../support/browser/page.ts'
import { syncAnywhere, told } from '../support/scene/authorization.ts'
import { keyAds, playWith, startStage } from '../support/vendor/stage.ts'

/** Operations of a vendor at which a campaign is looked for by its name. */
const FOUND_BY_NAME = {
  create: { path: '/made', keep: { id: 'id' } },
  update: { path: '/changed' },
  find: {
    path: '/list',
    items: 'data',
    match: { path: 'name', equals: '${campaign.name}' },
    keep: { id: 'id' },
  },
}

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

test('it names the fields that changed since they were accepted, by a sync and by a run', async () => {
  const { app, person, changes, edit } = await atKeyAds()
  expect(await changes('C1')).toBeUndefined()
  await syncAnywhere(person, 'C1')
  expect(await changes('C1')).toEqual([])
  await edit({ budget: 777, endDate: '2027-12-31' })
  expect(await changes('C1')).toEqual(['endDate', 'budget'])
  const page = await person.open('/campaigns/C1/preview')
  expect(readPage(page.body).text).toContain(
    'Changed since Key Ads last accepted it: end date, budget.',
  )
  const made = await person.follow(await person.post('/runs', { all: '1' }))
  await person.click(made, ({ name }) => /^Sync \d+ campaigns/.test(name))
  await until(person, made.url.pathname.slice('/runs/'.length))
  await expect.poll(() => changes('C1')).toEqual([])
  await edit({ name: 'Autumn launch' })
  expect(await changes('C1')).toEqual(['name'])
  const stored = await app.context.store.hGetAll('accepted:key-ads:fields')
  expect(JSON.stringify(stored)).not.toContain('Spring launch')
})

test('looking at the vendor tells what is there, once there is access, and changes nothing', async () => {
  const { stage, person, look } = await atKeyAds(FOUND_BY_NAME)
  const list = (...names: string[]) =>
    stage.on('GET /list', { body: { data: names.map((name, id) => ({ id: `o-${id}`, name })) } })
  stage.on('POST', { body: { id: 'o-9' } })
  list()
  expect(await look()).toContain('There is no access to Key Ads for Spring launch now')
  expect(stage.heard).toHaveLength(0)
  await syncAnywhere(person, 'C2')
  const asked = stage.asked('POST').length
  expect(await look()).toContain('We found nothing of it at Key Ads.')
  list('Other', 'Spring launch')
  expect(await look()).toContain('Key Ads has it, as o-1.')
  list('Spring launch', 'Spring launch')
  expect(await look()).toContain('Key Ads has 2 that could be it.')
  stage.on('GET /list', { status: 500, body: {} })
  expect(await look()).toContain('Key Ads could not be asked')
  expect(stage.asked('POST')).toHaveLength(asked)
})

test('of a push whose answer was lost it is looked for as it was sent, renamed since', async () => {
  const create = { ...FOUND_BY_NAME.create, body: { name: '${campaign.name}' } }
  const { stage, person, look, edit } = await atKeyAds({ ...FOUND_BY_NAME, create })
  const list = (...names: string[]) =>
    stage.on('GET /list', { body: { data: names.map((name, id) => ({ id: `o-${id}`, name })) } })
  list()
  stage.on('POST /made', () => Promise.reject(new Error('its answer is lost')))
  expect(told(await syncAnywhere(person, 'C1'))).toContain('don’t know whether Key Ads got')
  await edit({ name: 'Autumn launch' })
  list('Spring launch')
  expect(await look()).toContain('Key Ads has it, as o-0.')
  list('Other', 'Autumn launch')
  expect(await look()).toContain('Key Ads has it, as o-1.')
  list('Other')
  expect(await look()).toContain('We found nothing of it at Key Ads.')
})

test('a vendor without drafts is named where a campaign is sent', async () => {
  const { person } = await atKeyAds({ ...PUSH, live: true })
  const text = async (path: string) => readPage((await person.open(path)).body).text
  expect(await text('/campaigns/C1')).toContain('Key Ads has no draft: what is synced is public at')
  expect(await text('/campaigns/C1/preview')).toContain('Key Ads has no draft: this is public at')
  const made = await person.follow(await person.post('/runs', { all: '1' }))
  expect(readPage(made.body).text).toContain(
    'Key Ads has no draft: each campaign is public at once.',
  )
})

const PUSH = { push: { method: 'PUT', path: '/api/${campaign.id}', repeatable: true } }

/** A vendor that takes keys. `edit` changes C1 in the campaign file. */
async function atKeyAds(api: object = PUSH) {
  const stage = await startStage()
  stage.on('PUT /api', { body: { id: '1' } })
  const file = { ...keyAds(stage.url), api: { baseUrl: stage.url, ...api } }
  const scene = await playWith([file])
  onTestFinished(async () => {
    await scene.close()
    await stage.close()
  })
  const { app, person } = scene
  let changed = {}
  const edit = async (change: object) => {
    changed = { ...changed, ...change }
    const edited = CAMPAIGNS.map((one) => (one.id === 'C1' ? { ...one, ...changed } : one))
    writeFileSync(app.context.config.campaignsFile, JSON.stringify(edited))
    await app.context.campaigns.refresh()
  }
  const changes = async (id: string): Promise<unknown> =>
    JSON.parse((await person.get(`/campaigns/${id}/preview`, { accept: 'application/json' })).body)
      .changed
  const look = async () => {
    const page = await person.open('/campaigns/C1/preview')
    return readPage((await person.click(page, 'Look at Key Ads')).body).text
  }
  return { app, stage, person, edit, changes, look }
}

describe('a campaign of which nobody knows whether it arrived', () => {
  const unknown = async (api: object) => {
    const scene = await atKeyAds(api)
    const result = { kind: 'unknown' as const, at: Date.now() - 60_000 }
    const news = [{ id: 'i'.repeat(22), campaign: 'C1', result }]
    await scene.app.context.syncLog.addAll('key-ads', news)
    return scene
  }

  test('is looked for at the vendor by one press, which brings the access it needs', async () => {
    const { stage, person } = await unknown(FOUND_BY_NAME)
    stage.on('GET /list', { body: { data: [{ id: 'o-1', name: 'Spring launch' }] } })
    const press = async () =>
      person.click(await person.open('/campaigns/C1'), 'Check at Key Ads: Spring launch')
    const form = await press()
    expect(stage.heard).toHaveLength(0)
    const { post = '', fields } =
      readPage(form.body).actions.find(({ post }) => post?.endsWith('/key')) ?? {}
    const there = await person.follow(await person.post(post, { ...fields, key: 'k-1' }))
    expect(readPage(there.body).text).toContain('Key Ads has it, as o-1.')
    expect(stage.asked('POST')).toHaveLength(0)
    expect(readPage((await person.open(there.url.pathname + there.url.search)).body).heading).toBe(
      'Spring launch',
    )
    expect(readPage((await press()).body).text).toContain('Key Ads has it, as o-1.')
  })

  test('is not looked for where the vendor cannot be searched, and the page says what to do', async () => {
    const { person } = await unknown(PUSH)
    const { text, actions } = readPage((await person.open('/campaigns/C1')).body)
    expect(text).toContain('Key Ads cannot be searched from here. Syncing it again is safe')
    expect(actions.map(({ name }) => name).join()).not.toContain('Check at')
  })
})
