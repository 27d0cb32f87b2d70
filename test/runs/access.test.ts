// Access that a run holds: too short for what is left, renewed first or under way, interrupted, one for all.
import { describe, expect, test } from 'vitest'
import {
  approve,
  campaignFile,
  idsOf,
  look,
  notOnce,
  startRun,
  tokensUsed,
  until,
} from '../support/app/runs.ts'
import { readPage } from '../support/browser/page.ts'
import { ENGINES, type Scene, scenes } from '../support/scene/scene.ts'

const ONE_AT_A_TIME = { api: { concurrency: 1 } }
const REFUSED = { status: 403, body: { error: { message: 'Not yours.' } } }
/** Seconds: less than 37 campaigns are thought to take before any run was seen, and enough to press a button. */
const SHORT = 9

describe.each(ENGINES)('a run that holds access, on the %s store', (engine) => {
  const { begin } = scenes(engine)

  /** It stopped by itself after three of forty, and keeps the access it has. */
  async function stopped(expiresIn: number) {
    const scene = await begin({
      environment: campaignFile(40),
      file: ONE_AT_A_TIME,
      vendors: [{ expiresIn }],
    })
    scene.vendor.always('api', REFUSED)
    const { id } = await startRun(scene.person)
    expect(await until(scene.person, id)).toMatchObject({ state: 'stopped', failed: 3, left: 37 })
    scene.vendor.always('api', {})
    scene.vendor.settings.expiresIn = 120
    return { ...scene, id, page: await scene.person.open(`/runs/${id}`) }
  }

  test('that is too short is asked about, and renewed first unless the person wants otherwise', async () => {
    const { person, vendor, id, page } = await stopped(SHORT)
    const asked = await person.click(page, 'Sync the remaining 37')
    const { heading, text } = readPage(asked.body)
    expect(heading).toBe('Sync the remaining 37?')
    expect(text).toMatch(
      /Access to Fake Ads ends in \d seconds\. This may take longer\. Renew first \(recommended\)/,
    )
    expect(await look(person, id)).toMatchObject({ state: 'stopped' })
    await person.click(asked, 'Go on')
    expect(await until(person, id)).toMatchObject({ state: 'done', sent: 37, failed: 3 })
    expect([vendor.at('authorize').length, tokensUsed(vendor).length]).toEqual([2, 2])
    expect(notOnce(vendor, idsOf(40))).toEqual(['r1: 0', 'r2: 0', 'r3: 0'])
  })

  test('"Start now" goes on with it, and pauses when it ends', async () => {
    const { person, vendor, id, page } = await stopped(SHORT)
    const asked = await person.click(page, 'Retry 3')
    expect(readPage(asked.body).heading).toBe('Sync the remaining 40?')
    vendor.script(
      'api',
      Array.from({ length: 5 }, () => ({})),
    )
    const gate = vendor.gate('api')
    await person.post(`/runs/${id}/start`, { access: 'now' })
    await gate.arrived
    vendor.revokeAll()
    gate.release()
    expect(await until(person, id)).toMatchObject({
      state: 'paused',
      reason: 'access',
      sent: 5,
      left: 35,
    })
    expect(vendor.at('authorize')).toHaveLength(1)
    await approve(
      person,
      await person.click(await person.open(`/runs/${id}`), 'Renew access and continue'),
    )
    expect(await until(person, id)).toMatchObject({ state: 'done', sent: 40 })
    expect(notOnce(vendor, idsOf(40))).toEqual([])
  })

  test('that lasts long enough is not asked about', async () => {
    const { person, vendor, id, page } = await stopped(120)
    await person.click(page, 'Sync the remaining 37')
    expect(await until(person, id)).toMatchObject({ state: 'done', sent: 37 })
    expect(vendor.at('authorize')).toHaveLength(1)
  })

  test('renewed while it runs is taken up without a pause', async () => {
    const { person, vendor, app } = await begin({
      environment: campaignFile(10),
      file: ONE_AT_A_TIME,
      vendors: [{ expiresIn: 30 }],
    })
    vendor.script('api', [{}, {}, {}])
    const gate = vendor.gate('api')
    const { id } = await startRun(person)
    await gate.arrived
    const before = (await app.context.runs.read(id))?.accessEndsAt ?? 0
    vendor.revokeAll()
    vendor.settings.expiresIn = 3600
    await person.click(await person.open(`/runs/${id}`), 'Renew access')
    expect((await app.context.runs.read(id))?.accessEndsAt).toBeGreaterThan(before + 1_000_000)
    expect(readPage((await person.open(`/runs/${id}`)).body).text).not.toContain('Renew access')
    gate.release()
    expect(await until(person, id)).toMatchObject({ state: 'done', sent: 10 })
    expect([vendor.at('authorize').length, tokensUsed(vendor).length]).toEqual([2, 2])
    expect(app.logs().match(/run\.ended/g)).toHaveLength(1)
    expect(notOnce(vendor, idsOf(10))).toEqual([])
  })

  test('without a runner is told as interrupted, and Continue goes on where it was', async () => {
    const { person, vendor, id } = await interrupted()
    const page = await person.open(`/runs/${id}`)
    const { heading, text } = readPage(page.body)
    expect([heading, text]).toEqual([
      'Interrupted at 3 of 40',
      expect.stringContaining('nothing is lost'),
    ])
    expect(await look(person, id)).toMatchObject({ interrupted: true })
    await person.click(page, 'Continue')
    expect(await until(person, id)).toMatchObject({ state: 'done', sent: 37 })
    expect([vendor.at('authorize').length, tokensUsed(vendor).length]).toEqual([1, 1])
  })

  test('without a runner can be stopped as well', async () => {
    const { person, vendor, id } = await interrupted()
    await person.click(await person.open(`/runs/${id}`), 'Stop and keep what is done')
    expect(await until(person, id)).toMatchObject({ state: 'stopped', reason: 'asked', left: 37 })
    expect(vendor.at('api')).toHaveLength(3)
  })

  /** Nobody is at it, and no job in any queue says that somebody should be. */
  async function interrupted() {
    const scene = await stopped(120)
    const silent = { state: 'running', reason: '', beatAt: String(Date.now() - 30_000) }
    await scene.app.context.store.step([{ hSet: `run:${scene.id}`, fields: silent }])
    return scene
  }
})

describe('before a run starts', () => {
  const { begin } = scenes('embedded')
  const environment = campaignFile(40)
  const draftOf = async ({ person }: { person: ReturnType<Scene['visitor']> }) =>
    person.follow(await person.post('/runs', { all: '1', unchanged: '1' }))

  test('its page says when access, as the vendor usually gives it, will end before it is done', async () => {
    const scene = await begin({ environment, file: { lifetime: { defaultSeconds: 5 } } })
    const { text } = readPage((await draftOf(scene)).body)
    expect(text).toMatch(/Access to Fake Ads lasts .*, less than this .* asks you to renew/)
    expect(text).not.toContain('Renew first')
  })

  test('its page says that nobody knows how long it takes, until a run was measured', async () => {
    const scene = await begin({ environment })
    const { text } = readPage((await draftOf(scene)).body)
    expect(text).toContain('Sync 40 campaigns?How long this takes is not known')
    expect(text).not.toMatch(/about|less than/i)
    const { id } = await startRun(scene.person)
    await until(scene.person, id, 'done')
    expect(readPage((await draftOf(scene)).body).text).toMatch(
      /Sync 40 campaigns\?(About \d+ seconds?|Less than a second) at the speed of the last run\./,
    )
  })

  test('nobody is warned of an end that a refresh token puts off', async () => {
    const scene = await begin({
      environment,
      file: { lifetime: { defaultSeconds: 5, refresh: 'use' } },
    })
    expect(readPage((await draftOf(scene)).body).text).not.toMatch(
      /Access (is likely to|may) end|Access to Fake Ads lasts/,
    )
  })

  test('access that serves all of a session and is too short is asked about as well', async () => {
    const scene = await begin({
      environment,
      file: { tokenPer: 'session' },
      vendors: [{ expiresIn: SHORT }],
    })
    const { person, vendor } = scene
    await approve(
      person,
      await person.press(await person.open('/campaigns/r1'), 'Sync Campaign r1'),
    )
    const draft = await draftOf(scene)
    expect(readPage(draft.body).text).toContain('Renew first (recommended)')
    vendor.settings.expiresIn = 120
    await person.click(draft, 'Sync 40 campaigns')
    expect(await until(person, draft.url.pathname.slice('/runs/'.length))).toMatchObject({
      state: 'done',
    })
    expect([vendor.at('authorize').length, tokensUsed(vendor).length]).toEqual([2, 2])
  })
})
