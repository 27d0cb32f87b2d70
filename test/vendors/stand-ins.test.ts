// The stand-ins of the vendors' APIs answer as the vendors document, so that what is played against them means something.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { startStage } from '../support/vendor/stage.ts'
import { createStandIn } from '../support/vendor/stand-ins/base.ts'
import { fits, OPERATIONS, type VendorOperations } from '../support/vendor/stand-ins/operations.ts'
import { createPlayer } from '../support/vendor/stand-ins/play.ts'
import { pointed, type Scope } from '../support/vendor/stand-ins/render.ts'
import { authorize } from '../support/vendor/stand-ins/sign-in.ts'
import { STAND_INS } from '../support/vendor/stand-ins/vendors.ts'
import {
  ACCESS_TOKEN,
  DUPLICATES,
  LIVE,
  REFUSED,
  REFUSED_UPDATES,
  RETRY_HEADERS,
} from './stand-in-facts.ts'

const CAMPAIGN = {
  id: 'C1',
  name: 'Spring launch',
  description: 'A fine "spring" campaign & more',
  type: 'Email',
  status: 'Planned',
  startDate: '2027-03-01',
  endDate: '2027-03-31',
  budget: 1200.5,
  currency: 'EUR',
}
const RENAMED = 'Summer (d\'été), 50%: "launch"'

const WITH_OAUTH = Object.keys(OPERATIONS).filter((id) => OPERATIONS[id]?.oauth)
/** An upsert by an external id is exact, and makes again what is gone. */
const INDEXED = Object.keys(OPERATIONS).filter((id) => id !== 'salesforce')

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

test('every shipped vendor has a stand-in, and requests to play', () => {
  const folder = join(import.meta.dirname, '..', '..', 'src', 'vendors', 'files')
  const shipped = readdirSync(folder).map((name) => name.replace('.json', ''))
  for (const id of shipped.filter((name) => name !== 'demo'))
    expect(Object.keys(STAND_INS)).toContain(id)
  expect(Object.keys(OPERATIONS).sort()).toEqual(Object.keys(STAND_INS).sort())
})

describe.each(Object.keys(STAND_INS))('%s', (id) => {
  const { signs } = operationsOf(id)

  test('is one object, corrected and renamed, and found by its name', async () => {
    const { standIn, player, scope } = await begin(id)
    expect(fits(signs.ok, await player.create())).toBe(true)
    const live = LIVE.includes(id)
    expect(standIn.objects()).toMatchObject([{ createdLive: live, writes: 1 }])
    Object.assign(scope.campaign, { budget: 900, endDate: '2027-04-30', description: 'Corrected' })
    // X refuses the same text again, so there is nothing to correct but the name.
    if (id !== 'x') expect(fits(signs.ok, await player.update())).toBe(true)
    scope.campaign.name = RENAMED
    expect(fits(signs.ok, await player.update())).toBe(true)
    expect(standIn.objects()).toHaveLength(1)
    expect(standIn.objects()[0]?.createdLive).toBe(live)
    const said = JSON.stringify(standIn.objects()[0]?.fields)
    expect(said).toContain('Summer')
    expect(said).not.toContain('Spring launch')
    expect(await player.find()).toHaveLength(1)
  })

  test('lists over several pages', async () => {
    const { standIn, player } = await begin(id, { pageSize: 1 })
    for (const name of ['First', 'Second']) standIn.add(name)
    await player.create()
    standIn.add('Fourth')
    expect(await player.find()).toHaveLength(1)
  })

  test('a lost answer was applied, a dropped request was not', async () => {
    const { standIn, player } = await begin(id)
    standIn.next('dropped')
    await expect(player.create()).rejects.toThrow()
    expect(standIn.objects()).toHaveLength(0)
    standIn.next('lost')
    await expect(player.create()).rejects.toThrow()
    expect(standIn.objects()).toHaveLength(1)
    expect(await player.find()).toHaveLength(1)
  })

  test('the same name again', async () => {
    const { standIn, player } = await begin(id)
    await player.create()
    const answer = await player.create()
    const rule = DUPLICATES[id] ?? 'made'
    expect(standIn.objects()).toHaveLength(rule === 'made' ? 2 : 1)
    if (rule === 'refused') expect(fits(signs.exists, answer)).toBe(true)
    else expect(fits(signs.ok, answer)).toBe(true)
    if (rule === 'made' && id !== 'github') expect(await player.find()).toHaveLength(2)
  })

  test('ended access, a limit and a missing permission have their own signs', async () => {
    const { standIn, player } = await begin(id)
    standIn.next('limited')
    const limited = await player.create()
    expect(fits(signs.limited, limited)).toBe(true)
    expect(limited.headers.has(RETRY_HEADERS[id] ?? 'retry-after')).toBe(id in RETRY_HEADERS)
    standIn.next('forbidden')
    expect(fits(signs.forbidden, await player.create())).toBe(true)
    standIn.endTokens()
    expect(fits(signs.expired, await player.create())).toBe(true)
    expect(standIn.objects()).toHaveLength(0)
  })
})

test.each(WITH_OAUTH)('%s gives a token in its own shape, once for a code', async (id) => {
  const { stage, vendor } = await begin(id)
  const { code, token, refresh } = await authorize(vendor, stage)
  const granted = await token(code)
  expect(granted.status).toBe(200)
  expect(pointed(granted.body, ACCESS_TOKEN[id] ?? '/access_token')).toMatch(/^at-/)
  const renewed = pointed(granted.body, '/refresh_token')
  expect(typeof renewed === 'string').toBe(vendor.oauth?.refresh)
  if (typeof renewed === 'string') expect((await refresh(renewed)).status).toBe(200)
  const again = await token(code)
  expect(pointed(again.body, ACCESS_TOKEN[id] ?? '/access_token')).toBeUndefined()
})

test.each(INDEXED)('the index of %s may lag behind', async (id) => {
  const { standIn, player } = await begin(id, { lag: { reads: 1 } })
  await player.create()
  expect(await player.find()).toHaveLength(0)
  expect(await player.find()).toHaveLength(1)
  standIn.setLag({ ms: 60_000 })
  expect(await player.find()).toHaveLength(0)
})

test.each(INDEXED)('what a person deleted at %s is gone', async (id) => {
  const { standIn, player, scope, vendor } = await begin(id)
  await player.create()
  for (const { id: one } of standIn.objects()) standIn.remove(one)
  scope.campaign.name = RENAMED
  expect(fits(vendor.signs.gone, await player.update())).toBe(true)
  expect(standIn.objects()).toHaveLength(0)
})

test.each(REFUSED)('$id refuses $what', async ({ id, change, campaign, expected }) => {
  const { standIn, player, scope, vendor } = await begin(id)
  Object.assign(scope.campaign, campaign)
  const operation = structuredClone(vendor.create)
  change?.(operation)
  const { status, body } = await player.send(operation)
  expect({ status, body }).toMatchObject(expected)
  expect(standIn.objects()).toHaveLength(0)
})

test.each(REFUSED_UPDATES)('$id refuses $what', async ({ id, change, expected }) => {
  const { standIn, player, vendor } = await begin(id)
  await player.create()
  const [operation] = structuredClone(vendor.update)
  if (!operation) throw new Error(`${id} has no update`)
  change?.(operation)
  const { status, body } = await player.send(operation)
  expect({ status, body }).toMatchObject(expected)
  expect(standIn.objects()).toMatchObject([{ writes: 1 }])
})

test.each(['mailchimp', 'x', 'brevo'])(
  'another account of %s has objects of its own',
  async (id) => {
    const { stage, standIn, player, vendor, scope } = await begin(id)
    await player.create()
    standIn.signInAs({ id: '2', name: 'Eve' })
    const token = vendor.oauth ? await accessTo(id, vendor, stage) : 'another key'
    const other = createPlayer(vendor, stage, { ...scope, token, known: { ...scope.known } })
    expect(await other.find()).toHaveLength(0)
    expect(fits(vendor.signs.gone, await other.update())).toBe(true)
    expect(standIn.objects()).toMatchObject([{ writes: 1 }])
  },
)

test('x checks the proof key', async () => {
  const { stage, vendor } = await begin('x')
  const { code, token } = await authorize(vendor, stage, {
    verifier: 'another verifier than was promised, of 43 characters',
  })
  expect((await token(code)).status).toBe(400)
})

test('a refresh token that rotates is good once', async () => {
  const { stage, vendor } = await begin('constant-contact')
  const { code, token, refresh } = await authorize(vendor, stage)
  const first = String(pointed((await token(code)).body, '/refresh_token'))
  expect((await refresh(first)).status).toBe(200)
  expect((await refresh(first)).status).toBe(400)
})

test('salesforce makes again what is gone, unless asked not to', async () => {
  const { standIn, player, vendor } = await begin('salesforce')
  const path = `${vendor.create.path}?updateOnly=true`
  expect((await player.send({ ...vendor.create, path })).status).toBe(404)
  expect((await player.create()).status).toBe(201)
  expect(standIn.objects()).toHaveLength(1)
})

test('hubspot asks for a scope to read before anything', async () => {
  const { stage, vendor, scope } = await begin('hubspot')
  const scopes = ['oauth', 'marketing.campaigns.write']
  const { code, token } = await authorize(
    { ...vendor, oauth: vendor.oauth && { ...vendor.oauth, scopes } },
    stage,
  )
  const access = String(pointed((await token(code)).body, '/access_token'))
  const answer = await createPlayer(vendor, stage, { ...scope, token: access }).create()
  expect(fits(vendor.signs.forbidden, answer)).toBe(true)
})

test('openai-ads honours an idempotency key', async () => {
  const { standIn, player } = await begin('openai-ads')
  standIn.next('lost')
  await expect(player.create()).rejects.toThrow()
  const again = await player.create()
  expect(again.status).toBe(200)
  expect(standIn.objects()).toMatchObject([{ id: pointed(again.body, '/id'), writes: 1 }])
})

test('google-ads refuses every change once a campaign lacks the political declaration', async () => {
  const { player, vendor } = await begin('google-ads')
  const operation = JSON.parse(
    JSON.stringify(vendor.create).replace(/,"containsEuPoliticalAdvertising":"\w+"/, ''),
  )
  expect((await player.send(operation)).status).toBe(200)
  const blocked = await player.update()
  expect(pointed(blocked.body, '/error/details/0/errors/0/errorCode/mutateError')).toBe(
    'EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED',
  )
})

test('google-ads judges without making anything', async () => {
  const { standIn, player, vendor } = await begin('google-ads')
  const body = Object.assign({ validateOnly: true }, vendor.create.body)
  expect((await player.send({ ...vendor.create, body, keep: {} })).status).toBe(200)
  expect(standIn.objects()).toHaveLength(0)
})

test('hubspot keeps a budget as an object of its own', async () => {
  const { standIn, player, vendor, scope } = await begin('hubspot')
  await player.create()
  for (const step of vendor.steps) expect((await player.send(step)).status).toBe(201)
  expect(standIn.objects('budget')).toMatchObject([
    { fields: { amount: 1200.5, campaign: scope.known.id } },
  ])
})

test('a later step of a push can be lost', async () => {
  const { standIn, player, vendor } = await begin('hubspot')
  for (const failure of ['none', 'lost'] as const) standIn.next(failure)
  expect((await player.create()).status).toBe(201)
  const [budget] = vendor.steps
  if (!budget) throw new Error('no later step')
  await expect(player.send(budget)).rejects.toThrow()
  expect(standIn.objects('budget')).toHaveLength(1)
})

test('a vendor that is down applies nothing', async () => {
  const { stage, standIn } = await begin('github')
  standIn.next('down')
  const headers = { Authorization: 'Bearer at-2', 'User-Agent': 'test' }
  const url = `${stage.url}/api.github.com/repos/acme/plans/issues`
  expect((await fetch(url, { method: 'POST', headers, body: '{"title":"x"}' })).status).toBe(503)
  expect(standIn.objects()).toHaveLength(0)
})

test('salesforce says when an external id is there twice', async () => {
  const { standIn, player } = await begin('salesforce')
  for (const value of ['C1', 'C1']) standIn.add(value)
  expect((await player.create()).status).toBe(300)
})

test('slack shows a history only with its scope', async () => {
  const { stage, standIn, vendor, scope } = await begin('slack')
  const scopes = ['chat:write']
  const { code, token } = await authorize(
    { ...vendor, oauth: vendor.oauth && { ...vendor.oauth, scopes } },
    stage,
  )
  const access = String(pointed((await token(code)).body, '/access_token'))
  const player = createPlayer(vendor, stage, { ...scope, token: access })
  await player.create()
  expect(standIn.objects()).toHaveLength(1)
  expect(await player.find()).toEqual([])
})

async function begin(id: string, options?: Parameters<typeof createStandIn>[1]) {
  const stage = await startStage()
  open.push(stage)
  const vendor = operationsOf(id)
  const describe = STAND_INS[id]
  if (!describe) throw new Error(`no stand-in of ${id}`)
  const standIn = createStandIn(describe, options)
  standIn.mount(stage)
  const token = await accessTo(id, vendor, stage)
  const scope: Scope = {
    vars: vendor.vars,
    campaign: { ...CAMPAIGN },
    known: {},
    token,
    push: { key: 'press-1' },
  }
  return { stage, standIn, vendor, scope, player: createPlayer(vendor, stage, scope) }
}

async function accessTo(
  id: string,
  vendor: VendorOperations,
  stage: Awaited<ReturnType<typeof startStage>>,
) {
  if (!vendor.oauth) return 'a key'
  const { code, token } = await authorize(vendor, stage)
  return String(pointed((await token(code)).body, ACCESS_TOKEN[id] ?? '/access_token'))
}

function operationsOf(id: string): VendorOperations {
  const vendor = OPERATIONS[id]
  if (!vendor) throw new Error(`no operations of ${id}`)
  return vendor
}
