// A campaign that leaves the file while its press is under way: the press is told how it ended, and claims nothing else.
import { describe, expect, test } from 'vitest'
import { type Intent, newIntent } from '../../src/sync/intent.ts'
import { bannerOf } from '../../src/web/page/sync-messages.ts'
import { readPage } from '../support/browser/page.ts'
import { pressSync, sync, told, toVendor, toVendorFrom } from '../support/scene/authorization.ts'
import { remove } from '../support/scene/edit.ts'
import { scenes } from '../support/scene/scene.ts'
import { JSON_CALLER, neededOf, press, standingOf } from '../support/scene/script.ts'
import { LOST_FOR_GOOD } from '../support/vendor/lost.ts'

const REMOVED = 'It is no longer in the campaign file.'

describe('removed', () => {
  const { begin } = scenes('embedded')

  test('a script is told how its push ended, again for the same key, and of an earlier press', async () => {
    const { person: script, app, vendor, setup } = await begin()
    await sync(script, 'C1')
    const first = JSON.parse((await press(script, 'C1', 'first')).body)
    const gate = vendor.gate('api', 'after')
    const pushing = press(script, 'C1', 'second')
    await gate.arrived
    await remove(setup, 'C1', [app])
    gate.release()
    const synced = {
      campaign: 'C1',
      vendor: 'fake',
      status: 'Synced',
      text: `C1 synced. ${REMOVED}`,
    }
    for (const visit of [await pushing, await press(script, 'C1', 'second')]) {
      expect(visit.status).toBe(200)
      expect(JSON.parse(visit.body)).toMatchObject(synced)
    }
    const earlier = await script.get(`/intents/${first.intent}`, JSON_CALLER)
    expect(JSON.parse(earlier.body)).toMatchObject({ ...synced, intent: first.intent })
    expect(vendor.effects('C1')).toBe(3)
    expect((await press(script, 'C1', 'third')).status).toBe(404)
    expect((await press(script, 'C9', 'second')).status).toBe(404)
  })

  test('a person is told on the list, also by an address of the press', async () => {
    const { person, app, vendor, setup } = await begin()
    await sync(person, 'C1')
    const gate = vendor.gate('api', 'after')
    const pushing = pressSync(person, 'C1')
    await gate.arrived
    await remove(setup, 'C1', [app])
    gate.release()
    const page = await person.follow(await pushing)
    expect([page.status, page.url.pathname, told(page)]).toEqual([
      200,
      '/campaigns',
      `C1 synced. ${REMOVED}`,
    ])
    await sync(person, 'C2')
    const { intent } = JSON.parse((await press(person, 'C2', 'another-press')).body)
    await remove(setup, 'C2', [app])
    expect(told(await person.open(`/intents/${intent}`))).toBe(`C2 synced. ${REMOVED}`)
    expect(told(await person.open(`/campaigns/C2/sync?intent=${intent}`))).toBe(
      `C2 synced. ${REMOVED}`,
    )
  })

  test('a person who has just come back from the vendor is told that nothing was sent', async () => {
    const { person, app, vendor, setup } = await begin()
    const door = await toVendor(person, 'C1')
    const back = await person.follow(door, (next) => next.pathname.endsWith('/sync'))
    await remove(setup, 'C1', [app])
    const page = await person.follow(back)
    expect([page.url.pathname, told(page)]).toEqual(['/campaigns', `C1 was not sent. ${REMOVED}`])
    expect(vendor.effects('C1')).toBe(0)
  })

  test('where an answer was lost nobody says that nothing was sent, or offers what cannot be done', async () => {
    const { person, app, vendor, setup } = await begin()
    await sync(person, 'C1')
    vendor.script('api', LOST_FOR_GOOD)
    const { intent } = JSON.parse((await press(person, 'C1', 'lost')).body)
    await remove(setup, 'C1', [app])
    const page = await person.open(`/intents/${intent}`)
    expect(told(page)).toMatch(/^We don’t know whether Fake Ads got C1.* It is no longer in the/)
    expect(readPage(page.body).banner?.actions).toEqual([])
  })

  test('while its push is under way a script is told in word and status that nobody knows its end', async () => {
    const { person: script, app, vendor, setup } = await begin()
    await sync(script, 'C1')
    const gate = vendor.gate('api', 'after')
    const pushing = press(script, 'C1', 'second')
    await gate.arrived
    await remove(setup, 'C1', [app])
    const now = JSON.parse((await press(script, 'C1', 'second')).body)
    gate.release()
    await pushing
    const text = `We don’t know whether Fake Ads got C1. ${REMOVED}`
    expect(now).toMatchObject({ status: 'Unknown', text })
  })

  test('whoever approves for a script is told that nothing waits, and the script that nothing was sent', async () => {
    const { person, app, vendor, setup, visitor } = await begin()
    const script = visitor(app.url)
    const needed = neededOf(await press(script, 'C1', 'of-a-script'))
    const asked = await person.open(needed.url)
    const door = await toVendorFrom(person, await person.press(asked, 'Approve at Fake Ads'))
    await remove(setup, 'C1', [app])
    const page = await person.follow(door)
    expect([page.status, readPage(page.body).heading]).toEqual([
      410,
      'Nothing waits for this approval any more',
    ])
    const text = `C1 was not sent. ${REMOVED}`
    expect(await standingOf(script, needed)).toMatchObject({ status: 'Not synced', text })
    expect(vendor.effects('C1')).toBe(0)
  })
})

describe('the words', () => {
  const wish = newIntent('owner', { vendor: 'Fake Ads', campaign: 'C1', referrer: '/' }, 'press')
  const textOf = (intent: Intent) => bannerOf(intent, undefined, undefined).text
  const about = { at: 0, status: 422, message: 'No budget', retryAt: 3_600_000 }

  test.each([
    ['failed', 'Fake Ads did not accept C1: No budget.'],
    ['forbidden', 'Fake Ads says this access may not change C1: No budget.'],
    ['limited', 'Fake Ads asked us to slow down; C1 was not synced.'],
    ['unavailable', 'Fake Ads is not answering properly; C1 was not synced.'],
    ['unreachable', 'Fake Ads is not answering; C1 was not sent.'],
    ['busy', 'Another push of C1 was under way; this one was not sent.'],
    ['partly', 'Only a part of C1 is at Fake Ads: No budget.'],
    ['denied', 'You cancelled at Fake Ads; C1 was not synced.'],
  ] as const)('%s: nothing is said to wait, or to do, that is no longer here', (kind, text) => {
    const intent: Intent = { ...wish, state: 'settled', result: { ...about, kind } }
    expect(textOf(intent)).toBe(`${text} ${REMOVED}`)
  })

  test.each(['limited', 'unavailable'] as const)(
    '%s after a lost answer: nobody is told when to try again',
    (because) => {
      const result = { ...about, kind: 'unknown', because } as const
      const text = textOf({ ...wish, state: 'unconfirmed', result })
      expect(text).toMatch(/^We don’t know whether Fake Ads got C1: /)
      expect(text).not.toContain('Try again')
    },
  )

  test.each<[string, Intent]>([
    ['joined a push under way', { ...wish, state: 'requested' }],
    ['is being sent', { ...wish, state: 'sending', uncertain: false, approved: false }],
    [
      'was refused where an answer had been lost before',
      { ...wish, state: 'awaitingAccess', uncertain: true, result: { kind: 'refused', at: 0 } },
    ],
  ])('of a press that %s nobody says that nothing was sent', (_, intent) => {
    expect(textOf(intent)).toMatch(/^We don’t know whether Fake Ads got C1\. /)
  })
})
