// When nobody can say whether the vendor got it: sent, failed and unknown. Row 30 of BEHAVIOURS.md.
import { describe, expect, test } from 'vitest'
import { readPage } from '../support/browser/page.ts'
import { sync, told } from '../support/scene/authorization.ts'
import { ENGINES, scenes } from '../support/scene/scene.ts'
import type { FileChange } from '../support/vendor/fake-vendor-file.ts'
import { LOST, LOST_FOR_GOOD, laterKeys, WITHOUT_KEY } from '../support/vendor/lost.ts'
import type { Step } from '../support/vendor/misbehave.ts'

const UNKNOWN = 'We don’t know whether Fake Ads got Spring launch.'

describe.each(ENGINES)('on the %s store', { concurrent: true }, (engine) => {
  const { begin } = scenes(engine)

  async function connected(file: FileChange = {}) {
    const scene = await begin({ file })
    await sync(scene.person, 'C2')
    return scene
  }

  test('row 30: unknown is said, kept, and settled by the next click with the same key', async () => {
    const { person, vendor } = await connected()
    vendor.always('api', LOST)
    const end = await sync(person, 'C1')
    expect(readPage(end.body).banner).toMatchObject({
      tone: 'warn',
      text: UNKNOWN,
      actions: ['Check and sync again', 'Send as a new push'],
    })
    expect((await person.open('/campaigns')).body).toContain('Unknown')
    vendor.always('api', {})
    expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
    const keys = vendor.at('api', 'C1').map(({ headers }) => headers['idempotency-key'])
    expect(new Set(keys).size).toBe(1)
    expect(vendor.effects('C1')).toBe(1)
  })

  test('row 30: without a key unknown is asked about and never repeated by itself', async () => {
    const { person, vendor } = await connected(WITHOUT_KEY)
    vendor.script('api', [LOST])
    const end = await sync(person, 'C1')
    expect(told(end)).toBe(UNKNOWN)
    expect(told(await sync(person, 'C1'))).toBe(UNKNOWN)
    expect(told(await sync(person, 'C1', { page: '/campaigns' }))).toBe(UNKNOWN)
    expect([vendor.at('api', 'C1').length, vendor.effects('C1')]).toEqual([1, 1])
    const again = await person.click(await sync(person, 'C1'), 'Check and sync again')
    expect(told(again)).toContain('Spring launch synced.')
    expect([vendor.at('api', 'C1').length, vendor.effects('C1')]).toEqual([2, 2]) // the person said so
    expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
  })

  test('row 30: without a key a 500 is not repeated either', async () => {
    const { person, vendor } = await connected(WITHOUT_KEY)
    vendor.script('api', [{ status: 500 }])
    await sync(person, 'C1')
    expect(told(await sync(person, 'C1'))).toBe(
      'We don’t know whether Fake Ads got Spring launch: it answered with an error of its own.',
    )
    expect(vendor.at('api', 'C1')).toHaveLength(1)
  })

  test('row 30: unknown survives the end of access: the key is the same after the approval', async () => {
    const { person, vendor } = await connected()
    await sync(person, 'C1')
    vendor.script('api', LOST_FOR_GOOD)
    expect(told(await sync(person, 'C1'))).toBe(UNKNOWN)
    vendor.revokeAll()
    expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
    const keys = laterKeys(vendor)
    expect(keys).toHaveLength(5)
    expect(new Set(keys).size).toBe(1)
    expect(vendor.effects('C1')).toBe(2)
  })
})

describe('lost answers, failures and waiting', { concurrent: true }, () => {
  const { begin } = scenes('embedded')

  test.each<[string, Step]>([
    ['lost', LOST],
    ['cut off', { cut: 10 }],
    ['half a JSON', { body: '{"id": "fake-', apply: true }],
    ['a web page', { status: 200, body: '<h1>Proxy</h1>', apply: true }],
    ['a 500 after all', { status: 500, apply: true }],
    ['a 503 before anything', { status: 503 }],
  ])(
    'row 30: an answer that is %s is asked for again with the same key, and applied once',
    async (_, step) => {
      const { person, vendor } = await begin()
      vendor.script('api', [step])
      expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
      expect(vendor.effects('C1')).toBe(1)
      const keys = vendor.at('api', 'C1').map(({ headers }) => headers['idempotency-key'])
      expect(keys).toHaveLength(2)
      expect(keys[0]).toBe(keys[1])
    },
  )

  test('a refusal is told in the vendor’s words, escaped, and the next click is another push', async () => {
    const { person, vendor } = await begin()
    const message = '<script>alert(1)</script>'
    vendor.script('api', [{ status: 422, body: { error: { message } } }])
    const end = await sync(person, 'C1')
    expect(readPage(end.body).banner).toMatchObject({
      tone: 'bad',
      text: expect.stringContaining('did not accept'),
    })
    expect(end.body).toContain('&lt;script&gt;')
    expect(end.body).not.toContain(message)
    expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
    const keys = vendor.at('api', 'C1').map(({ headers }) => headers['idempotency-key'])
    expect(new Set(keys).size).toBe(2)
  })

  test('a vendor that asks to slow down is left alone for as long as it says', async () => {
    const { person, vendor } = await begin()
    vendor.script('api', [{ status: 429, headers: { 'retry-after': '30' } }])
    const end = await sync(person, 'C1')
    expect(told(end)).toMatch(/asked us to slow down\. Try again at /)
    expect(told(await person.click(end, 'Try again'))).toContain('slow down')
    expect(vendor.at('api')).toHaveLength(1)
  })

  test('a vendor that is not there got nothing, and Try again finishes the click', async () => {
    const { person, vendor } = await begin({ file: { api: { baseUrl: 'http://127.0.0.1:9' } } })
    const end = await sync(person, 'C1')
    expect(told(end)).toContain(
      'Fake Ads is not answering. Nothing was sent; Spring launch is waiting.',
    )
    expect(told(await person.click(end, 'Try again'))).toContain('not answering')
    expect(vendor.effects('C1')).toBe(0)
  })
})
