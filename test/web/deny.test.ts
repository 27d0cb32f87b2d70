// "No" at the vendor is a choice: row 13 of BEHAVIOURS.md.
import { describe, expect, test } from 'vitest'
import { readPage, withoutDetail } from '../support/browser/page.ts'
import { onward, sync, toCallback, told, toVendor } from '../support/scene/authorization.ts'
import { keysOf } from '../support/scene/cases.ts'
import { ENGINES, scenes } from '../support/scene/scene.ts'

const NO = { back: { code: null, error: 'access_denied', error_description: 'The person said no' } }

describe.each(ENGINES)('on the %s store', (engine) => {
  const { begin } = scenes(engine)

  async function denied(page = '/campaigns?page=2') {
    const scene = await begin()
    scene.vendor.script('authorize', [NO])
    return { ...scene, end: await sync(scene.person, 'C1', { page }) }
  }

  test('row 13: the person is back where they were, in neutral words, and nothing was synced', async () => {
    const { vendor, end } = await denied()
    expect(end.url.pathname + end.url.search).toBe('/campaigns?page=2')
    expect(readPage(end.body).banner).toEqual({
      tone: 'neutral',
      text: 'You cancelled at Fake Ads. Nothing was synced; Spring launch is waiting.',
      actions: ['Try again', 'Drop it'],
    })
    expect(end.body).not.toContain('The person said no')
    expect(vendor.at('token')).toHaveLength(0)
    expect(vendor.effects('C1')).toBe(0)
  })

  test('row 13: Try again goes on with the same intent and comes back synced', async () => {
    const { person, vendor, end, dump } = await denied()
    const intents = async () => keysOf(await dump(), 'intent:').map(({ key }) => key)
    const before = await intents()
    const again = await onward(person, await person.click(end, 'Try again'))
    expect(again.url.pathname + again.url.search).toBe('/campaigns?page=2')
    expect(told(again)).toContain('Spring launch synced.')
    expect(vendor.effects('C1')).toBe(1)
    expect(await intents()).toEqual(before)
    expect(vendor.at('api')[0]?.headers['idempotency-key']).toBe(before[0]?.split(':').at(-1))
  })

  test('row 13: to say no a second time is no trouble either', async () => {
    const { person, vendor, end } = await denied()
    vendor.script('authorize', [NO])
    const again = await onward(person, await person.click(end, 'Try again'))
    expect(told(again)).toContain('You cancelled at Fake Ads.')
    expect(told(await onward(person, await person.click(again, 'Try again')))).toContain('synced.')
    expect(vendor.effects('C1')).toBe(1)
  })

  test('row 13: Drop it forgets the intent, and the next Sync is a new one', async () => {
    const { person, vendor, end, dump } = await denied()
    const dropped = await person.click(end, 'Drop it')
    expect(dropped.url.pathname + dropped.url.search).toBe('/campaigns?page=2')
    expect(readPage(dropped.body).banner).toBeUndefined()
    expect(keysOf(await dump(), 'intent:')).toEqual([])
    expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
    expect(vendor.effects('C1')).toBe(1)
  })

  test('row 13: Sync in place of Try again is as good', async () => {
    const { person, vendor } = await denied()
    expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
    expect(vendor.effects('C1')).toBe(1)
  })
})

describe('other answers than yes', () => {
  const { begin } = scenes('embedded')

  test.each(['consent_required', 'user_denied', 'user_cancelled_login'])(
    '%s is a no, too',
    async (error) => {
      const { person, vendor } = await begin()
      vendor.script('authorize', [{ back: { code: null, error } }])
      expect(told(await sync(person, 'C1'))).toContain('You cancelled at Fake Ads.')
    },
  )

  test.each([
    ['server_error', 502, 'Fake Ads could not finish the approval'],
    ['temporarily_unavailable', 502, 'Fake Ads could not finish the approval'],
    ['unauthorized_client', 502, 'Campaign Sync is set up wrongly for Fake Ads'],
    ['<script>alert(1)</script>', 502, 'Fake Ads could not finish the approval'],
  ])('%s is told as the vendor’s trouble, with a way to go on', async (error, status, heading) => {
    const { person, vendor } = await begin()
    vendor.script('authorize', [{ back: { code: null, error, error_description: '<b>SCAM</b>' } }])
    const end = await sync(person, 'C1')
    expect({ status: end.status, heading: readPage(end.body).heading }).toEqual({ status, heading })
    const ours = withoutDetail(end.body)
    expect(ours).not.toMatch(/SCAM|alert\(1\)/)
    expect(end.body).not.toMatch(/<b>|<script>/)
    const again = await onward(person, await person.click(end, 'Try again'))
    expect(told(again)).toContain('Spring launch synced.')
    expect(vendor.effects('C1')).toBe(1)
  })

  test('a person who walks away from the vendor can come back to the very same sync later', async () => {
    const { person, vendor } = await begin()
    await toVendor(person, 'C1')
    const later = await toCallback(person, await toVendor(person, 'C1'))
    expect(told(await person.follow(later))).toContain('Spring launch synced.')
    expect(vendor.effects('C1')).toBe(1)
  })
})
