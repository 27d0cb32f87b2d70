// Values that each customer of a vendor has of their own: asked from the person before they go there, and once.
import { afterEach, expect, test } from 'vitest'
import { createVisitor, type Visit, type Visitor } from '../support/browser/http-visitor.ts'
import { readPage } from '../support/browser/page.ts'
import { onward, syncButton, told } from '../support/scene/authorization.ts'
import { neededOf, press as scriptPress } from '../support/scene/script.ts'
import { keyAds, playWith, startStage } from '../support/vendor/stage.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

const SHOP = { from: 'person', pattern: '[a-z0-9-]{1,60}', label: 'Name of your shop' }

test('a shop is asked for before the vendor, and its own addresses are used', async () => {
  const { stage, person, say } = await begin()
  const asked = await press(person, 'C1')
  expect(readPage(asked.body).heading).toBe('Connect to Shops')
  expect(readPage(asked.body).text).toContain('Name of your shop')
  expect(stage.heard).toHaveLength(0)
  expect(told(await say(asked, 'acme'))).toBe('Connected as acme. Spring launch synced.')
  expect(stage.heard.map(({ method, url }) => `${method} ${url.pathname}`)).toEqual([
    'GET /acme/authorize',
    'POST /acme/token',
    'PUT /acme/api/C1',
  ])
})

test('it is not asked again while access lasts, nor when it is given anew', async () => {
  const { stage, person, say } = await begin()
  await say(await press(person, 'C1'), 'acme')
  expect(told(await press(person, 'C2'))).toContain('Webinar EMEA synced.')
  stage.on('PUT /acme/api/C1', expired)
  await press(person, 'C1')
  expect(stage.asked('GET /acme/authorize').length).toBeGreaterThan(1)
})

const expired = { status: 401, body: {} }

test('after a disconnect another shop may be said, which has objects of its own', async () => {
  const { stage, person, say } = await begin({
    api: { create: { path: '/made', keep: { id: 'id' } }, update: { path: '/changed' } },
  })
  stage.on('POST /acme/api/made', { body: { id: '1' } })
  stage.on('POST /other/api/made', { body: { id: '1' } })
  await say(await press(person, 'C1'), 'acme')
  await person.post('/connections/shops/session/disconnect', {})
  const first = await say(await press(person, 'C1'), 'other')
  expect(readPage(first.body).heading).toBe('Which account at Shops?')
  const back = await person.click(first, 'Go back and choose acme')
  expect(readPage(back.body).text).toContain('Name of your shop')
  const page = await say(back, 'other')
  expect(told(await person.click(page, 'Use other'))).toContain('Spring launch synced.')
  expect(stage.asked('POST /other/api/made')).toHaveLength(1)
})

test.each(['evil.example/x', 'a b', '', '../etc', `${'a'.repeat(61)}`])(
  'what the file does not allow is asked again, and nobody is sent anywhere: "%s"',
  async (value) => {
    const { stage, person, say } = await begin()
    const again = await say(await press(person, 'C1'), value)
    expect(again.status).toBe(422)
    expect(readPage(again.body).text).toContain('Name of your shop')
    expect(again.body).toContain('aria-invalid="true"')
    expect(stage.heard).toHaveLength(0)
    expect(told(await say(again, 'acme'))).toContain('Spring launch synced.')
  },
)

test('a shop that leads nowhere is not kept', async () => {
  const { stage, person, say } = await begin()
  stage.on('POST /wrong/token', { status: 404, body: {} })
  await say(await press(person, 'C1'), 'wrong')
  const asked = await press(person, 'C1')
  expect(told(await say(asked, 'acme'))).toContain('Spring launch synced.')
})

test('a link of another site cannot say the shop', async () => {
  const { stage, person } = await begin()
  const sent = await person.post(
    '/connect/shops/C1/values',
    { 'vars.shop': 'evil' },
    { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
  )
  expect(sent.status).toBe(403)
  expect((await person.open('/connect/shops/C1?vars.shop=evil')).body).toContain('name="vars.shop"')
  expect(stage.heard).toHaveLength(0)
})

test('a setting says it for everybody, who are then not asked', async () => {
  const { stage, person } = await begin({}, { SHOPS_SHOP: 'ours' })
  const page = await onward(person, await press(person, 'C1'))
  expect(told(page)).toContain('Spring launch synced.')
  expect(stage.asked('PUT /ours/api/C1')).toHaveLength(1)
})

test('where people bring a key, the form asks for both', async () => {
  const stage = await startStage()
  const file = { ...keyAds(`${stage.url}/\${vars.shop}`), vars: { shop: SHOP } }
  const { person } = await played(stage, [file])
  stage.on('PUT /acme/api', { body: { id: '1' } })
  const asked = await person.click(await person.open('/campaigns/C1'), syncButton('C1'))
  const form = readPage(asked.body).actions.find(({ post }) => post?.endsWith('/key'))
  const give = (shop: string) =>
    person.post(form?.post ?? '', { ...form?.fields, key: 'good-key', 'vars.shop': shop })
  expect((await give('not allowed')).status).toBe(422)
  expect(told(await person.follow(await give('acme')))).toContain('Spring launch synced.')
  expect(stage.asked('PUT /acme/api/C1')).toHaveLength(1)
})

test('a run asks for it too', async () => {
  const { stage, person, say } = await begin()
  const made = await person.follow(await person.post('/runs', { all: '1' }))
  const asked = await person.click(made, 'Sync 4 campaigns')
  expect(readPage(asked.body).text).toContain('Name of your shop')
  const page = await say(asked, 'acme')
  expect(page.url.pathname).toBe(made.url.pathname)
  expect(stage.asked('POST /acme/token')).toHaveLength(1)
})

test('who approves for a script says it on that page', async () => {
  const { app, stage, person } = await begin()
  const script = createVisitor(app.url)
  open.push(script)
  const needed = neededOf(await scriptPress(script, 'C1'))
  const form = readPage((await person.open(needed.url)).body).actions.find(
    ({ name }) => name === 'Approve at Shops',
  )
  const say = (shop: string) =>
    person.post(form?.post ?? '', { ...form?.fields, 'vars.shop': shop })
  expect((await say('not allowed')).status).toBe(422)
  expect(stage.heard).toHaveLength(0)
  const confirm = await person.follow(await say('acme'))
  const isYes = ({ name }: { name: string }) => name === 'Yes, sync as acme'
  expect(readPage((await person.click(confirm, isYes)).body).text).toContain('synced.')
  expect(stage.asked('PUT /acme/api/C1')).toHaveLength(1)
})

/** Presses Sync on the campaign's page. */
async function press(person: Visitor, id: string): Promise<Visit> {
  return person.click(await person.open(`/campaigns/${id}`), syncButton(id))
}

/** A vendor with a host for each shop: on the stage a path. `change` is merged into the file's `api`. */
async function begin(change: { api?: object } = {}, environment = {}) {
  const stage = await startStage()
  const at = `${stage.url}/\${vars.shop}`
  const file = {
    id: 'shops',
    name: 'Shops',
    tokenPer: 'session',
    vars: { shop: SHOP },
    authorize: { url: `${at}/authorize` },
    token: { url: `${at}/token` },
    api: { baseUrl: `${at}/api`, ...(change.api ?? { push: PUSH }) },
  }
  for (const shop of ['acme', 'other', 'ours'])
    stage.on(`POST /${shop}/token`, { body: { access_token: 'at-1', token_type: 'bearer' } })
  for (const shop of ['acme', 'other', 'ours']) stage.on(`PUT /${shop}/api`, { body: { id: '1' } })
  return { stage, ...(await played(stage, [file], environment)) }
}

const PUSH = { method: 'PUT', path: '/${campaign.id}', repeatable: true }

async function played(
  stage: { close(): Promise<void> },
  files: Record<string, unknown>[],
  environment = {},
) {
  open.push(stage)
  const scene = await playWith(files, environment)
  open.push(scene)
  const { person } = scene
  /** Fills the form of the page that asks, and goes on to where it leads. */
  const say = async (page: Visit, shop: string) => {
    const form = readPage(page.body).actions.find(({ post }) => post?.endsWith('/values'))
    return person.follow(
      await person.post(form?.post ?? '', { ...form?.fields, 'vars.shop': shop }),
    )
  }
  return { ...scene, say }
}
