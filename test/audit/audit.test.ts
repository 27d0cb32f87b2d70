// The audit trail: what is on it, who sees it, and that nothing can be taken out, changed or made up without it showing.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createAudit } from '../../src/audit/audit.ts'
import { openStore } from '../../src/store/open.ts'
import { readPage } from '../support/browser/page.ts'
import { type AtCompany, startAtCompany } from '../support/identity/at-company.ts'
import { type Company, DANA, SAM } from '../support/identity/company.ts'
import { startRedisServer } from '../support/redis/redis-server.ts'
import { failWrites } from '../support/redis/store-faults.ts'
import { sync } from '../support/scene/authorization.ts'
import { ENGINES, setScene } from '../support/scene/scene.ts'

let at: AtCompany
let company: Company

beforeAll(async () => {
  at = await startAtCompany()
  ;({ company } = at)
})
afterAll(() => at.close())

const signedIn = (person: Company['state']['person']) => at.signedIn(person)

test('a press, its result and the sign-in are on it, for an administrator and nobody else', async () => {
  const sam = await signedIn(SAM)
  await sync(sam, 'C1')
  expect((await sam.get('/audit')).status).toBe(403)
  expect((await sam.get('/audit.jsonl')).status).toBe(403)
  const dana = await signedIn(DANA)
  const page = await dana.click(await dana.open('/campaigns'), 'Audit')
  expect(readPage(page.body).text).toMatch(/Nothing is missing or changed in entries 1 to \d+/)
  const lines = (await dana.get('/audit.jsonl')).body.trim().split('\n')
  const entries = lines.map((line) => JSON.parse(line)).reverse()
  expect(entries.map(({ who, action }) => `${who} ${action}`)).toEqual([
    'sam@company.example signin',
    'sam@company.example post',
    'sam@company.example access.granted',
    'sam@company.example sync.sent',
    'dana@company.example signin',
  ])
  expect(entries[1]).toMatchObject({
    about: { path: '/campaigns/C1/sync' },
    from: expect.stringMatching(/127.0.0.1$/),
  })
  expect(entries[2].about).toEqual({ vendor: 'fake', subject: 'campaign:C1' })
  expect(entries[3]).toMatchObject({ about: { campaign: 'C1', account: 'dana@fake' } })
  expect([entries[3].before, entries[3].after]).toEqual([undefined, expect.any(String)])
  const csv = (await dana.get('/audit.csv')).body.trim().split('\r\n')
  expect([csv.length, csv[0]?.startsWith('seq,at,who,from,action')]).toEqual([6, true])
})

test('a name that a spreadsheet would take for a formula is text there', async () => {
  const name = '=HYPERLINK("https://evil.test";A1)'
  await signedIn({ sub: 'mallory of the sheets', name, roles: ['viewer'] })
  const dana = await signedIn(DANA)
  const csv = (await dana.get('/audit.csv')).body
  expect(csv).toContain(`"'=HYPERLINK(""https://evil.test"";A1)"`)
  expect(readPage((await dana.open('/audit')).body).text).toContain(name)
})

test('nobody is signed in whom it does not take, and who floods it is stopped', async () => {
  const narrow = await setScene({ environment: { ...company.environment, RATE_LIMIT: '5' } })
  const limited = await narrow.startApp()
  const visitor = narrow.visitor(limited.url)
  const works = failWrites(limited, 'audit:')
  company.state.person = SAM
  expect((await visitor.open('/campaigns')).status).toBe(503)
  works()
  expect(visitor.sessionIds()).toEqual([])
  await visitor.open('/campaigns')
  const statuses: number[] = []
  // Twelve, as a minute may end between them, and the next has a count of its own.
  for (const _ of Array.from({ length: 12 }))
    statuses.push((await visitor.post('/none', {})).status)
  const taken = statuses.filter((status) => status === 404).length
  expect([statuses.slice(0, 5).includes(429), statuses.includes(429)]).toEqual([false, true])
  expect(await limited.context.audit?.verify()).toMatchObject({ entries: 1 + taken })
  await narrow.close()
})

test('without a sign-in and without the setting there is none', async () => {
  const plain = await setScene({})
  const { url } = await plain.startApp()
  const visitor = plain.visitor(url)
  expect((await visitor.get('/audit')).status).toBe(404)
  await plain.close()
})

test.each(ENGINES)('a gap shows, on the %s store', async (engine) => {
  const redis = engine === 'redis' ? await startRedisServer({}) : undefined
  const folder = mkdtempSync(join(tmpdir(), 'audit-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const store = await openStore(redis?.url, folder, () => {})
  const key = new Uint8Array(32).fill(7)
  const audits = [createAudit(store, [key], 30), createAudit(store, [key], 30)]
  const [audit] = audits
  if (!audit) throw new Error('no audit')
  const act = (name: string) => ({ who: name, action: 'post', about: { path: '/runs' } })
  // Two processes at once: none is lost, and they are in one chain.
  await Promise.all(
    Array.from({ length: 20 }, (_, index) => audits[index % 2]?.add(act(`${index}`))),
  )
  expect(await audit.verify()).toEqual({ entries: 20, first: 1, last: 20, brokenAt: undefined })

  const list = `audit:{audit}:${new Date().toISOString().slice(0, 10)}`
  const lines = (await store.lRange(list, 0, -1)).reverse()
  const head = (await store.get('audit:{audit}:head')) ?? ''
  const verdictOf = async (changed: string[], newHead = head) => {
    await store.del(list)
    for (const line of changed) await store.lPush(list, line)
    await store.set('audit:{audit}:head', newHead)
    return (await audit.verify()).brokenAt
  }
  expect(await verdictOf(lines.filter((_, index) => index !== 9))).toBe(11)
  const newest = async (most: number) => (await audit.newest(most)).verdict
  expect(await newest(10)).toEqual({ entries: 10, first: 11, last: 20, brokenAt: undefined })
  expect((await newest(11)).brokenAt).toBe(11)
  expect(
    await verdictOf(
      lines.map((line, index) => (index === 4 ? line.replace('"who":"', '"who":"x') : line)),
    ),
  ).toBe(5)
  expect(
    await verdictOf([...lines.slice(0, 3), lines[4] ?? '', lines[3] ?? '', ...lines.slice(5)]),
  ).toBe(5)
  expect(await verdictOf(lines.slice(0, 18))).toBe(19)
  expect((await newest(5)).brokenAt).toBe(19)
  expect(await verdictOf([])).toBe(1)
  // Made up with another key, head and all.
  const forged = createAudit(store, [new Uint8Array(32).fill(8)], 30)
  await verdictOf(lines)
  await forged.add(act('mallory'))
  expect((await audit.verify()).brokenAt).toBe(21)
  expect(await verdictOf(lines)).toBe(undefined)
  // A head that was taken away, and a chain begun anew behind it.
  await store.del('audit:{audit}:head')
  await audit.add(act('mallory'))
  expect((await newest(30)).brokenAt).toBe(1)
  expect((await audit.verify()).brokenAt).toBe(1)
  expect(await verdictOf(lines)).toBe(undefined)
  // A key that was rotated still proves its entries.
  const rotated = createAudit(store, [new Uint8Array(32).fill(9), key], 30)
  await rotated.add(act('after'))
  expect(await rotated.verify()).toMatchObject({ last: 21, brokenAt: undefined })
  await store.close()
  await redis?.stop()
})

test('older entries are on pages of their own, and a long trail is never in memory as a whole', async () => {
  const dana = await signedIn(DANA)
  const { audit, store } = at.app.context
  const acts = Array.from({ length: 1_234 }, (_, index) => ({
    who: `number ${index}`,
    action: 'post',
    about: { path: '/runs' },
  }))
  await audit?.add(...acts)
  const most = { read: 0 }
  const { lRange } = store
  store.lRange = async (...about: Parameters<typeof lRange>) => {
    const lines = await lRange.apply(store, about)
    if (about[0].startsWith('audit:')) most.read = Math.max(most.read, lines.length)
    return lines
  }
  const seen: number[] = []
  let path: string | undefined = '/audit'
  for (let pages = 0; path !== undefined && pages < 20; pages++) {
    const { body } = await dana.get(path, { accept: 'application/json' })
    const { verdict, entries, older } = JSON.parse(body)
    expect(verdict?.brokenAt).toBe(undefined)
    expect(verdict === undefined).toBe(pages > 0)
    seen.push(...entries.map(({ seq }: { seq: number }) => seq))
    path = older
  }
  store.lRange = lRange
  expect(seen).toEqual(Array.from({ length: seen.length }, (_, index) => seen.length - index))
  expect(seen.length).toBeGreaterThan(1_234)
  expect(most.read).toBeLessThanOrEqual(500)
  const first = await dana.open('/audit')
  expect(readPage(first.body).text).toContain(
    `Nothing is missing or changed in entries ${(seen.length - 199).toLocaleString('en')} to`,
  )
  const checked = await dana.click(first, 'Check all that is kept')
  expect(readPage(checked.body).text).toContain(`Nothing is missing or changed in entries 1 to`)
  const page = await dana.click(checked, 'Older entries')
  expect(readPage(page.body).text).toContain('number 10')
  expect((await dana.open('/audit?before=x')).status).toBe(200)
})
