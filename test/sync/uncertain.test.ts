// A push that may have been applied: nothing false is said of it, it is not doubled, and there is a way out.
import { describe, expect, test } from 'vitest'
import type { Visit } from '../support/browser/http-visitor.ts'
import { readPage } from '../support/browser/page.ts'
import { onward, pressSync, sync, told, toVendorFrom } from '../support/scene/authorization.ts'
import { ENGINES, scenes } from '../support/scene/scene.ts'
import type { FileChange } from '../support/vendor/fake-vendor-file.ts'
import { LOST, LOST_FOR_GOOD, laterKeys, WITHOUT_KEY } from '../support/vendor/lost.ts'
import type { Step } from '../support/vendor/misbehave.ts'

const NO = { back: { code: null, error: 'access_denied' } }
const OPEN = 'We don’t know whether Fake Ads got Spring launch'

/** Sentences that claim to know more than anybody does. */
const CERTAIN = /did not accept|Nothing was s|may not change|is waiting|Correct it/

function expectUncertain(page: Visit): void {
  expect(page.status).toBe(200)
  const { text = '', actions = [] } = readPage(page.body).banner ?? {}
  expect(text).toContain(OPEN)
  expect(text).not.toMatch(CERTAIN)
  expect(actions).toContain('Check and sync again')
}

describe.each(ENGINES)('on the %s store', { concurrent: true }, (engine) => {
  const { begin } = scenes(engine)

  /** A person with access for C1, who has synced it once. */
  async function connected(file: FileChange = {}) {
    const scene = await begin({ file })
    await sync(scene.person, 'C1')
    return { ...scene, keys: () => [...new Set(laterKeys(scene.vendor))] }
  }

  test.each<[string, Step]>([
    ['422', { status: 422, body: { error: { message: 'already exists' } } }],
    ['404', { status: 404 }],
    ['400', { status: 400 }],
    ['412', { status: 412 }],
  ])(
    'a lost answer and then a %s is unknown, and the next press has the same key',
    async (_, no) => {
      const { person, vendor, keys } = await connected()
      vendor.script('api', [LOST, no])
      expectUncertain(await sync(person, 'C1'))
      expectUncertain(
        await person.open('/campaigns/C1').then(async () => {
          vendor.script('api', [no])
          return sync(person, 'C1')
        }),
      )
      expect(told(await sync(person, 'C1'))).toBe('Spring launch synced.')
      expect([vendor.effects('C1'), keys().length]).toEqual([2, 1])
    },
  )

  test.each([301, 302, 303, 307])(
    'a %i after the push was applied is unknown, and is not followed',
    async (status) => {
      const { person, vendor, keys } = await connected()
      const elsewhere = { location: `${vendor.url}/elsewhere` }
      vendor.always('api', { status, headers: elsewhere, apply: true })
      expectUncertain(await sync(person, 'C1'))
      vendor.always('api', {})
      expect(told(await sync(person, 'C1'))).toBe('Spring launch synced.')
      expect([vendor.effects('C1'), keys().length]).toEqual([2, 1])
      expect(vendor.requests.filter(({ endpoint }) => endpoint === 'elsewhere')).toEqual([])
    },
  )

  test.each([202, 206, 207])('a %i is no yes', async (status) => {
    const { person, vendor } = await connected()
    vendor.always('api', { status, body: { id: 'job-1' }, apply: true })
    expectUncertain(await sync(person, 'C1'))
    vendor.always('api', {})
    expect(told(await sync(person, 'C1'))).toBe('Spring launch synced.')
    expect(vendor.effects('C1')).toBe(2)
  })

  test.each<[string, Step]>([
    ['429s', { status: 429, headers: { 'retry-after': '0' } }],
    ['503s', { status: 503 }],
    ['broken connections', { reset: true }],
    ['403s', { status: 403 }],
    [
      '500s that say they did nothing',
      { status: 500, body: { error: { message: 'nothing done' } } },
    ],
  ])('a first try that was applied and lost, and then %s, is unknown', async (_, step) => {
    const { person, vendor, keys } = await connected()
    vendor.script('api', [LOST])
    vendor.always('api', step)
    expectUncertain(await sync(person, 'C1'))
    vendor.always('api', {})
    const end = await sync(person, 'C1')
    expect(told(end)).toBe('Spring launch synced.')
    expect([vendor.effects('C1'), keys().length]).toEqual([2, 1])
  })

  test('after a lost answer the vendor says when to come back: told, and nothing is sent before', async () => {
    const { person, vendor } = await connected()
    vendor.script('api', [LOST, { status: 429, headers: { 'retry-after': '60' } }])
    const end = await sync(person, 'C1')
    expectUncertain(end)
    expect(told(end)).toMatch(/asked us to slow down\. Try again at /)
    const sent = vendor.at('api').length
    expectUncertain(await sync(person, 'C1'))
    expectUncertain(await person.click(end, 'Check and sync again'))
    expectUncertain(await person.click(end, 'Send as a new push'))
    expect(vendor.at('api')).toHaveLength(sent)
  })

  test('a person who says no after an uncertain push is not told that nothing was synced', async () => {
    const { person, vendor, keys } = await connected()
    vendor.script('api', LOST_FOR_GOOD)
    const unknown = await sync(person, 'C1')
    vendor.revokeAll()
    vendor.script('authorize', [NO])
    const denied = await onward(person, await person.click(unknown, 'Check and sync again'))
    expect(readPage(denied.body).banner).toMatchObject({
      text: 'You cancelled at Fake Ads. We still don’t know whether it got Spring launch before.',
      actions: ['Try again'],
    })
    const dropped = await person.post('/campaigns/C1/sync/drop', intentFields(denied))
    expect(dropped.status).toBe(303)
    expect(told(await onward(person, await person.click(denied, 'Try again')))).toContain('synced.')
    expect([vendor.effects('C1'), keys().length]).toEqual([2, 1])
  })

  test.each([401, 403])(
    'an uncertain push and then a %i, also after access was granted anew, claims nothing',
    async (status) => {
      const { person, vendor, keys } = await connected()
      vendor.script('api', LOST_FOR_GOOD)
      await sync(person, 'C1')
      vendor.always('api', { status })
      expectUncertain(await sync(person, 'C1'))
      vendor.always('api', {})
      expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
      expect([vendor.effects('C1'), keys().length]).toEqual([2, 1])
    },
  )

  test('an answer lost before access ends is still open while the person is at the vendor', async () => {
    const { person, vendor } = await connected()
    vendor.script('api', [LOST, { status: 401 }])
    const door = await toVendorFrom(person, await pressSync(person, 'C1'))
    expect(door.next.pathname).toBe('/authorize')
    expect(vendor.effects('C1')).toBe(2)
    expect(told(await person.follow(door))).toContain('Spring launch synced.')
    expect(vendor.effects('C1')).toBe(2)
  })

  test('a vendor that keeps a 500 under its key is left by Send as a new push, once a form', async () => {
    const { person, vendor, keys } = await connected()
    const kept = new Set<unknown>()
    vendor.script('api', LOST_FOR_GOOD)
    const unknown = await sync(person, 'C1')
    for (const key of keys()) kept.add(key)
    vendor.decide('api', ({ headers }) =>
      kept.has(headers['idempotency-key']) ? { status: 500 } : {},
    )
    expectUncertain(await person.click(unknown, 'Check and sync again'))
    expectUncertain(await sync(person, 'C1'))
    expect(told(await person.click(unknown, 'Send as a new push'))).toBe('Spring launch synced.')
    expect(told(await person.click(unknown, 'Send as a new push'))).toBe('Spring launch synced.')
    expect([vendor.effects('C1'), keys().length]).toEqual([3, 2])
    expect(told(await sync(person, 'C1'))).toBe('Spring launch synced.')
    expect(vendor.effects('C1')).toBe(4)
  })

  test('the form that says "as a new push", sent twice, is one new push, also when its end is lost', async () => {
    for (const file of [{}, WITHOUT_KEY]) {
      const { person, vendor } = await connected(file)
      const label = file === WITHOUT_KEY ? 'Check and sync again' : 'Send as a new push'
      vendor.always('api', LOST)
      const unknown = await sync(person, 'C1')
      expectUncertain(await person.click(unknown, label))
      expect(vendor.effects('C1')).toBe(3)
      expectUncertain(await person.click(unknown, label))
      expect(vendor.effects('C1')).toBe(3)
      vendor.always('api', {})
    }
  })

  test('without keys a lost answer is asked about, and pressing Sync sends nothing', async () => {
    const { person, vendor } = await connected(WITHOUT_KEY)
    vendor.script('api', [LOST])
    expectUncertain(await sync(person, 'C1'))
    expectUncertain(await sync(person, 'C1'))
    vendor.revokeAll()
    expectUncertain(await sync(person, 'C1'))
    expect(vendor.effects('C1')).toBe(2)
  })
})

/** The fields of the button that names an intent. */
function intentFields(page: Visit): Record<string, string> {
  const { actions } = readPage(page.body)
  return actions.find(({ fields }) => fields.intent !== undefined)?.fields ?? {}
}

describe('what a 2xx says', { concurrent: true }, () => {
  const { begin } = scenes('embedded')

  test('a 201 with Location and an empty body is a yes', async () => {
    const { person, vendor } = await begin()
    const headers = { location: '/api/campaigns/C1', 'content-type': null }
    vendor.script('api', [{ status: 201, body: '', headers, apply: true }])
    expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
    expect(vendor.at('api')).toHaveLength(1)
  })

  test.each([
    '{"error":17}',
    '{"error":500}',
    '{"errors":3}',
    '{"success":"false"}',
    '{"success":0}',
    '{"ok":0}',
    'false',
    '"error"',
    '{"status":"failed"}',
    '{"status":"error"}',
    '{"error":1,"message":"no such account"}',
  ])('%s is no yes', async (body) => {
    const { person, vendor } = await begin()
    const headers = { 'content-type': 'application/json' }
    vendor.always('api', { body, headers, apply: true })
    expectUncertain(await sync(person, 'C1'))
    expect(readPage((await person.open('/campaigns/C1')).body).text).not.toContain('synced.')
  })

  test('an external id of 101 emoji, or of half a character, breaks no page', async () => {
    for (const id of [`"${'😀'.repeat(101)}"`, `"${'x'.repeat(99)}😀"`, '"\\ud83d"']) {
      const campaignUrl = 'https://ads.example/${externalId}'
      const { person, vendor } = await begin({ file: { api: { campaignUrl } } })
      const headers = { 'content-type': 'application/json' }
      vendor.script('api', [{ body: `{"id": ${id}}`, headers, apply: true }])
      expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
      expect((await person.open('/campaigns/C1')).status).toBe(200)
    }
  })

  test('an empty value in the path is no address: nothing is sent', async () => {
    const path = '/api/campaigns/${campaign.vendorId}'
    const { person, vendor } = await begin({ file: { api: { push: { path } } } })
    expect(told(await sync(person, 'C1'))).toMatch(/did not accept|cannot go/)
    expect(vendor.requests.filter(({ method }) => method === 'PUT')).toEqual([])
  })
})
