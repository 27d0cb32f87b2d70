// Vendor API faults and idempotency: API cases. Whatever the API answers, a push takes effect once or the person is told.
import { describe, expect, test, vi } from 'vitest'
import { campaignFile, idsOf } from '../support/app/runs.ts'
import { readPage } from '../support/browser/page.ts'
import { onward, sync, syncButton, told } from '../support/scene/authorization.ts'
import { expectSync, keysOf, type Play, withApp } from '../support/scene/cases.ts'
import type { SceneOptions } from '../support/scene/scene.ts'
import type { Step } from '../support/vendor/misbehave.ts'

/** With access to C1 already, and one sync of it done. */
const connected = (play: (stage: Play) => Promise<void>, options: SceneOptions = {}) =>
  withApp(options, async (stage) => {
    await expectSync(stage.person, 'C1', 'Spring launch')
    await play(stage)
  })

const tokens = async ({ dump }: Play) => keysOf(await dump(), 'tok:').map(({ value }) => value)
const pushes = ({ vendor }: Play) => vendor.at('api', 'C1').length
const requests = ({ vendor }: Play) => vendor.at('authorize').length
const refusal = (sign: string | string[]): Step => ({
  status: 401,
  body: '',
  headers: { 'www-authenticate': sign },
})

describe('answers of the API', { concurrent: true, timeout: 40_000 }, () => {
  test(
    'API-01: a token the vendor took away costs one authorization, and the push is finished once',
    connected(async (play) => {
      play.vendor.script('api', [refusal('Bearer error="invalid_token"')])
      expect(told(await sync(play.person, 'C1'))).toContain('synced.')
      expect([requests(play), play.vendor.effects('C1')]).toEqual([2, 2])
    }),
  )

  test('API-02: every 401 is an ended access, whatever its header says or does not say', async () => {
    const headers = [
      'Basic realm=x',
      'Basic realm="x", Bearer error="invalid_token", error_description="a, \\"b\\" c"',
      'bearer error=invalid_token',
      ['Basic realm="x"', 'Bearer error="invalid_token"'],
      '=,"\\',
    ]
    const steps = [...headers.map(refusal), { status: 401, body: '' }]
    await Promise.all(
      steps.map((step) =>
        connected(async (play) => {
          play.vendor.script('api', [step])
          expect(told(await sync(play.person, 'C1'))).toContain('synced.')
          expect([requests(play), play.vendor.effects('C1')]).toEqual([2, 2])
        })(),
      ),
    )
  })

  test.each<[string, Step]>([
    [
      'API-03: a missing permission',
      {
        status: 403,
        headers: { 'www-authenticate': 'Bearer error="insufficient_scope"' },
        body: '',
      },
    ],
    ['API-04: a 403 of HTML or of nothing', { status: 403, body: '<h1>Forbidden</h1>' }],
  ])(
    '%s is told, with Renew access to press; the token stays and nobody is redirected',
    (_, step) =>
      connected(async (play) => {
        const before = await tokens(play)
        play.vendor.script('api', [step])
        const page = await sync(play.person, 'C1')
        expect(readPage(page.body).banner).toMatchObject({
          tone: 'bad',
          actions: ['Try again', 'Renew access'],
        })
        expect([requests(play), pushes(play)]).toEqual([1, 2])
        expect(await tokens(play)).toEqual(before)
      })(),
  )

  test(
    'API-05: 429 is told with the wait, and the vendor hears nothing until then',
    connected(async (play) => {
      play.vendor.script('api', [{ status: 429, headers: { 'retry-after': '2' }, body: '' }])
      const page = await sync(play.person, 'C1')
      expect(told(page)).toMatch(/asked us to slow down\. Try again at /)
      const { at = 0 } = play.vendor.at('api', 'C1').at(-1) ?? {}
      await vi.waitFor(
        async () => expect(told(await play.person.click(page, 'Try again'))).toContain('synced.'),
        {
          timeout: 15_000,
          interval: 100,
        },
      )
      expect((play.vendor.at('api', 'C1').at(-1)?.at ?? 0) - at).toBeGreaterThanOrEqual(2_000)
      expect([pushes(play), play.vendor.effects('C1')]).toEqual([3, 2])
    }),
  )

  test.each([429, 503])(
    'API-05: %s holds back every click on that campaign, not only Try again; after it they are one push',
    (status) =>
      connected(async (play) => {
        play.vendor.script('api', [{ status, headers: { 'retry-after': '3600' }, body: '' }])
        for (const page of ['/campaigns/C1', '/campaigns'])
          expect(told(await sync(play.person, 'C1', { page }))).toMatch(/Try again at /)
        expect(pushes(play)).toBe(2)
        for (const { key, value } of keysOf(await play.dump(), 'intent:'))
          await play.app.context.store.set(key, value.replace(/"retryAt":\d+/, '"retryAt":1'), {
            expiration: 'KEEPTTL',
          })
        expect(told(await sync(play.person, 'C1'))).toContain('synced.')
        const keys = play.vendor.at('api', 'C1').map(({ headers }) => headers['idempotency-key'])
        expect([new Set(keys.slice(1)).size, play.vendor.effects('C1')]).toEqual([1, 2])
      })(),
  )

  test('API-06: a Retry-After of any kind becomes a wait of at most an hour', async () => {
    const dates = [new Date(Date.now() + 5_000).toUTCString(), new Date(0).toUTCString()]
    const values = [...dates, '-5', 'abc', '999999999', '1.5', '', '0', '1e9']
    await Promise.all(
      values.map((value) =>
        connected(async (play) => {
          play.vendor.script('api', [{ status: 429, headers: { 'retry-after': value }, body: '' }])
          expect(told(await sync(play.person, 'C1'))).toMatch(/slow down\. Try again at /)
          const intents = keysOf(await play.dump(), 'intent:')
            .map(({ value }) => value)
            .join()
          const wait = Number(/"retryAt":(\d+)/.exec(intents)?.[1]) - Date.now()
          expect(wait).toBeGreaterThan(-5_000)
          expect(wait).toBeLessThanOrEqual(3_600_000)
        })(),
      ),
    )
  })

  test(
    'API-08: a 500 is tried again with the same key, three times in all; the token stays',
    connected(async (play) => {
      const before = await tokens(play)
      play.vendor.script('api', [{ status: 500, body: '' }])
      expect(told(await sync(play.person, 'C1'))).toContain('synced.')
      expect([pushes(play), play.vendor.effects('C1')]).toEqual([3, 2])
      play.vendor.always('api', { status: 503, body: '' })
      expect(told(await sync(play.person, 'C1'))).toContain('an error of its own')
      expect(pushes(play)).toBe(6)
      const times = play.vendor.at('api', 'C1').slice(-3)
      expect((times[2]?.at ?? 0) - (times[0]?.at ?? 0)).toBeGreaterThan(300)
      expect(await tokens(play)).toEqual(before)
    }),
  )

  test('API-09: a yes that is not whole is no yes; it is asked again with the same key', async () => {
    const raw = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"id":"fa'
    const steps: Step[] = [
      { cut: 5 },
      { raw, apply: true },
      { body: '{"id":', apply: true },
      { body: '<h1>ok</h1>', apply: true },
      { body: '', status: 200, apply: true },
      { body: { error: { message: 'no' } }, apply: true },
      { body: { success: false }, apply: true },
      { status: 207, body: { errors: ['no'] }, apply: true },
    ]
    await Promise.all(
      steps.map((step) =>
        connected(async (play) => {
          play.vendor.script('api', [step, step, step])
          expect(told(await sync(play.person, 'C1'))).toBe(
            'We don’t know whether Fake Ads got Spring launch.',
          )
          expect(told(await sync(play.person, 'C1'))).toContain('synced.')
          const keys = play.vendor
            .at('api', 'C1')
            .slice(1)
            .map(({ headers }) => headers['idempotency-key'])
          expect([keys.length, new Set(keys).size, play.vendor.effects('C1')]).toEqual([4, 1, 2])
        })(),
      ),
    )
  })

  test(
    'API-11: 409 is unknown, not a second push: the next click asks with the same key',
    connected(async (play) => {
      play.vendor.always('api', { status: 409, body: { error: { message: 'in progress' } } })
      expect(told(await sync(play.person, 'C1'))).toContain('We don’t know whether')
      play.vendor.always('api', {})
      expect(told(await sync(play.person, 'C1'))).toContain('synced.')
      const keys = play.vendor
        .at('api', 'C1')
        .slice(1)
        .map(({ headers }) => headers['idempotency-key'])
      expect([new Set(keys).size, play.vendor.effects('C1')]).toEqual([1, 2])
    }),
  )

  test('API-12: 404, 410, 400 and 422 are told in escaped words of the vendor, and not repeated', async () => {
    await Promise.all(
      [404, 410, 400, 422].map((status) =>
        connected(async (play) => {
          const before = await tokens(play)
          play.vendor.script('api', [
            { status, body: { error: { message: '<img src=x onerror=alert(1)>' } } },
          ])
          const page = await sync(play.person, 'C1')
          expect(told(page)).toContain('Fake Ads did not accept Spring launch')
          expect(page.body).not.toContain('<img src=x')
          expect([pushes(play), await tokens(play)]).toEqual([2, before])
        })(),
      ),
    )
  })

  test('API-14: a connection that breaks under a push costs nothing, and none is kept to break under the next', async () => {
    await connected(async (play) => {
      play.vendor.script('api', [{ reset: true, apply: false }])
      expect(told(await sync(play.person, 'C1'))).toContain('synced.')
      play.vendor.script('api', [{ reset: true, apply: true }])
      expect(told(await sync(play.person, 'C1'))).toContain('synced.')
      expect(play.vendor.effects('C1')).toBe(3)
    })()
  })

  test('API-16: 10 MB, endless and exploding answers are capped, and the app goes on', async () => {
    const steps: Step[] = [
      { body: Buffer.alloc(10_000_000, ' ') },
      { endless: true },
      { bomb: 100_000_000 },
    ]
    await Promise.all(
      steps.map((step) =>
        connected(async (play) => {
          play.vendor.script('api', [step, step, step])
          expect(told(await sync(play.person, 'C1'))).toContain('We don’t know whether')
          expect(told(await sync(play.person, 'C1'))).toContain('synced.')
          expect(play.vendor.effects('C1')).toBe(2)
        })(),
      ),
    )
  })

  test('API-22: ten clicks that were refused with the old token leave a new one alone', async () => {
    const ids = idsOf(10)
    const options = { file: { tokenPer: 'session' }, environment: campaignFile(10) }
    await withApp(options, async (play) => {
      const page = await play.person.open('/campaigns/r1')
      await onward(play.person, await play.person.click(page, 'Sync Campaign r1'))
      const held = ids.map(() =>
        play.vendor.gate('api', 'before', { status: 401, body: '', apply: false }),
      )
      const clicks = ids.map((id) => play.person.post(`/campaigns/${id}/sync`, {}))
      await Promise.all(held.map(({ arrived }) => arrived))
      await play.person.follow(await play.person.get('/connect/fake/r1'))
      const renewed = await tokens(play)
      for (const { release } of held) release()
      const ends = await Promise.all(clicks)
      expect(await tokens(play)).toEqual(renewed)
      for (const end of ends)
        expect(told(await onward(play.person, await play.person.follow(end)))).toContain('synced.')
      expect(ids.map(play.vendor.effects)).toEqual([2, ...Array(9).fill(1)])
    })()
  })
})

test('API-25: a vendor that is down gets a bounded number of calls, and is back by itself', async () => {
  await withApp({ file: { tokenPer: 'session' } }, async (play) => {
    const people = Array.from({ length: 12 }, () => play.visitor(play.app.url))
    await Promise.all(people.map((person) => sync(person, 'C2')))
    const pages = await Promise.all(people.map((person) => person.open('/campaigns/C1')))
    const before = play.vendor.requests.length
    play.vendor.always('api', { reset: true, apply: false })
    const clicks = pages.flatMap((page, index) =>
      Array.from({ length: 10 }, () => people[index]?.click(page, syncButton('C1'))),
    )
    const ends = await Promise.all(clicks)
    for (const end of ends) expect(end?.status).toBe(200)
    expect(play.vendor.requests.length - before).toBeLessThanOrEqual(12 * 3)
    const late = await Promise.all(people.map((person) => sync(person, 'C3')))
    for (const end of late) expect(told(end)).toMatch(/is not answering|don’t know/)
    expect(play.vendor.requests.length - before).toBeLessThanOrEqual(12 * 3 + 8)
    play.vendor.always('api', {})
    const back = async () =>
      expect(told(await sync(play.person, '701Qy00000Ky9PfIAJ'))).toContain('synced.')
    await vi.waitFor(back, { timeout: 10_000, interval: 200 })
  })()
})
