// The same press again: by a script, by Back, in between other presses, and with whatever value it names itself.
import { describe, expect, test, vi } from 'vitest'
import type { Visitor } from '../support/browser/http-visitor.ts'
import { readPage } from '../support/browser/page.ts'
import {
  pressSync,
  sync,
  syncButton,
  toCallback,
  told,
  toVendor,
  toVendorFrom,
} from '../support/scene/authorization.ts'
import { ENGINES, scenes } from '../support/scene/scene.ts'
import type { FileChange } from '../support/vendor/fake-vendor-file.ts'
import { KINDS, WITHOUT_KEY } from '../support/vendor/lost.ts'

const DONE = 'Spring launch synced.'

describe.each(ENGINES)('on the %s store', { concurrent: true }, (engine) => {
  const { begin } = scenes(engine)

  /** A person with access for C1, who has synced it once. */
  async function connected(file: FileChange = {}) {
    const scene = await begin({ file })
    await sync(scene.person, 'C1')
    return scene
  }

  test('a done press sent again after another press is told as done, and pushes nothing', async () => {
    const { person, vendor } = await connected()
    const page = await person.open('/campaigns/C1')
    await person.click(page, syncButton('C1'))
    await sync(person, 'C1')
    for (let times = 0; times < 2; times++)
      expect(told(await person.click(page, syncButton('C1')))).toBe(DONE)
    expect([vendor.effects('C1'), vendor.at('api', 'C1').length]).toEqual([3, 3])
  })

  test.each([
    ['was dropped', '/campaigns/C1/sync/drop'],
    ['has ended', '/campaigns/C1/sync'],
  ])('a GET on the way back sends nothing of an intent that %s meanwhile', async (_, path) => {
    const { person, vendor } = await begin()
    const callback = await toCallback(person, await toVendor(person, 'C1'))
    const { next } = await person.get(callback.next.href)
    vendor.script('api', [{ status: 403 }])
    await person.post(path, { intent: next?.searchParams.get('intent') ?? '' })
    const sent = vendor.at('api', 'C1').length
    await person.open(next?.href ?? '')
    expect(vendor.at('api', 'C1')).toHaveLength(sent)
    expect(vendor.effects('C1')).toBe(0)
  })

  test('so it is while the other press is under way, and at once', async () => {
    const { person, vendor } = await connected()
    const page = await person.open('/campaigns/C1')
    await person.click(page, syncButton('C1'))
    const other = await person.open('/campaigns/C1')
    const push = vendor.gate('api')
    const under = person.click(other, syncButton('C1'))
    await push.arrived
    const again = await person.press(page, syncButton('C1'))
    expect(again.ms).toBeLessThan(1_000)
    expect(told(await person.follow(again))).toBe(DONE)
    push.release()
    expect(told(await under)).toBe(DONE)
    expect(vendor.effects('C1')).toBe(3)
  })

  test('a press that joined another is done with it: sent again it pushes nothing', async () => {
    const { person, vendor } = await connected()
    const pages = [await person.open('/campaigns/C1'), await person.open('/campaigns/C1')]
    const push = vendor.gate('api')
    const ends = pages.map((page) => person.click(page, syncButton('C1')))
    await push.arrived
    await new Promise((resolve) => setTimeout(resolve, 300))
    push.release()
    for (const end of await Promise.all(ends)) expect(told(end)).toBe(DONE)
    for (const page of pages) expect(told(await person.click(page, syncButton('C1')))).toBe(DONE)
    expect(vendor.effects('C1')).toBe(2)
  })

  test.each<[string, string]>([
    ['order-1', 'order-1'],
    ['one letter', 'x'],
    ['65 characters', 'k'.repeat(65)],
    ['255 characters', '~'.repeat(255)],
  ])('a press named %s is one press however often it is sent', async (_, click) => {
    const { person, vendor } = await connected()
    for (let times = 0; times < 3; times++) {
      const end = await person.follow(await person.post('/campaigns/C1/sync', { click }))
      expect(told(end)).toBe(DONE)
    }
    expect(vendor.effects('C1')).toBe(2)
    const header = { 'idempotency-key': click, accept: 'application/json' }
    const json = await person.post('/campaigns/C1/sync', '{}', header)
    expect(JSON.parse(json.body)).toMatchObject({ status: 'Synced', text: DONE })
    expect(vendor.effects('C1')).toBe(2)
  })

  test.each<[string, string]>([
    ['an umlaut', 'bestellung-ä'],
    ['nothing', ''],
    ['a space', 'order 1'],
    ['256 characters', 'k'.repeat(256)],
    ['a line break', 'a\nb'],
  ])('a press named by %s is refused, and nothing is sent', async (_, click) => {
    const { person, vendor } = await connected()
    const refused = await person.post('/campaigns/C1/sync', { click })
    expect(refused.status).toBe(400)
    expect(readPage(refused.body).actions.length).toBeGreaterThan(0)
    expect(vendor.effects('C1')).toBe(1)
  })

  test.each(KINDS)('two authorization requests for one press are one push, %s', async (_, file) => {
    const { person, vendor } = await begin({ file })
    const { first, second } = await twoRequests(person)
    expect(told(await person.follow(first))).toContain(DONE)
    expect(readPage((await person.follow(second)).body).text).toContain(DONE)
    expect(vendor.effects('C1')).toBe(1)
  })

  test.each(KINDS)(
    'a second callback while the first one’s push is under way joins it, %s',
    async (_, file) => {
      const { person, vendor } = await begin({ file })
      const { first, second } = await twoRequests(person)
      const push = vendor.gate('api')
      const ends = [person.follow(first)]
      await push.arrived
      ends.push(person.follow(second))
      await vi.waitFor(() => expect(vendor.at('token').length).toBe(2), {
        timeout: 5_000,
        interval: 10,
      })
      await new Promise((resolve) => setTimeout(resolve, 200))
      push.release()
      for (const end of await Promise.all(ends)) expect(readPage(end.body).text).toContain(DONE)
      expect(vendor.effects('C1')).toBe(1)
    },
  )

  test('a second callback that was denied says nothing false of a press that is done or under way', async () => {
    const { person, vendor } = await begin({ file: WITHOUT_KEY })
    const { first, second } = await twoRequests(person)
    const no = new URL(second.next)
    no.searchParams.delete('code')
    no.searchParams.set('error', 'access_denied')
    const push = vendor.gate('api')
    const under = person.follow(first)
    await push.arrived
    const denied = await person.open(no.href)
    expect(readPage(denied.body).text).not.toMatch(/Nothing was synced|is waiting/)
    push.release()
    expect(told(await under)).toContain(DONE)
    expect(vendor.effects('C1')).toBe(1)
    expect(readPage((await person.open('/campaigns/C1')).body).text).toMatch(
      /Fake Ads✓ Synced just now/,
    )
  })
})

/** One press, gone to the vendor twice (Back): both are back with a code, neither delivered. */
async function twoRequests(person: Visitor) {
  const pressed = await pressSync(person, 'C1')
  const first = await toCallback(person, await toVendorFrom(person, pressed))
  const second = await toCallback(person, await toVendorFrom(person, pressed))
  return { first, second }
}
