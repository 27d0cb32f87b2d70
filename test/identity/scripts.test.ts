// Scripts where people sign in: a token is its maker's, and who else may approve for it is a matter of roles.
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { TestApp } from '../support/app/app.ts'
import type { Visitor } from '../support/browser/http-visitor.ts'
import { readPage } from '../support/browser/page.ts'
import { type AtCompany, startAtCompany } from '../support/identity/at-company.ts'
import { ADA, type Company, DANA, SAM, VIC } from '../support/identity/company.ts'
import { sync, toCallback, told, toVendorFrom } from '../support/scene/authorization.ts'
import type { Scene } from '../support/scene/scene.ts'
import { JSON_CALLER, neededOf } from '../support/scene/script.ts'

const DAY_MS = 24 * 3600_000
const APPROVE = 'Approve at Fake Ads'

let at: AtCompany
let company: Company
let scene: Scene
let app: TestApp

beforeAll(async () => {
  at = await startAtCompany()
  ;({ company, scene, app } = at)
})
afterAll(() => at.close())

test('a script works with the access of who made its token, and revoking the token leaves that', async () => {
  const sam = await signedIn(SAM)
  await sync(sam, 'C1')
  const { token, id } = await made(sam, 'nightly')
  expect((await press(token, 'C1')).status).toBe(200)
  const { vendors } = JSON.parse((await sam.get('/campaigns/C1', JSON_CALLER)).body)
  expect(vendors[0].history[0].person).toBe('the token “nightly” of sam@company.example')
  await sam.post(`/tokens/${id}/revoke`, '{}', JSON_CALLER)
  expect((await press(token, 'C1')).status).toBe(401)
  expect(told(await sync(sam, 'C1'))).toContain('Spring launch synced.')
})

test('whose script it is and who approves for others may approve; nobody else, and a viewer least', async () => {
  const { token } = await made(await signedIn(SAM), 'weekly')
  const needed = neededOf(await press(token, 'C2'))
  for (const [person, heading] of [
    [VIC, 'You may not do this'],
    [{ ...SAM, sub: 'another sam' }, 'Somebody else has to approve this'],
  ] as const) {
    const other = at.visitorOf(person)
    const refused = await other.open(needed.url)
    expect([refused.status, readPage(refused.body).heading]).toEqual([403, heading])
  }
  const ada = at.visitorOf(ADA)
  const page = await ada.open(needed.url)
  expect(readPage(page.body).text).toContain('the script “weekly” of sam@company.example')
  const end = await ada.click(page, 'Approve at Fake Ads')
  expect(readPage(end.body).text).toContain('Webinar EMEA synced.')
  expect(scene.vendor.effects('C2')).toBe(1)
  const again = neededOf(await press(token, 'C3'))
  const sam = at.visitorOf(SAM)
  expect(told(await sam.open(again.url))).toContain('Autumn sale synced.')
})

test('nobody makes a token that may do more than they, and an admin alone sees all', async () => {
  const sam = await signedIn(SAM)
  await made(sam, 'mine')
  const more = await sam.post('/tokens', JSON.stringify({ name: 'x', role: 'admin' }), JSON_CALLER)
  expect([more.status, JSON.parse(more.body).code]).toEqual([403, 'E-ROLE'])
  expect((await (await signedIn(VIC)).get('/tokens')).status).toBe(403)
  const dana = await signedIn(DANA)
  await made(dana, 'hers')
  const names = async (visitor: Visitor) => {
    const { body } = await visitor.get('/tokens', JSON_CALLER)
    return JSON.parse(body).tokens.map(({ name }: { name: string }) => name)
  }
  expect(await names(sam)).not.toContain('hers')
  expect(await names(dana)).toEqual(expect.arrayContaining(['mine', 'hers']))
})

test('who may approve no longer approves nothing that they began', async () => {
  const { token } = await made(await signedIn(SAM), 'monthly')
  const needed = neededOf(await press(token, '701Qy00000Ky9PfIAJ'))
  const ada = await signedIn(ADA)
  const door = await toVendorFrom(ada, await ada.press(await ada.open(needed.url), APPROVE))
  const back = await toCallback(ada, door)
  await ada.post('/session/end', {})
  company.state.person = { ...ADA, roles: ['sender'] }
  await ada.open('/campaigns')
  const end = await ada.follow(back)
  expect([end.status, readPage(end.body).heading]).toEqual([
    403,
    'Somebody else has to approve this',
  ])
  expect(scene.vendor.effects('701Qy00000Ky9PfIAJ')).toBe(0)
})

test('a token may no more than its maker may since their last sign-in, and the page says so', async () => {
  const maker = { ...ADA, sub: 'ada who moves on' }
  const { token } = await made(await signedIn(maker), 'demoted', 'approver')
  const allowed = async () => {
    const headers = { ...JSON_CALLER, authorization: `Bearer ${token}` }
    const script = scene.visitor(app.url)
    const answers = ['/approvals', '/connections'].map((path) => script.get(path, headers))
    const statuses = (await Promise.all(answers)).map(({ status }) => status)
    return [...statuses, (await press(token, 'C2')).status]
  }
  const shown = async () => {
    const { body } = await (await signedIn(DANA)).get('/tokens', JSON_CALLER)
    return JSON.parse(body).tokens.find(({ name }: { name: string }) => name === 'demoted')
  }
  expect(await allowed()).toEqual([404, 200, 409])
  expect(await shown()).not.toHaveProperty('roleNow')
  await signedIn({ ...maker, roles: ['viewer'] })
  expect(await allowed()).toEqual([403, 200, 403])
  expect(await shown()).toMatchObject({ role: 'approver', roleNow: 'viewer' })
  const page = await (await signedIn(DANA)).open('/tokens')
  expect(readPage(page.body).text).toContain('demotedapprover, now viewer')
  await signedIn({ ...maker, roles: [] })
  expect(await allowed()).toEqual([403, 403, 403])
  expect(await shown()).toMatchObject({ role: 'approver', roleNow: 'none' })
  await signedIn({ ...maker, roles: ['admin'] })
  expect(await allowed()).toEqual([404, 200, 409])
})

test('a token of somebody who has not signed in for long does nothing until they do', async () => {
  const maker = { ...SAM, sub: 'sam who has left' }
  const { token } = await made(await signedIn(maker), 'left behind')
  const headers = { ...JSON_CALLER, authorization: `Bearer ${token}` }
  const list = () => scene.visitor(app.url).get('/campaigns', headers)
  vi.useFakeTimers({ now: Date.now() + 89 * DAY_MS, toFake: ['Date'] })
  try {
    expect((await list()).status).toBe(200)
    vi.setSystemTime(Date.now() + 2 * DAY_MS)
    const refused = await list()
    expect([refused.status, JSON.parse(refused.body)]).toEqual([
      403,
      expect.objectContaining({ code: 'E-ROLE', detail: expect.stringContaining('signed in') }),
    ])
    await signedIn(maker)
    expect((await list()).status).toBe(200)
  } finally {
    vi.useRealTimers()
  }
})

test('a token whose maker was never noted counts from its first use: an upgrade stops no script', async () => {
  vi.useFakeTimers({ now: Date.now() - 100 * DAY_MS, toFake: ['Date'] })
  const about = { name: 'long ago', role: 'sender' as const, owner: 'of long ago', isOwn: false }
  const created = await app.context.apiTokens.create(about, 365)
  vi.useRealTimers()
  const headers = { ...JSON_CALLER, authorization: `Bearer ${created?.token}` }
  const list = async () => (await scene.visitor(app.url).get('/campaigns', headers)).status
  expect(await list()).toBe(200)
  vi.useFakeTimers({ now: Date.now() + 89 * DAY_MS, toFake: ['Date'] })
  try {
    expect(await list()).toBe(200)
    vi.setSystemTime(Date.now() + 2 * DAY_MS)
    expect(await list()).toBe(403)
  } finally {
    vi.useRealTimers()
  }
})

test('a token from before there was a sign-in approves and administers nothing', async () => {
  const about = { name: 'old', role: 'admin' as const, owner: 'nobody’s', isOwn: true }
  const created = await app.context.apiTokens.create(about, 30)
  const headers = { ...JSON_CALLER, authorization: `Bearer ${created?.token}` }
  const script = scene.visitor(app.url)
  const paths = ['/campaigns', '/connections', '/approvals', '/audit']
  const statuses = await Promise.all(
    paths.map(async (path) => (await script.get(path, headers)).status),
  )
  expect(statuses).toEqual([200, 200, 403, 403])
})

test('the name of a token cannot make it somebody else’s', async () => {
  const sam = await signedIn({ ...SAM, sub: 'sam who plays' })
  const { token } = await made(sam, 'x” of dana@company.example and “y')
  const needed = neededOf(await press(token, 'C2'))
  const page = await (await signedIn(ADA)).open(needed.url)
  expect(readPage(page.body).text).toContain(
    'the script “x" of dana@company.example and "y” of sam@company.example',
  )
})

test('a link ends with the token that asked for it', async () => {
  const sam = await signedIn({ ...SAM, sub: 'sam whose token is stolen' })
  const { token, id } = await made(sam, 'stolen')
  const needed = neededOf(await press(token, 'C2'))
  await sam.post(`/tokens/${id}/revoke`, '{}', JSON_CALLER)
  const opened = await (await signedIn(ADA)).open(needed.url)
  expect([opened.status, readPage(opened.body).heading]).toEqual([
    410,
    'Nothing waits for this approval any more',
  ])
})

test('the audit trail has each token, and each yes and no to what a script asked for', async () => {
  const sam = { ...SAM, sub: 'sam on the trail' }
  const { token } = await made(await signedIn(sam), 'on the trail')
  const needed = neededOf(await press(token, 'C3'))
  const ada = await signedIn(ADA)
  await ada.click(await ada.open(needed.url), 'Refuse')
  const entries: Record<string, unknown>[] = []
  for await (const { who, action, about } of app.context.audit?.newestFirst() ?? [])
    if (/^(token|access)\./.test(action)) entries.push({ who, action, ...about })
  expect(entries.slice(0, 2)).toEqual([
    {
      who: 'ada@company.example',
      action: 'access.refused',
      vendor: 'fake',
      subject: 'campaign:C3',
      for: 'the script “on the trail” of sam@company.example',
    },
    {
      who: 'sam@company.example',
      action: 'token.made',
      token: expect.any(String),
      name: 'on the trail',
      role: 'sender',
    },
  ])
  expect(entries.some(({ action }) => action === 'access.granted')).toBe(true)
})

test('a token signs nobody out', async () => {
  const { token } = await made(await signedIn(SAM), 'daily')
  const headers = { ...JSON_CALLER, authorization: `Bearer ${token}` }
  expect((await scene.visitor(app.url).post('/session/end', '{}', headers)).status).toBe(400)
  expect((await scene.visitor(app.url).get('/campaigns', headers)).status).toBe(200)
})

const signedIn = (person: Company['state']['person']) => at.signedIn(person)

async function made(
  person: Visitor,
  name: string,
  role = 'sender',
): Promise<{ token: string; id: string }> {
  const { body } = await person.post(
    '/tokens',
    JSON.stringify({ name, role, days: 365 }),
    JSON_CALLER,
  )
  return JSON.parse(body)
}

function press(token: string, campaign: string) {
  const headers = { ...JSON_CALLER, authorization: `Bearer ${token}` }
  return scene.visitor(app.url).post(`/campaigns/${campaign}/sync`, '{}', headers)
}
