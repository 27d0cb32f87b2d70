// A run's items whose end is not known: a key belongs to one content, and uncertain stays uncertain. Row 30 of BEHAVIOURS.md, for runs.
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createRunAttempt } from '../../src/runs/attempt.ts'
import type { Run } from '../../src/runs/run.ts'
import type { RunStore } from '../../src/runs/run-store.ts'
import { StoreError } from '../../src/store/open.ts'
import type { TestApp } from '../support/app/app.ts'
import { approve, campaignFile, startRun, until } from '../support/app/runs.ts'
import type { Visitor } from '../support/browser/http-visitor.ts'
import { readPage } from '../support/browser/page.ts'
import { ENGINES, scenes } from '../support/scene/scene.ts'
import type { FakeVendor } from '../support/vendor/fake-vendor.ts'
import type { FileChange } from '../support/vendor/fake-vendor-file.ts'
import { LOST, LOST_FOR_GOOD } from '../support/vendor/lost.ts'
import type { Step } from '../support/vendor/misbehave.ts'

const NO: Step = { status: 422, body: { error: { message: 'Budget missing.' } } }
/** Access has ended: the second time the store is there again to be told so. */
const REFUSED_TWICE: Step[] = [{ status: 401 }, { status: 401 }]
const ONE_AT_A_TIME = { concurrency: 1 }
const WITHOUT_KEY = { api: { ...ONE_AT_A_TIME, push: { idempotencyHeader: undefined } } }

/** From now on the campaign file has this campaign under another name. */
function edit(app: TestApp, id: string, name: string): void {
  const { campaigns } = app.context
  const get = campaigns.get
  campaigns.get = (wanted) => {
    const found = get(wanted)
    return found && wanted === id ? { ...found, name } : found
  }
}

/** What was sent for this campaign: key and name, in order. */
function sent(vendor: FakeVendor, id: string): [string, string][] {
  return vendor
    .at('api', id)
    .map(({ headers, body }) => [String(headers['idempotency-key']), JSON.parse(body).name])
}

async function retry(person: Visitor, id: string, button: string) {
  await approve(person, await person.press(await person.open(`/runs/${id}`), button))
  return until(person, id)
}

describe.each(ENGINES)('an uncertain item on the %s store', { concurrent: true }, (engine) => {
  const { begin } = scenes(engine)
  const prepare = (count = 1, file: FileChange = { api: ONE_AT_A_TIME }) =>
    begin({ environment: campaignFile(count), file })

  test.each<[string, Step]>([
    ['a 4xx', NO],
    ['a 403', { status: 403 }],
    ['a 404', { status: 404 }],
  ])('a lost answer and then %s is unknown, and Retry doubles nothing', async (_name, last) => {
    const { person, vendor } = await prepare()
    vendor.script('api', [LOST, last])
    const { id } = await startRun(person)
    expect(await until(person, id)).toMatchObject({ state: 'done', unknown: 1, failed: 0 })
    expect(readPage((await person.open(`/runs/${id}`)).body).text).toContain(
      'We don’t know whether Fake Ads got Campaign r1: an answer was lost, and',
    )
    expect(await retry(person, id, 'Retry 1')).toMatchObject({ state: 'done', sent: 1 })
    expect(new Set(sent(vendor, 'r1').map(([key]) => key)).size).toBe(1)
    expect(vendor.effects('r1')).toBe(1)
  })

  test('answers of its own error, three times, are unknown', async () => {
    const { person, vendor } = await prepare()
    vendor.always('api', { status: 503 })
    const { id } = await startRun(person)
    expect(await until(person, id)).toMatchObject({ state: 'done', unknown: 1, failed: 0 })
  })

  test('a 429 after a lost answer is waited out, and a later no is still unknown', async () => {
    const { person, vendor } = await prepare()
    vendor.script('api', [LOST, { status: 429, headers: { 'retry-after': '1' } }, NO])
    const { id } = await startRun(person)
    expect(await until(person, id)).toMatchObject({ state: 'done', unknown: 1, failed: 0 })
  })

  test('edited since, it is settled with its old words, and then the new ones are sent', async () => {
    const { person, vendor, app } = await prepare()
    vendor.script('api', LOST_FOR_GOOD)
    const { id } = await startRun(person)
    expect(await until(person, id)).toMatchObject({ state: 'done', unknown: 1 })
    edit(app, 'r1', 'New words')
    expect(await retry(person, id, 'Retry 1')).toMatchObject({ state: 'done', sent: 1 })
    expect(sent(vendor, 'r1').slice(3)).toEqual([
      [`${id}-0`, 'Campaign r1'],
      [`${id}-0-2`, 'New words'],
    ])
    expect(vendor.effects('r1')).toBe(2)
  })

  test('edited since and still not known, the new words are not sent', async () => {
    const { person, vendor, app } = await prepare()
    vendor.script('api', [LOST, LOST, LOST, NO])
    const { id } = await startRun(person)
    await until(person, id)
    edit(app, 'r1', 'New words')
    expect(await retry(person, id, 'Retry 1')).toMatchObject({ state: 'done', unknown: 1 })
    expect(sent(vendor, 'r1').map(([, name]) => name)).not.toContain('New words')
  })

  test.each<[string, Step[], string[]]>([
    ['a lost answer', [LOST, ...REFUSED_TWICE], ['', '', '', '', '-2']],
    ['none', REFUSED_TWICE, ['', '', '-2']],
  ])('access ends after %s while the store is away: a key keeps its content', async (...at) => {
    const [, answers, keys] = at
    const { person, vendor, app } = await prepare()
    vendor.script('api', answers)
    const { drop } = app.context.tokens
    app.context.tokens.drop = async () => {
      app.context.tokens.drop = drop
      throw new StoreError('away')
    }
    const { id } = await startRun(person)
    expect(await until(person, id)).toMatchObject({ state: 'paused', left: 1 })
    edit(app, 'r1', 'New words')
    await approve(person, await person.post(`/runs/${id}/start`, {}))
    expect(await until(person, id)).toMatchObject({ state: 'done', sent: 1 })
    const names = keys.map((key) => (key === '' ? 'Campaign r1' : 'New words'))
    expect(sent(vendor, 'r1')).toEqual(keys.map((key, n) => [`${id}-0${key}`, names[n]]))
  })

  test('is sent as a new push when the person says so', async () => {
    const { person, vendor } = await prepare()
    vendor.always('api', { status: 500 })
    const { id } = await startRun(person)
    await until(person, id)
    vendor.always('api', {})
    expect(await retry(person, id, 'Send 1 as a new push')).toMatchObject({ sent: 1 })
    expect(sent(vendor, 'r1').at(-1)).toEqual([`${id}-0-2`, 'Campaign r1'])
  })

  test('without keys it is sent again only when the person says so', async () => {
    const { person, vendor } = await prepare(1, WITHOUT_KEY)
    vendor.script('api', [LOST])
    const { id } = await startRun(person)
    expect(await until(person, id)).toMatchObject({ state: 'done', unknown: 1 })
    await person.post(`/runs/${id}/retry`, {})
    expect(vendor.at('api')).toHaveLength(1)
    expect(await retry(person, id, 'Check and sync 1 again')).toMatchObject({ sent: 1 })
  })

  test('gone from the campaign file, it is not skipped but unknown', async () => {
    const { person, vendor, app } = await prepare()
    vendor.script('api', LOST_FOR_GOOD)
    const { id } = await startRun(person)
    await until(person, id)
    app.context.campaigns.get = () => undefined
    expect(await retry(person, id, 'Retry 1')).toMatchObject({ unknown: 1, skipped: 0 })
  })

  test('API-17: a plain no and a corrected campaign: Retry uses another key', async () => {
    const { person, vendor, app } = await prepare()
    vendor.script('api', [NO, NO])
    const { id } = await startRun(person)
    expect(await until(person, id)).toMatchObject({ failed: 1 })
    expect(await retry(person, id, 'Retry 1')).toMatchObject({ failed: 1 })
    edit(app, 'r1', 'With a budget')
    expect(await retry(person, id, 'Retry 1')).toMatchObject({ sent: 1 })
    expect(sent(vendor, 'r1')).toEqual([
      [`${id}-0`, 'Campaign r1'],
      [`${id}-0-2`, 'Campaign r1'],
      [`${id}-0-3`, 'With a budget'],
    ])
  })

  test('a runner that lost its run repeats nothing', async () => {
    const { person, vendor, app } = await prepare()
    vendor.script('api', [{ status: 503, headers: { 'retry-after': '3' } }])
    const { id } = await startRun(person)
    await vi.waitFor(() => expect(vendor.at('api')).toHaveLength(1), { interval: 10 })
    await app.context.store.hSet(`run:${id}`, 'fence', '99', 3600)
    await app.context.runs.close()
    expect(vendor.at('api')).toHaveLength(1)
  })
})

test('a runner may send for 2 s after its last sign of life that found the run its own', async () => {
  const runStore = { change: async () => true } as Partial<RunStore> as RunStore
  const attempt = createRunAttempt(
    {
      runStore,
      campaign: () => undefined,
      event: () => {},
      approvals: { read: async () => undefined },
      approveAbove: undefined,
    },
    { id: 'r', total: 0, fence: 1 } as Partial<Run> as Run,
    undefined,
    new AbortController().signal,
  )
  expect(attempt.mayStillSend()).toBe(true)
  const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 2_100)
  onTestFinished(() => clock.mockRestore())
  expect(attempt.mayStillSend()).toBe(false)
  await attempt.heartbeat()
  expect(attempt.mayStillSend()).toBe(true)
})
