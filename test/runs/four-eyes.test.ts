// A run above the limit for one person: nothing is sent before somebody else has said yes to exactly that.
import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { TestApp } from '../support/app/app.ts'
import { approve, startRun, until } from '../support/app/runs.ts'
import { readPage } from '../support/browser/page.ts'
import { type AtCompany, startAtCompany } from '../support/identity/at-company.ts'
import { ADA, type Company, DANA, SAM } from '../support/identity/company.ts'
import { sync, toCallback, toVendorFrom } from '../support/scene/authorization.ts'
import type { Scene } from '../support/scene/scene.ts'
import { JSON_CALLER } from '../support/scene/script.ts'

let at: AtCompany
let scene: Scene
let app: TestApp

beforeAll(async () => {
  at = await startAtCompany({ APPROVE_ABOVE: 'campaigns=2,budget=13000' })
  ;({ scene, app } = at)
})
afterAll(() => at.close())

const signedIn = (person: Company['state']['person']) => at.signedIn(person)

test('it waits for an approver who is not its starter, and starts after that', async () => {
  const dana = await signedIn(DANA)
  const { id, page } = await startRun(dana)
  expect([page.status, readPage(page.body).heading]).toEqual([
    409,
    'An approver has to say yes first',
  ])
  expect(readPage((await dana.open(`/runs/${id}`)).body).text).toContain('It waits for an approver')
  expect(scene.vendor.at('authorize')).toEqual([])
  const own = await dana.open('/approvals')
  expect(readPage(own.body).text).toContain('somebody else has to approve it')
  const { hash } = JSON.parse((await app.context.store.hGetAll('approvals'))[id] ?? '')
  const forced = await dana.post(`/approvals/${id}`, { hash, decision: 'approve' })
  expect([forced.status, readPage(forced.body).heading]).toEqual([
    403,
    'Somebody else has to approve this',
  ])

  const sam = await signedIn(SAM)
  expect((await sam.post(`/approvals/${id}`, { hash, decision: 'approve' })).status).toBe(403)
  const ada = await signedIn(ADA)
  const waiting = await ada.open('/approvals')
  expect(readPage(waiting.body).text).toMatch(
    /dana@company.example wants to sync 4 campaigns .* budgets of 15,400/,
  )
  const done = await ada.click(waiting, ({ name }) => name.startsWith('Approve '))
  expect(readPage(done.body).text).toContain('Nothing waits for you')

  const confirm = await dana.open(`/runs/${id}`)
  expect(readPage(confirm.body).text).toContain('Approved by ada@company.example')
  await approve(dana, await dana.press(confirm, 'Sync 4 campaigns'))
  expect(await until(dana, id)).toMatchObject({ state: 'done', sent: 4 })
})

test('the audit trail has who said yes to what', async () => {
  const entries = []
  for await (const { who, action, about } of app.context.audit?.newestFirst() ?? [])
    if (action.startsWith('approval.')) entries.push({ who, action, about })
  const starter = 'dana@company.example'
  expect(entries).toEqual([
    {
      who: 'ada@company.example',
      action: 'approval.approve',
      about: { run: expect.any(String), hash: expect.stringMatching(/^[\w-]{43}$/), starter },
    },
  ])
})

test('a yes to what has changed since is none', async () => {
  const dana = await signedIn(DANA)
  const { id } = await startRun(dana, { all: '1', unchanged: '1' })
  const ada = await signedIn(ADA)
  const waiting = await ada.open('/approvals')
  const isApprove = ({ name }: { name: string }) => name.startsWith('Approve ')
  const file = scene.setup.environment.CAMPAIGNS ?? ''
  const before = readFileSync(file, 'utf8')
  writeFileSync(file, before.replace('Spring launch', 'Spring launch, dearer'))
  const changed = () => expect(app.context.campaigns.get('C1')?.name).toMatch(/dearer$/)
  await vi.waitFor(changed, { timeout: 10_000, interval: 50 })
  const refused = await ada.click(waiting, isApprove)
  expect([refused.status, readPage(refused.body).heading]).toEqual([
    409,
    'It has changed since you saw it',
  ])
  // It is put before them anew, as it is now.
  expect((await dana.post(`/runs/${id}/start`, {})).status).toBe(409)
  const anew = await ada.open('/approvals')
  expect(readPage(anew.body).text).toContain('dana@company.example wants')
  expect((await ada.click(anew, isApprove)).status).toBe(200)
  expect(await until(dana, id, 'draft')).toMatchObject({ state: 'draft' })
})

test('a yes is none either to what changes while access is asked for', async () => {
  const dana = await signedIn({ ...DANA, sub: 'dana without access' })
  const { id } = await startRun(dana, { all: '1', unchanged: '1' })
  const ada = await signedIn(ADA)
  const { hash } = JSON.parse((await app.context.store.hGetAll('approvals'))[id] ?? '')
  await ada.post(`/approvals/${id}`, { hash, decision: 'approve' })
  const pressed = await dana.press(await dana.open(`/runs/${id}`), 'Sync 4 campaigns')
  const back = await toCallback(dana, await toVendorFrom(dana, pressed))
  const file = scene.setup.environment.CAMPAIGNS ?? ''
  writeFileSync(file, readFileSync(file, 'utf8').replace('Webinar EMEA', 'Webinar EMEA, dearer'))
  const changed = () => expect(app.context.campaigns.get('C2')?.name).toMatch(/dearer$/)
  await vi.waitFor(changed, { timeout: 10_000, interval: 50 })
  const pushed = scene.vendor.at('api').length
  await dana.follow(back)
  expect(await until(dana, id, 'paused')).toMatchObject({ state: 'paused', sent: 0 })
  expect(scene.vendor.at('api')).toHaveLength(pushed)
  expect((await dana.post(`/runs/${id}/start`, {})).status).toBe(409)
})

test('a yes that a no overtakes is none', async () => {
  const dana = await signedIn({ ...DANA, sub: 'dana who is refused' })
  const { id } = await startRun(dana, { all: '1', unchanged: '1' })
  const ada = await signedIn(ADA)
  const { store } = app.context
  const { hash } = JSON.parse((await store.hGetAll('approvals'))[id] ?? '')
  const decide = (decision: string) => ada.post(`/approvals/${id}`, { hash, decision })
  const { hMGet } = store
  let reads = 0
  store.hMGet = async (key, fields) => {
    const found = await hMGet(key, fields)
    if (key === 'approvals') reads += 1
    if (reads !== 2) return found // the second is the last before the yes is written
    store.hMGet = hMGet
    expect((await decide('refuse')).status).toBe(303)
    return found
  }
  const yes = await decide('approve')
  expect([yes.status, readPage(yes.body).heading]).toEqual([409, 'It has changed since you saw it'])
  expect(await store.hGetAll('approvals')).not.toHaveProperty(id)
})

test('a small one does not wait; a script is told where the yes is given', async () => {
  const sam = await signedIn(SAM)
  const { id } = await startRun(sam, { id: 'C3' })
  expect(await until(sam, id)).toMatchObject({ state: 'done' })
  const json = { accept: 'application/json' }
  const made = await sam.post('/runs', { all: '1', unchanged: '1' }, json)
  const started = await sam.post(`/runs/${JSON.parse(made.body).id}/start`, {}, json)
  expect([started.status, JSON.parse(started.body)]).toEqual([
    409,
    expect.objectContaining({ code: 'E-APPROVAL', url: `${app.url}/approvals` }),
  ])
})

test('a campaign that alone is above the limit is pushed by no press, only by a run that waits', async () => {
  const sam = await signedIn(SAM)
  await sync(sam, 'C3')
  const pressed = await sam.press(
    await sam.open('/campaigns/C3'),
    ({ post }) => post === '/campaigns/C3/sync',
  )
  const done = await sam.follow(pressed)
  const file = scene.setup.environment.CAMPAIGNS ?? ''
  const all: { id: string }[] = JSON.parse(readFileSync(file, 'utf8'))
  const dearer = all.map((one) => (one.id === 'C3' ? { ...one, budget: 13_001 } : one))
  const page = await sam.open('/campaigns/C3')
  writeFileSync(file, JSON.stringify(dearer))
  const changed = () => expect(app.context.campaigns.get('C3')?.budget).toBe(13_001)
  await vi.waitFor(changed, { timeout: 10_000, interval: 50 })
  const pushed = scene.vendor.at('api').length
  expect(done.status).toBe(200)
  const { token } = JSON.parse((await sam.post('/tokens', '{"name":"script"}', JSON_CALLER)).body)
  const headers = { ...JSON_CALLER, authorization: `Bearer ${token}` }
  const scripts = await scene.visitor(app.url).post('/campaigns/C3/sync', '{}', headers)
  expect([scripts.status, JSON.parse(scripts.body)]).toEqual([
    409,
    expect.objectContaining({ code: 'E-APPROVAL', detail: expect.stringContaining('Make a run') }),
  ])
  const refused = await sam.press(page, ({ post }) => post === '/campaigns/C3/sync')
  expect([refused.status, readPage(refused.body).heading]).toEqual([
    409,
    'An approver has to say yes first',
  ])
  const made = await sam.click(refused, 'Make a run of it')
  const id = made.url.pathname.split('/').at(-1) ?? ''
  expect((await sam.post(`/runs/${id}/start`, {})).status).toBe(409)
  expect(scene.vendor.at('api')).toHaveLength(pushed)
  const ada = await signedIn(ADA)
  const isYes = ({ name, post }: { name: string; post?: string | undefined }) =>
    name.startsWith('Approve ') && post === `/approvals/${id}`
  await ada.click(await ada.open('/approvals'), isYes)
  await sam.follow(await sam.press(await sam.open(`/runs/${id}`), 'Sync 1 campaign'))
  expect(await until(sam, id)).toMatchObject({ state: 'done', sent: 1 })
})
