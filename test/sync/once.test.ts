// Applied once, whatever the person does: double click, reload, Back, and clicks while a push is under way.
import { describe, expect, test, vi } from 'vitest'
import type { Visit } from '../support/browser/http-visitor.ts'
import { readPage } from '../support/browser/page.ts'
import { failLog } from '../support/redis/store-faults.ts'
import {
  onward,
  pressSync,
  sync,
  syncButton,
  toCallback,
  told,
  toVendorFrom,
} from '../support/scene/authorization.ts'
import { ENGINES, scenes } from '../support/scene/scene.ts'

describe.each(ENGINES)('on the %s store', (engine) => {
  const { begin } = scenes(engine)

  /** A person with access, and a push of C1 that the vendor holds. */
  async function pushing() {
    const scene = await begin()
    const { person, vendor } = scene
    await sync(person, 'C1')
    const page = await person.open('/campaigns/C1')
    return { ...scene, page, push: vendor.gate('api') }
  }

  /** Releases the push when so many clicks have reached the push lock, and gives the pages they end on. */
  async function pressTogether(
    { app, push }: Awaited<ReturnType<typeof pushing>>,
    clicks: Promise<Visit>[],
  ) {
    const acquire = vi.spyOn(app.context.tokens, 'readCommand')
    await vi.waitFor(() => expect(acquire).toHaveBeenCalledTimes(clicks.length), { timeout: 5_000 })
    push.release()
    return Promise.all(clicks)
  }

  test('row 30: a double click is one push, and both copies end well', async () => {
    const scene = await pushing()
    const clicks = [1, 2].map(() => scene.person.click(scene.page, syncButton('C1')))
    for (const end of await pressTogether(scene, clicks))
      expect(readPage(end.body).text).toContain('Spring launch synced.')
    expect([scene.vendor.at('api').length, scene.vendor.effects('C1')]).toEqual([2, 2])
  })

  test('a log that takes nothing leaves it told and done: the reload of the press is not another push', async () => {
    const { app, person, vendor, page, push } = await pushing()
    failLog(app)
    push.release()
    for (const end of [
      await person.click(page, syncButton('C1')),
      await person.click(page, syncButton('C1')),
    ])
      expect(told(end)).toContain('Spring launch synced.')
    expect(vendor.effects('C1')).toBe(2)
    expect(app.logs()).toContain('sync.unlogged')
  })

  test('how it ended is in the log, also when the caller had gone', async () => {
    const { app, person, page, push, vendor } = await pushing()
    const cookie = person.jar.header(new URL(app.url)) ?? ''
    const gone = new AbortController()
    const { href } = new URL('/campaigns/C1/sync', page.url)
    const headers = { cookie, 'content-length': '0' }
    const left = fetch(href, { method: 'POST', headers, signal: gone.signal }).catch(() => 'gone')
    await vi.waitFor(() => expect(vendor.at('api').length).toBe(2))
    gone.abort()
    expect(await left).toBe('gone')
    await vi.waitFor(() => expect(app.logs()).toContain('"aborted":true'))
    push.release()
    await vi.waitFor(() => expect(app.logs()).toMatch(/"result":"sent","msg":"sync.ended"/))
  })

  test('row 30: so are clicks in two tabs at once, and those of a caller that names no click', async () => {
    const scene = await pushing()
    const { person, vendor, page } = scene
    const clicks = [
      person.click(page, syncButton('C1')),
      sync(person, 'C1', { page: '/campaigns' }),
      ...[1, 2].map(async () => person.follow(await person.post('/campaigns/C1/sync', {}))),
    ]
    for (const end of await pressTogether(scene, clicks)) expect(end.status).toBe(200)
    expect([vendor.at('api').length, vendor.effects('C1')]).toEqual([2, 2])
  })

  test('row 30: a double click without access is one intent, and one push whichever copy goes on', async () => {
    const { person, vendor } = await begin()
    await sync(person, 'C2')
    const page = await person.open('/campaigns/C1')
    const clicks = await Promise.all([1, 2].map(() => person.press(page, syncButton('C1'))))
    const [first, second] = clicks.map(({ next }) => next?.href)
    expect(first).toBe(second)
    const doors = await Promise.all(clicks.map((click) => toVendorFrom(person, click)))
    const tabs = await Promise.all(doors.map((door) => toCallback(person, door)))
    for (const tab of tabs)
      expect(readPage((await person.follow(tab)).body).text).toContain('Spring launch synced.')
    expect(vendor.effects('C1')).toBe(1)
  })

  test('row 30: reload and Back after the end push nothing again', async () => {
    const { person, vendor } = await begin()
    const page = await person.open('/campaigns/C1')
    await onward(person, await person.click(page, syncButton('C1')))
    const seen = person.visits.filter(({ url }) => /\/sync|\/callback/.test(url.pathname))
    const form = readPage(page.body).actions.find(syncButton('C1'))?.fields ?? {}
    const again = [
      await person.follow(await person.post('/campaigns/C1/sync', form)),
      ...(await Promise.all(seen.map(({ url }) => person.open(url.href)))),
    ]
    expect(again.map(({ status }) => status)).toEqual(again.map(() => 200))
    expect([vendor.at('api').length, vendor.effects('C1')]).toEqual([1, 1])
  })

  test('row 30: the next click on the reloaded page is another sync', async () => {
    const { person, vendor } = await begin()
    for (let clicks = 1; clicks <= 3; clicks++) {
      expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
      expect(vendor.effects('C1')).toBe(clicks)
    }
    const keys = vendor.at('api').map(({ headers }) => headers['idempotency-key'])
    expect(new Set(keys).size).toBe(3)
  })

  test('a click on another campaign does not wait for the first', async () => {
    const { person, vendor, page, push } = await pushing()
    const first = person.press(page, syncButton('C1'))
    await push.arrived
    expect(told(await sync(person, 'C2'))).toContain('Webinar EMEA synced.')
    push.release()
    expect(told(await person.follow(await first))).toContain('Spring launch synced.')
    expect([vendor.effects('C1'), vendor.effects('C2')]).toEqual([2, 1])
  })
})

describe('opening the sync page', () => {
  const { begin } = scenes('embedded')

  test('GET /campaigns/:id/sync never pushes, whatever its intent says', async () => {
    const { person, vendor, app, visitor } = await begin()
    const stranger = visitor(app.url)
    await sync(person, 'C1')
    const intent = person.visits.flatMap(({ url }) => url.searchParams.get('intent') ?? [])[0] ?? ''
    await sync(stranger, 'C2')
    for (const who of [person, stranger, visitor(app.url)]) {
      for (const query of [
        '',
        '?intent=',
        '?intent=0123456789abcdef',
        `?intent=${intent}`,
        '?intent=..%2f',
        '?push=1',
      ]) {
        for (const id of ['C1', 'C2']) {
          const page = await who.open(`/campaigns/${id}/sync${query}`)
          expect(page.status).toBe(200)
          await who.head(`/campaigns/${id}/sync${query}`)
        }
      }
    }
    expect([vendor.effects('C1'), vendor.effects('C2'), vendor.at('api').length]).toEqual([1, 1, 2])
    const asks = await person.open('/campaigns/C1/sync')
    expect(readPage(asks.body).heading).toBe('Sync Spring launch?')
    expect(told(await person.click(asks, syncButton('C1')))).toContain('Spring launch synced.')
    expect(vendor.effects('C1')).toBe(2)
  })

  test('a prefetch uses nothing up', async () => {
    const { person, vendor } = await begin()
    const door = await toVendorFrom(person, await pressSync(person, 'C1'))
    const tab = await toCallback(person, door)
    await person.get(tab.next.href, { 'sec-purpose': 'prefetch;prerender' })
    expect(vendor.at('token')).toHaveLength(0)
    expect(told(await person.follow(tab))).toContain('Spring launch synced.')
  })
})
