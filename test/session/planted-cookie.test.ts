// A cookie that somebody planted before the first access: what they began with it reaches nothing of the victim's.
import { describe, expect, test } from 'vitest'
import type { Visit, Visitor } from '../support/browser/http-visitor.ts'
import { readPage, withoutChoices } from '../support/browser/page.ts'
import { onward, sync, toCallback, told, toVendor } from '../support/scene/authorization.ts'
import { openCallback, tokensIn } from '../support/scene/callbacks.ts'
import { keysOf } from '../support/scene/cases.ts'
import { ENGINES, type SceneOptions, scenes } from '../support/scene/scene.ts'

const LINK = { 'sec-fetch-site': 'cross-site', referer: 'https://evil.test/' }
const NAMELESS = { file: { api: { account: undefined } } }

describe.each(ENGINES)('on the %s store', (engine) => {
  const { begin } = scenes(engine)

  /** An attacker who has pressed Sync on C2 and approved it as himself, and whose cookie the victim then has. */
  async function planted(options: SceneOptions = {}) {
    const scene = await begin(options)
    const { app, visitor } = scene
    const [attacker, victim] = [visitor(app.url), visitor(app.url)]
    const callback = await openCallback(attacker, 'C2')
    victim.jar.take(new URL(app.url), [`campaign-sync=${cookieOf(attacker)}; Path=/`])
    return { ...scene, attacker, victim, callback }
  }

  test.each([
    ['with any code', { code: 'any' }],
    ['without a code', { code: null }],
    ['with a denial', { code: null, error: 'access_denied' }],
  ])('the state of an approval that the victim gave is worth nothing %s', async (_, change) => {
    const { attacker, victim, app, vendor } = await planted()
    const door = await toVendor(attacker, 'C1')
    const back = await toCallback(victim, door)
    expect(told(await victim.follow(back))).toContain('Spring launch synced.')
    const old = cookieOf(attacker)
    const url = new URL(back.next)
    for (const [name, value] of Object.entries<string | null>(change)) {
      if (value === null) url.searchParams.delete(name)
      else url.searchParams.set(name, value)
    }
    const end = await attacker.get(url.href)
    expect([end.status, cookieOf(attacker)]).toEqual([400, old])
    expect((await attacker.open('/connections')).body).not.toContain('Connected')
    await attacker.follow(await attacker.post('/campaigns/C3/sync', { vendor: 'fake' }))
    expect([vendor.effects('C3'), app.logs().includes('session.unavailable')]).toEqual([0, false])
  })

  test('a copy of the callback, which has its code, is handed the new session for seconds', async () => {
    const { victim, app, dump } = await planted()
    const { url, works } = await openCallback(victim, 'C1')
    const cookie = victim.jar.header(new URL(app.url)) ?? ''
    await works()
    const session = victim.sessionIds().at(-1)
    const copy = await victim.get(url.href, { cookie })
    expect([copy.status, victim.sessionIds().at(-1)]).toEqual([303, session])
    const records = keysOf(await dump(), 'retired:')
    expect(records.map(({ leftMs = 1e9 }) => leftMs < 16_000)).toEqual([true])
  })

  test('the attacker’s own approved callback files nothing under the victim’s session', async () => {
    const { attacker, victim, vendor, callback, dump } = await planted()
    expect(told(await sync(victim, 'C1'))).toContain('Spring launch synced.')
    for (const _ of Array.from({ length: 3 })) {
      const end = await attacker.follow(callback.tab)
      expect([end.status, readPage(end.body).heading]).toEqual([400, 'One moment'])
    }
    expect(campaignsOf(tokensIn(await dump()))).toEqual(['C1'])
    expect([vendor.at('token').length, vendor.effects('C2')]).toEqual([1, 0])
  })

  test('what the victim approves after the attacker’s own first access is not filed under the attacker', async () => {
    const { attacker, victim, vendor, callback, dump } = await planted()
    const approved = await openCallback(victim, 'C1')
    await callback.works('Webinar EMEA')
    expect((await victim.follow(approved.tab)).status).toBe(400)
    expect(campaignsOf(tokensIn(await dump()))).toEqual(['C2'])
    expect(withoutChoices((await attacker.open('/connections')).body)).not.toContain(
      'Spring launch',
    )
    expect([vendor.at('token').length, vendor.effects('C1')]).toEqual([1, 0])
    expect(told(await sync(victim, 'C1'))).toContain('Spring launch synced.')
  })

  test('a link to what the attacker pressed is explained first, and pushes nothing', async () => {
    const { attacker, victim, vendor } = await planted()
    const pressed = attacker.visits.find(({ url }) => url.searchParams.has('intent'))
    const intent = pressed?.url.searchParams.get('intent')
    await sync(victim, 'C1')
    const links = [
      `/connect/fake/C2?intent=${intent}`,
      `/connect/fake/C2?intent=${intent}&continue=1`,
      `/campaigns/C2/sync?intent=${intent}`,
    ]
    for (const link of links) {
      const opened = await openLink(victim, link)
      expect([opened.status, readPage(opened.body).heading]).toEqual([200, 'Connect to Fake Ads'])
    }
    expect([vendor.at('authorize').length, vendor.effects('C2')]).toEqual([2, 0])
  })

  test('where no account is named, a link to the attacker’s approval is explained and not used', async () => {
    const { victim, vendor, callback, dump } = await planted(NAMELESS)
    await sync(victim, 'C1')
    const opened = await openLink(victim, callback.url.href)
    expect(readPage(opened.body).heading).toBe('Connect to Fake Ads')
    expect(campaignsOf(tokensIn(await dump()))).toEqual(['C1'])
    expect(vendor.at('token')).toHaveLength(1)
    expect(told(await onward(victim, opened))).toContain('Webinar EMEA synced.')
    const codes = vendor.at('token').map(({ body }) => new URLSearchParams(body).get('code'))
    expect(codes).not.toContain(callback.code)
  })

  test('a second tab of the same person, sent before the first one’s answer came, goes on with it', async () => {
    const { person, vendor } = await begin()
    const [first, second] = [await openCallback(person, 'C1'), await openCallback(person, 'C2')]
    const account = vendor.gate('me')
    const one = person.follow(first.tab)
    await account.arrived
    const early = await person.follow(second.tab)
    expect([early.headers.refresh, readPage(early.body).heading]).toEqual(['2', 'One moment'])
    account.release()
    expect(told(await one)).toContain('Spring launch synced.')
    await second.works('Webinar EMEA')
    expect(vendor.at('token')).toHaveLength(2)
  })

  test('a browser opens that page again by itself, and ends with the second tab synced', async () => {
    const { person, vendor } = await begin()
    const [first, second] = [await openCallback(person, 'C1'), await openCallback(person, 'C2')]
    const account = vendor.gate('me')
    const one = person.follow(first.tab)
    await account.arrived
    const other = person.followThrough(second.tab)
    await expect.poll(() => person.visits.some(({ headers }) => headers.refresh)).toBe(true)
    account.release()
    expect(told(await one)).toContain('Spring launch synced.')
    expect(told(await other)).toContain('Webinar EMEA synced.')
  })

  test('a second tab without named accounts is explained once more and then goes on', async () => {
    const { person, vendor } = await begin(NAMELESS)
    const [first, second] = [await openCallback(person, 'C1'), await openCallback(person, 'C2')]
    await first.works()
    expect(told(await onward(person, await person.follow(second.tab)))).toContain(
      'Webinar EMEA synced.',
    )
    expect([vendor.effects('C1'), vendor.effects('C2')]).toEqual([1, 1])
  })
})

/** Opened by a link on another site: browsers call all requests of the chain cross-site then. */
async function openLink(visitor: Visitor, link: string): Promise<Visit> {
  let at = await visitor.get(link, LINK)
  for (let hops = 0; at.next && hops < 10; hops++) at = await visitor.get(at.next.href, LINK)
  return at
}

function cookieOf(visitor: Visitor): string {
  return visitor.jar.value('campaign-sync') ?? ''
}

function campaignsOf(keys: string[]): (string | undefined)[] {
  return keys.map((key) => key.split(':').at(-1)).sort()
}
