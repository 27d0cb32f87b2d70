// A script that lacks access is given a link, and whoever may approves in a browser of their own: once, in time, for that.
import { describe, expect, test, vi } from 'vitest'
import { StoreError } from '../../src/store/open.ts'
import { until } from '../support/app/runs.ts'
import { createVisitor, type Visit, type Visitor } from '../support/browser/http-visitor.ts'
import { readPage } from '../support/browser/page.ts'
import { failWrites } from '../support/redis/store-faults.ts'
import { sync, toCallback, toVendorFrom } from '../support/scene/authorization.ts'
import { tokensIn } from '../support/scene/callbacks.ts'
import { ENGINES, scenes } from '../support/scene/scene.ts'
import { JSON_CALLER, type Needed, neededOf, press, standingOf } from '../support/scene/script.ts'
import { keyAds, playWith, startStage } from '../support/vendor/stage.ts'

const APPROVE = 'Approve at Fake Ads'
const isYes = ({ name }: { name: string }) => name.startsWith('Yes, sync as')

const lastPage = (next: URL) => next.pathname.startsWith('/handover/')

const heading = (visit: Visit) => readPage(visit.body).heading
const textOf = (visit: Visit) => readPage(visit.body).text

describe.each(ENGINES)('on the %s store', (engine) => {
  const { begin } = scenes(engine)

  /** A script that was told to find a person, and a person who has never been here. */
  async function asked(options = {}) {
    const scene = await begin(options)
    const [script, other] = [scene.visitor(scene.app.url), scene.visitor(scene.app.url)]
    const needed = neededOf(await press(script, 'C1', 'one-click-of-a-script'))
    return { ...scene, script, other, needed }
  }

  test('anybody’s browser approves what a script asked for, and that very sync is finished, once', async () => {
    const { script, other, needed, vendor, dump } = await asked()
    const page = await other.open(needed.url)
    expect(heading(page)).toBe('Approve access to Fake Ads?')
    for (const part of ['Spring launch', 'Fake Ads', 'a script at', 'UTC'])
      expect(textOf(page)).toContain(part)
    const confirm = await other.click(page, APPROVE)
    expect(textOf(confirm)).toContain('Nothing has been sent yet')
    expect(vendor.effects('C1')).toBe(0)
    const end = await other.click(confirm, isYes)
    expect([heading(end), textOf(end)]).toEqual([
      'Approved',
      expect.stringContaining('Spring launch synced.'),
    ])
    expect(await standingOf(script, needed)).toMatchObject({ state: 'settled', status: 'Synced' })
    const again = await press(script, 'C1', 'one-click-of-a-script')
    expect([again.status, JSON.parse(again.body).status]).toEqual([200, 'Synced'])
    expect(vendor.effects('C1')).toBe(1)
    expect(tokensIn(await dump())).toHaveLength(1)
    expect((await other.open('/connections')).body).not.toContain('Connected as')
    expect((await press(script, 'C1', 'another-click-of-it')).status).toBe(200)
  })

  test('where access is for all campaigns, the question says so', async () => {
    const { other, needed } = await asked({ file: { tokenPer: 'session' } })
    expect(textOf(await other.open(needed.url))).toContain(
      'it may use your access at Fake Ads for this and for all it syncs there until the access ends',
    )
  })

  test('a browser that had access before is not asked twice', async () => {
    const { script, needed, person, vendor } = await asked()
    await sync(person, 'C2')
    const end = await person.click(await person.open(needed.url), APPROVE)
    expect(textOf(end)).toContain('Spring launch synced.')
    expect((await standingOf(script, needed)).result).toMatchObject({ kind: 'sent' })
    expect(vendor.effects('C1')).toBe(1)
  })

  test('a script that waits is told as soon as it is done', async () => {
    const { script, other, needed } = await asked()
    const told = standingOf(script, needed, '?wait=30')
    const confirm = await other.click(await other.open(needed.url), APPROVE)
    await other.click(confirm, isYes)
    expect(await told).toMatchObject({ state: 'settled', status: 'Synced' })
    expect((await standingOf(script, needed, '?wait=30')).status).toBe('Synced')
  })

  test('a process that dies after the approval has lost nothing: the script finishes it by looking', async () => {
    const { script, person, other, needed, vendor } = await asked()
    const confirm = await other.click(await other.open(needed.url), APPROVE)
    await other.press(confirm, isYes) // and the page after it never comes
    expect(vendor.effects('C1')).toBe(0)
    const looks = await Promise.all([1, 2, 3].map(() => standingOf(script, needed, '?wait=5')))
    expect(looks.map(({ status }) => status)).toEqual(['Synced', 'Synced', 'Synced'])
    await sync(person, 'C2')
    const next = neededOf(await press(script, 'C3'))
    await person.follow(await person.press(await person.open(next.url), APPROVE), lastPage)
    expect((await standingOf(script, next)).status).toBe('Synced')
    expect([vendor.effects('C1'), vendor.effects('C3')]).toEqual([1, 1])
  })

  test('what a process that died had begun is finished by whoever looks, once', async () => {
    const { app, script, other, needed, vendor } = await asked()
    const confirm = await other.click(await other.open(needed.url), APPROVE)
    const { path } = await other
      .press(confirm, isYes)
      .then(({ next }) => ({ path: next?.pathname }))
    const { store } = app.context
    const { stepIf } = store
    store.stepIf = async (guards, commands) => {
      if (vendor.effects('C1') > 0) throw new StoreError('away')
      return stepIf(guards, commands)
    }
    const end = await other.open(path ?? '')
    const again = readPage(end.body).actions.find(({ name }) => name === 'See how it ended')
    expect([end.status, heading(end), again?.href]).toEqual([
      503,
      'Sent, but not written down',
      path,
    ])
    expect((await standingOf(script, needed)).state).toBe('sending')
    store.stepIf = stepIf
    vi.useFakeTimers({ now: Date.now() + 5_000, toFake: ['Date'] })
    try {
      expect((await standingOf(script, needed)).status).toBe('Synced')
    } finally {
      vi.useRealTimers()
    }
    expect(textOf(await other.open(path ?? ''))).toContain('Spring launch synced.')
    expect(vendor.effects('C1')).toBe(1)
  })

  test('a run goes on by itself when somebody else has approved it', async () => {
    const { script, other, vendor } = await asked()
    const form = { ...JSON_CALLER, 'content-type': 'application/json' }
    const made = await script.post('/runs', JSON.stringify({ ids: ['C2', 'C3'] }), form)
    const { id } = JSON.parse(made.body)
    const needed = neededOf(await script.post(`/runs/${id}/start`, '{}', form))
    expect([needed.run, new URL(needed.statusUrl).pathname]).toEqual([id, `/runs/${id}`])
    const waits = script.get(`/runs/${id}?wait=30`, JSON_CALLER)
    const confirm = await other.click(await other.open(needed.url), APPROVE)
    expect(textOf(await other.click(confirm, isYes))).toContain('goes on')
    expect(JSON.parse((await waits).body).state).not.toBe('paused')
    expect((await until(script, id)).sent).toBe(2)
    expect([vendor.effects('C2'), vendor.effects('C3')]).toEqual([1, 1])
  })

  test('the link works once: opened, pressed or delivered again it says so, and nothing more is pushed', async () => {
    const { other, person, needed, vendor } = await asked()
    const page = await other.open(needed.url)
    const back = await toCallback(
      other,
      await toVendorFrom(other, await other.press(page, APPROVE)),
    )
    const confirm = await other.follow(back)
    const copy = await other.follow(back)
    expect([heading(copy), copy.status]).toEqual([heading(confirm), 200])
    await other.click(confirm, isYes)
    await other.click(confirm, isYes)
    for (const visitor of [other, person]) {
      const late = await visitor.open(needed.url)
      expect([late.status, heading(late)]).toEqual([410, 'This was approved already'])
      expect((await visitor.click(page, APPROVE)).status).toBe(410)
    }
    expect([vendor.effects('C1'), vendor.at('token').length]).toEqual([1, 1])
  })

  test('a link that was begun in one browser is nobody else’s any more', async () => {
    const { other, person, needed, vendor } = await asked()
    const page = await person.open(needed.url)
    const mine = await other.follow(await other.press(await other.open(needed.url), APPROVE))
    for (const visit of [await person.open(needed.url), await person.click(page, APPROVE)])
      expect([visit.status, heading(visit)]).toEqual([403, 'Somebody else is approving this'])
    expect((await person.open(mine.url.href)).status).toBe(404)
    await other.click(mine, isYes)
    expect(vendor.effects('C1')).toBe(1)
  })

  test('of many links those that are being approved stay, and with as many of these there is no further one', async () => {
    const { app, script, other, needed, vendor } = await asked()
    const door = await toVendorFrom(other, await other.press(await other.open(needed.url), APPROVE))
    const again = () => press(script, 'C1', 'one-click-of-a-script')
    const others: Needed[] = []
    for (let links = 0; links < 20; links++) others.push(neededOf(await again()))
    expect((await other.open(others[0]?.url ?? '')).status).toBe(404)
    for (const { url } of others.slice(1)) {
      const { handovers } = app.context
      const found = await handovers.find(new URL(url).searchParams.get('handover') ?? '')
      if (found) await handovers.change(found, { state: 'begun', by: 'somebody' })
    }
    const refused = await again()
    expect([refused.status, refused.headers['retry-after'], JSON.parse(refused.body)]).toEqual([
      429,
      '60',
      expect.objectContaining({ code: 'E-TOO-MANY' }),
    ])
    const confirm = await other.follow(await toCallback(other, door))
    expect(textOf(await other.click(confirm, isYes))).toContain('Spring launch synced.')
    expect(vendor.effects('C1')).toBe(1)
  })

  test('many links asked for at once are no more than twenty that open', async () => {
    const { app, script, other } = await asked({ environment: { RATE_LIMIT: '0' } })
    const keys = Array.from({ length: 60 }, (_, index) => `one-of-many-at-once-${index}`)
    const visits = await Promise.all(keys.map((key) => press(script, 'C1', key)))
    const secrets = visits.map((one) => new URL(neededOf(one).url).searchParams.get('handover'))
    const { handovers } = app.context
    const open = (await Promise.all(secrets.map((one) => handovers.find(one ?? '')))).filter(
      Boolean,
    )
    expect(open.length).toBe(20)
    const last = neededOf(await press(script, 'C1', 'the-last-one'))
    expect((await other.open(last.url)).status).toBe(200)
  })

  test('a link that is too old, cut off, or made up says so and approves nothing', async () => {
    const { app, other, needed, vendor } = await asked()
    const secret = new URL(needed.url).searchParams.get('handover') ?? ''
    const page = await other.open(needed.url)
    for (const url of [needed.url.slice(0, -1), needed.url.replace(secret, 'x'.repeat(43))]) {
      const opened = await other.open(url)
      expect([opened.status, heading(opened)]).toEqual([404, 'This link leads nowhere'])
    }
    const found = await app.context.handovers.find(secret)
    if (found) await app.context.handovers.change(found, { at: Date.now() - 16 * 60_000 })
    const late = [await other.open(needed.url), await other.click(page, APPROVE)]
    expect(late.map(heading)).toEqual(['This link is too old', 'This link is too old'])
    expect(late.map(({ status }) => status)).toEqual([410, 410])
    expect(vendor.requests).toEqual([])
  })

  test('who says no, here or at the vendor, is heard by the script; at the vendor they may try again', async () => {
    const { script, other, person, needed, vendor } = await asked()
    vendor.script('authorize', [{ back: { code: null, error: 'access_denied' } }])
    const denied = await other.click(await other.open(needed.url), APPROVE)
    expect(heading(denied)).toBe('Not approved')
    expect((await standingOf(script, needed, '?wait=30')).result?.kind).toBe('denied')
    const confirm = await other.click(denied, 'Try again')
    const refused = await other.click(confirm, 'No, give the access back')
    expect([heading(refused), vendor.at('revoke').length]).toEqual(['Refused', 1])
    const next = neededOf(await press(script, 'C1', 'one-click-of-a-script'))
    expect(heading(await person.click(await person.open(next.url), 'Refuse'))).toBe('Refused')
    expect((await standingOf(script, next)).result?.kind).toBe('denied')
    expect(heading(await person.open(next.url))).toBe('This was refused already')
    expect(vendor.effects('C1')).toBe(0)
  })

  test('another account than the script used before is asked about', async () => {
    const { script, other, person, needed, vendor } = await asked()
    await finish(other, needed)
    await sync(person, 'C2')
    const next = neededOf(await press(script, 'C2'))
    vendor.script('me', [{ body: { id: 'sam', name: 'sam@fake' } }])
    const asks = await person.click(await person.open(next.url), APPROVE)
    expect(textOf(asks)).toMatch(/as sam@fake\. Earlier syncs of this script used/)
    expect((await standingOf(script, next)).state).toBe('awaitingAccess')
    await person.click(asks, isYes)
    expect((await standingOf(script, next)).result).toMatchObject({ kind: 'sent', by: 'sam@fake' })
  })

  test('who would rather try again gives back what they have approved', async () => {
    const { other, needed, vendor } = await asked()
    const confirm = await other.click(await other.open(needed.url), APPROVE)
    const { post = '' } = readPage(confirm.body).actions.find(isYes) ?? {}
    const { next } = await other.post(post, { choice: 'again' })
    expect([next?.pathname, vendor.at('revoke').length]).toEqual(['/authorize', 1])
    const end = await other.follow(await other.get(next?.href ?? ''))
    expect([textOf(end).includes('Spring launch synced.'), vendor.effects('C1')]).toEqual([true, 1])
  })

  test('two links for one press, approved at the same time, push it once', async () => {
    const { script, other, person, needed, vendor } = await asked()
    const second = neededOf(await press(script, 'C1', 'one-click-of-a-script'))
    const confirms = await Promise.all([
      other.click(await other.open(needed.url), APPROVE),
      person.click(await person.open(second.url), APPROVE),
    ])
    await Promise.all(
      [other, person].map((one, index) => one.click(confirms[index] as Visit, isYes)),
    )
    expect(vendor.effects('C1')).toBe(1)
  })
})

describe('access that cannot be stored is given back', () => {
  const { begin } = scenes('embedded')

  test.each(['sess:', 'held:', 'handover:'])(
    'at the callback, when %s… cannot be written',
    async (keys) => {
      const { app, visitor, vendor } = await begin()
      const [script, other] = [visitor(app.url), visitor(app.url)]
      const needed = neededOf(await press(script, 'C1'))
      const asks = await other.press(await other.open(needed.url), APPROVE)
      const back = await toCallback(other, await toVendorFrom(other, asks))
      const works = failWrites(app, keys)
      const end = await other.follow(back)
      works()
      expect([end.status, heading(end)]).toEqual([503, 'Syncing is not possible right now'])
      expect([vendor.at('token').length, vendor.at('revoke').length]).toEqual([1, 1])
    },
  )

  test('when it is less than was asked for', async () => {
    const { app, visitor, vendor, dump } = await begin({
      file: { authorize: { scopes: ['campaigns:write', 'campaigns:read'] } },
    })
    const [script, other] = [visitor(app.url), visitor(app.url)]
    const needed = neededOf(await press(script, 'C1'))
    vendor.script('token', [{ members: { scope: 'campaigns:read' } }])
    const end = await other.click(await other.open(needed.url), APPROVE)
    expect(end.status).toBeGreaterThanOrEqual(400)
    expect([vendor.at('token').length, vendor.at('revoke').length]).toEqual([1, 1])
    expect(tokensIn(await dump())).toEqual([])
  })

  test('when the same person refuses in another tab meanwhile', async () => {
    const { app, visitor, vendor } = await begin()
    const [script, other] = [visitor(app.url), visitor(app.url)]
    const needed = neededOf(await press(script, 'C1'))
    const page = await other.open(needed.url)
    const back = await toCallback(
      other,
      await toVendorFrom(other, await other.press(page, APPROVE)),
    )
    const exchange = vendor.gate('token')
    const ends = other.follow(back)
    await exchange.arrived
    expect(heading(await other.click(page, 'Refuse'))).toBe('Refused')
    exchange.release()
    const end = await ends
    expect([end.status, heading(end)]).toEqual([410, 'This was refused already'])
    expect(vendor.at('revoke')).toHaveLength(1)
    expect((await standingOf(script, needed)).result?.kind).toBe('denied')
  })

  test('after the confirmation', async () => {
    const { app, visitor, vendor } = await begin()
    const [script, other] = [visitor(app.url), visitor(app.url)]
    const needed = neededOf(await press(script, 'C1'))
    const asks = await other.click(await other.open(needed.url), APPROVE)
    const works = failWrites(app, 'tok:')
    expect((await other.click(asks, isYes)).status).toBe(503)
    works()
    expect(vendor.at('revoke')).toHaveLength(1)
    const again = await other.click(await other.open(asks.url.href), 'Try again')
    expect(textOf(again)).toContain('Spring launch synced.')
  })
})

describe('a hand-over cannot be stolen', () => {
  const { begin } = scenes('embedded')

  /** An attacker’s script, whose link the attacker has begun in a browser session that the victim then has. */
  async function planted() {
    const scene = await begin()
    const [script, attacker, victim] = [1, 2, 3].map(() => scene.visitor(scene.app.url))
    if (!script || !attacker || !victim) throw new Error('three visitors')
    const needed = neededOf(await press(script, 'C1'))
    const door = await toVendorFrom(
      attacker,
      await attacker.press(await attacker.open(needed.url), APPROVE),
    )
    const cookie = attacker.jar.value('campaign-sync') ?? ''
    victim.jar.take(new URL(scene.app.url), [`campaign-sync=${cookie}; Path=/`])
    return { ...scene, script, attacker, victim, needed, door }
  }

  test('what a victim approves in a planted session waits for the victim, and the planter cannot confirm it', async () => {
    const { script, attacker, victim, needed, door, vendor, dump } = await planted()
    const asks = await victim.follow(await toCallback(victim, door))
    expect(heading(asks)).toMatch(/^Let the script use /)
    expect(attacker.jar.value('campaign-sync')).not.toBe(victim.jar.value('campaign-sync'))
    const pressed = await attacker.post(asks.url.pathname, { choice: 'use' })
    expect([pressed.status, (await attacker.open(asks.url.href)).status]).toEqual([404, 404])
    expect((await attacker.open(needed.url)).status).toBe(403)
    expect([(await standingOf(script, needed)).state, vendor.effects('C1')]).toEqual([
      'awaitingAccess',
      0,
    ])
    expect(tokensIn(await dump())).toEqual([])
    const end = await victim.click(asks, 'No, give the access back')
    expect([heading(end), vendor.at('revoke').length]).toEqual(['Refused', 1])
  })

  test('a form of another site approves nothing, and a link preview uses nothing up', async () => {
    const { app, visitor, vendor } = await begin()
    const [script, other] = [visitor(app.url), visitor(app.url)]
    const needed = neededOf(await press(script, 'C1'))
    const page = await other.open(needed.url)
    expect((await other.head(needed.url)).status).toBe(405)
    for (const change of [
      { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' },
      { 'sec-fetch-site': null, origin: 'https://evil.test' },
    ])
      expect((await other.press(page, APPROVE, change)).status).toBe(403)
    expect(vendor.requests).toEqual([])
    expect((await other.click(page, APPROVE)).status).toBe(200)
  })

  test('what a signed-out session had asked for is not finished any more', async () => {
    const { app, visitor, vendor, dump } = await begin()
    const [script, other] = [visitor(app.url), visitor(app.url)]
    const needed = neededOf(await press(script, 'C1'))
    const confirm = await other.click(await other.open(needed.url), APPROVE)
    await script.post('/session/end', {}, JSON_CALLER)
    const end = await other.click(confirm, isYes)
    expect([end.status, heading(end)]).toEqual([410, 'Nothing waits for this approval any more'])
    expect([vendor.effects('C1'), tokensIn(await dump())]).toEqual([0, []])
  })

  test('a link outlives the session that asked for it, and approves nothing for it', async () => {
    const { app, visitor, vendor, dump } = await begin()
    const [script, other] = [visitor(app.url), visitor(app.url)]
    const needed = neededOf(await press(script, 'C1'))
    await script.post('/session/end', {}, JSON_CALLER)
    vi.useFakeTimers({ now: Date.now() + 14 * 60_000, toFake: ['Date'] })
    try {
      const opened = await other.open(needed.url)
      expect([opened.status, heading(opened)]).toEqual([
        410,
        'Nothing waits for this approval any more',
      ])
      expect([vendor.requests, tokensIn(await dump())]).toEqual([[], []])
    } finally {
      vi.useRealTimers()
    }
  })

  test('an intent is its own script’s alone', async () => {
    const { app, visitor, person } = await begin()
    const needed = neededOf(await press(visitor(app.url), 'C1'))
    expect((await person.get(needed.statusUrl, JSON_CALLER)).status).toBe(404)
    await sync(person, 'C2')
    expect((await person.get(needed.statusUrl, JSON_CALLER)).status).toBe(404)
  })
})

test('at a vendor with API keys the person types theirs, and a wrong one is asked for again', async () => {
  const stage = await startStage()
  stage.on('PUT /api', () => ({ body: { id: '1' } }))
  const { app, person, close } = await playWith([keyAds(stage.url)])
  const script = createVisitor(app.url)
  const needed = neededOf(await press(script, 'C1'))
  const page = await person.open(needed.url)
  const form = readPage(page.body).actions.find(({ name }) => name === 'Approve with this key')
  const wrong = await person.post(form?.post ?? '', { ...form?.fields, key: 'two\r\nlines' })
  expect([wrong.status, textOf(wrong)]).toEqual([422, expect.stringContaining('was not accepted')])
  const typed = await person.post(form?.post ?? '', { ...form?.fields, key: 'good-key' })
  expect(textOf(await person.follow(typed))).toContain('Spring launch synced.')
  expect((await standingOf(script, needed)).status).toBe('Synced')
  expect(stage.asked('PUT /api')).toHaveLength(1)
  await script.close()
  await close()
  await stage.close()
})

test('a script that waits is answered at once when the process is told to stop', async () => {
  const { app, person, close } = await playWith([keyAds('http://127.0.0.1:9')])
  const needed = neededOf(await press(person, 'C1'))
  const waits = standingOf(person, needed, '?wait=30')
  await expect.poll(() => app.logs()).toContain('"next":"authorize"')
  await app.context.runs.close()
  expect(await waits).toMatchObject({ state: 'awaitingAccess' })
  await close()
})

test('the type of a problem leads to a page that explains it', async () => {
  const { app, person, close } = await playWith([keyAds('http://127.0.0.1:9')])
  const { type } = JSON.parse((await person.get('/nowhere', JSON_CALLER)).body)
  expect(type).toBe(`${app.url}/problems#E-NOT-FOUND`)
  const page = await person.open(type)
  for (const code of ['E-NOT-FOUND', 'E-AUTHORIZE', 'E-HANDOVER', 'E-OURS'])
    expect(page.body).toContain(`id="${code}"`)
  await close()
})

async function finish(person: Visitor, { url }: Needed): Promise<Visit> {
  const page = await person.click(await person.open(url), APPROVE)
  return person.click(page, isYes)
}
