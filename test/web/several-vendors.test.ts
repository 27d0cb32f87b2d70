// Several vendors at once (BEHAVIOURS 19): tokens, logs and redirect URIs are each vendor's own; and one access for all campaigns.
import { afterEach, expect, test } from 'vitest'
import { type Action, readPage } from '../support/browser/page.ts'
import { onward, told } from '../support/scene/authorization.ts'
import { keyAds, playWith, startStage } from '../support/vendor/stage.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

test('a campaign page offers each, and a token of one never reaches another', async () => {
  const { stage, person, press } = await begin({})
  expect(told(await press('C1', 'one'))).toBe('Spring launch synced.')
  expect(told(await press('C1', 'two'))).toBe('Spring launch synced.')
  const pushes = stage.heard.filter(({ method }) => method === 'PUT')
  expect(pushes.map(({ url, headers }) => [url.pathname, headers.authorization])).toEqual([
    ['/one/api/C1', 'Bearer token-of-one'],
    ['/two/api/C1', 'Bearer token-of-two'],
  ])
  const uris = stage.heard.flatMap(({ url }) => url.searchParams.get('redirect_uri') ?? [])
  expect(uris.map((uri) => new URL(uri).pathname)).toEqual([
    '/oauth/one/callback',
    '/oauth/two/callback',
  ])
  const { body } = await person.get('/campaigns/C1', { accept: 'application/json' })
  const { vendors }: { vendors: { id: string; history: unknown[] }[] } = JSON.parse(body)
  expect(vendors.map(({ id, history }) => [id, history.length])).toEqual([
    ['one', 1],
    ['two', 1],
  ])
})

test('an answer of one on the redirect URI of another goes nowhere', async () => {
  const { stage, person, app } = await begin({})
  const opened = await person.open('/campaigns/C1')
  const page = await person.follow(
    await person.press(opened, syncAt('one')),
    (next) => next.pathname === '/one/authorize',
  )
  const atDoor = page.next
    ? page
    : await person.follow(
        await person.press(page, 'Continue to one'),
        (next) => next.pathname === '/one/authorize',
      )
  const state = atDoor.next?.searchParams.get('state')
  const mixed = await person.open(`${app.url}/oauth/two/callback?code=code-1&state=${state}`)
  expect(mixed.status).toBe(400)
  expect(app.logs()).toMatch(/"status":400,"vendor":"two","msg":"trouble"/)
  expect(stage.heard.filter(({ method }) => method === 'POST')).toHaveLength(0)
})

test('access for the session is asked for once and serves every campaign', async () => {
  const { stage, press } = await begin({ tokenPer: 'session' })
  for (const id of ['C1', 'C2', 'C3']) expect(told(await press(id, 'one'))).toContain('synced.')
  expect(stage.asked('GET /one/authorize')).toHaveLength(1)
  expect(stage.asked('PUT /one/api')).toHaveLength(3)
})

/** The Sync button of a campaign for one of several vendors. */
function syncAt(vendor: string): (action: Action) => boolean {
  return ({ post, fields }) => post !== undefined && fields.vendor === vendor
}

test('of many vendors the list shows the first, and a campaign’s page those with news; the others are a choice', async () => {
  const stage = await startStage()
  open.push(stage)
  stage.on('PUT /api', { body: { id: '1' } })
  const files = Array.from({ length: 40 }, (_, index) => ({
    ...keyAds(stage.url),
    id: `key-${index}`,
    name: `Vendor ${index}`,
  }))
  const scene = await playWith(files)
  open.push(scene)
  const { person } = scene
  const list = await person.open('/campaigns')
  expect([list.body.includes('Sync Spring launch to Vendor 3'), list.body.length]).toEqual([
    true,
    expect.toSatisfy((length: number) => length < 150_000),
  ])
  expect(list.body).toContain('The first 4 vendors')
  expect(list.body).not.toContain('Sync Spring launch to Vendor 4"')
  expect(list.body).toContain('<option value="key-39">Vendor 39</option>')
  expect((await person.open('/campaigns?vendor=key-30')).body).toContain('Sync Spring launch')
  const form = readPage((await person.open('/campaigns/C1')).body).actions.find(
    ({ name }) => name === 'Sync',
  )
  const asked = await person.follow(
    await person.post(form?.post ?? '', { ...form?.fields, vendor: 'key-30' }),
  )
  const key = readPage(asked.body).actions.find(({ post }) => post?.endsWith('/key'))
  await person.follow(await person.post(key?.post ?? '', { ...key?.fields, key: 'good-key' }))
  const { body } = await person.open('/campaigns/C1')
  expect(body.match(/id="vendor-[^"]+"/g)).toEqual(['id="vendor-key-30"'])
  expect(body).toContain('Not synced to 39 vendors yet.')
  const json = JSON.parse((await person.get('/campaigns/C1', { accept: 'application/json' })).body)
  expect(json.vendors).toHaveLength(40)
  const connections = await person.open('/connections')
  expect(connections.body.match(/id="vendor-[^"]+"/g)).toEqual(['id="vendor-key-30"'])
  expect(readPage(connections.body).text).toContain('39 vendors')
})

async function begin(change: object) {
  const stage = await startStage()
  open.push(stage)
  const files = ['one', 'two'].map((id) => {
    stage.on(`POST /${id}/token`, {
      body: { access_token: `token-of-${id}`, token_type: 'bearer', expires_in: 900 },
    })
    stage.on(`PUT /${id}/api`, { body: { id: '1' } })
    return {
      id,
      name: id,
      authorize: { url: `${stage.url}/${id}/authorize` },
      token: { url: `${stage.url}/${id}/token` },
      api: {
        baseUrl: `${stage.url}/${id}`,
        push: { method: 'PUT', path: '/api/${campaign.id}', idempotencyHeader: 'Idempotency-Key' },
      },
      ...change,
    }
  })
  const scene = await playWith(files)
  open.push(scene)
  const { person } = scene
  const press = async (campaign: string, vendor: string) =>
    onward(person, await person.click(await person.open(`/campaigns/${campaign}`), syncAt(vendor)))
  return { ...scene, stage, press }
}
