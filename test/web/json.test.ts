// Callers that are no browser window: JSON in, JSON out, and never a redirect to the vendor. Row 7 of BEHAVIOURS.md.
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Visit, Visitor } from '../support/browser/http-visitor.ts'
import { onward, sync, told } from '../support/scene/authorization.ts'
import { ENGINES, scenes } from '../support/scene/scene.ts'

const JSON_CALLER = {
  accept: 'application/json',
  'sec-fetch-dest': null,
  'sec-fetch-mode': null,
  'sec-fetch-site': null,
}
/** What `fetch('/…')` sends in a page of ours when nobody says otherwise. */
const FETCH = {
  accept: '*/*',
  'sec-fetch-dest': 'empty',
  'sec-fetch-mode': 'cors',
  'upgrade-insecure-requests': null,
}
const XHR = {
  ...FETCH,
  'sec-fetch-dest': null,
  'sec-fetch-mode': null,
  'x-requested-with': 'XMLHttpRequest',
}

const CALLERS: [string, Record<string, string | null>][] = [
  ['a fetch', FETCH],
  ['an XMLHttpRequest', XHR],
  ['a JSON caller', JSON_CALLER],
]

const problem = z.object({
  status: z.number(),
  title: z.string(),
  detail: z.string(),
  code: z.string(),
  url: z.string(),
})
const ended = z.object({
  campaign: z.string(),
  vendor: z.string(),
  intent: z.string(),
  status: z.string(),
  text: z.string(),
})

function problemOf(answer: Visit) {
  expect(answer.headers['content-type']).toContain('application/problem+json')
  return problem.parse(JSON.parse(answer.body))
}

function ask(caller: Visitor, id: string, key?: string): Promise<Visit> {
  return caller.post(`/campaigns/${id}/sync`, '{}', {
    ...JSON_CALLER,
    'idempotency-key': key ?? null,
    origin: null,
  })
}

describe.each(ENGINES)('on the %s store', (engine) => {
  const { begin } = scenes(engine)

  test('row 7: without access a JSON caller gets 409 and the URL to open, which finishes its sync', async () => {
    const { person, vendor } = await begin()
    const key = 'one-click-of-a-script'
    const answer = await ask(person, 'C1', key)
    expect(answer.status).toBe(409)
    const { url, code, status } = problemOf(answer)
    expect({ code, status }).toEqual({ code: 'E-AUTHORIZE', status: 409 })
    expect(vendor.requests).toEqual([])
    expect(told(await onward(person, await person.open(url)))).toContain('Spring launch synced.')
    const after = await ask(person, 'C1', key)
    expect(after.status).toBe(200)
    expect(ended.parse(JSON.parse(after.body))).toMatchObject({
      campaign: 'C1',
      vendor: 'fake',
      status: 'Synced',
    })
    expect(vendor.effects('C1')).toBe(1)
  })

  test('row 7: with access it gets the result, and its Idempotency-Key makes a repeat harmless', async () => {
    const { person, vendor } = await begin()
    await sync(person, 'C1')
    const answers = await Promise.all([1, 2, 3].map(() => ask(person, 'C1', 'the-same-key-0001')))
    for (const { status, body } of answers) {
      expect(status).toBe(200)
      expect(ended.parse(JSON.parse(body)).status).toBe('Synced')
    }
    expect(vendor.effects('C1')).toBe(2)
  })

  test.each(CALLERS)(
    'row 7: %s that presses Sync is never sent to the vendor',
    async (_, caller) => {
      const { person, vendor } = await begin()
      const pressed = await person.follow(await person.post('/campaigns/C1/sync', {}, caller))
      expect([401, 409]).toContain(pressed.status)
      expect(new URL(problemOf(pressed).url, pressed.url).pathname).toBe('/connect/fake/C1')
      expect(vendor.requests).toEqual([])
    },
  )

  test.each(CALLERS)(
    'row 7: %s that opens the connect route is never sent to the vendor',
    async (_, caller) => {
      const { person, vendor } = await begin()
      await sync(person, 'C2')
      const opened = await person.get('/connect/fake/C1', caller)
      expect([401, 409]).toContain(opened.status)
      expect(new URL(problemOf(opened).url, opened.url).pathname).toBe('/connect/fake/C1')
      expect(vendor.at('authorize')).toHaveLength(1)
    },
  )
})

describe('answers in JSON', () => {
  const { begin } = scenes('embedded')

  test('campaigns, one campaign with its log, and trouble as problem+json', async () => {
    const { person } = await begin()
    await sync(person, 'C1')
    const list = JSON.parse((await person.get('/campaigns', JSON_CALLER)).body)
    expect(list.campaigns).toHaveLength(4)
    const one = JSON.parse((await person.get('/campaigns/C1', JSON_CALLER)).body)
    expect(one.campaign.name).toBe('Spring launch')
    expect(one.vendors[0]).toMatchObject({ id: 'fake', status: 'Synced', externalId: 'fake-C1' })
    expect(one.vendors[0].history).toHaveLength(1)
    const missing = await person.get('/campaigns/C9', JSON_CALLER)
    expect([missing.status, JSON.parse(missing.body).code]).toEqual([404, 'E-NOT-FOUND'])
    expect(missing.headers['content-type']).toContain('application/problem+json')
  })

  test('a failed push is told with its status and words', async () => {
    const { person, vendor } = await begin()
    await sync(person, 'C1')
    vendor.script('api', [{ status: 422, body: { error: { message: 'No budget.' } } }])
    const answer = ended.parse(JSON.parse((await ask(person, 'C1')).body))
    expect(answer.status).toBe('Failed')
    expect(answer.text).toContain('Fake Ads did not accept Spring launch')
  })
})
