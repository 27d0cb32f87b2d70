// A run from the choice to the end, with one token, paused and resumed: rows 31, 32 and 36 of BEHAVIOURS.md.
import { describe, expect, test } from 'vitest'
import { contentHash } from '../../src/vendors/request.ts'
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
import { told } from '../support/scene/authorization.ts'
import { edit } from '../support/scene/edit.ts'
import { ENGINES, scenes } from '../support/scene/scene.ts'

const ONE_AT_A_TIME = { api: { concurrency: 1 } }
const REFUSED = { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } }

describe.each(ENGINES)('a run on the %s store', (engine) => {
  const { begin } = scenes(engine)
  const environment = campaignFile(40)

  test('is confirmed, approved once, sends each campaign once, and gives its token back', async () => {
    const { person, vendor, app } = await begin({ environment })
    const { id, confirm, page } = await startRun(person)
    expect(readPage(confirm.body).heading).toBe('Sync 40 campaigns?')
    expect(page.url.pathname).toBe(`/runs/${id}`)
    expect(await until(person, id)).toMatchObject({ state: 'done', total: 40, sent: 40, left: 0 })
    expect(notOnce(vendor, idsOf(40))).toEqual([])
    expect([vendor.at('authorize').length, tokensUsed(vendor).length]).toEqual([1, 1])
    await expect.poll(() => vendor.at('revoke').length).toBe(1)
    const connections = await app.context.tokens.connections(
      (await app.context.runs.read(id))?.owner ?? '',
    )
    expect([...connections.keys()]).toEqual([])
    const end = readPage((await person.open(`/runs/${id}`)).body)
    expect([end.title, end.heading]).toEqual([
      '40 of 40 synced · New and changed campaigns · Campaign Sync',
      '40 of 40 synced',
    ])
    expect(readPage((await person.open('/campaigns/r7')).body).text).toMatch(
      /Fake Ads✓ Synced just now.*At Fake Ads: id fake-r7.*✓ Synced.*dana@fake/,
    )
    const { syncLog, vendor: vendorOf, campaign } = app.context
    const accepted = await syncLog.accepted('fake')
    expect(accepted.r7).toBe(contentHash(vendorOf('fake'), campaign('r7')))
  })

  test('row 31: pauses when access ends at item 21 of 40, and goes on there after one approval', async () => {
    const { person, vendor } = await begin({ environment, file: ONE_AT_A_TIME })
    vendor.script(
      'api',
      Array.from({ length: 20 }, () => ({})),
    )
    const gate = vendor.gate('api')
    const { id } = await startRun(person)
    await gate.arrived
    vendor.revokeAll()
    gate.release()
    expect(await until(person, id)).toMatchObject({
      state: 'paused',
      reason: 'access',
      sent: 20,
      left: 20,
    })
    const paused = await person.open(`/runs/${id}`)
    expect(readPage(paused.body)).toMatchObject({
      title: 'Paused 20 of 40 · New and changed campaigns · Campaign Sync',
      heading: 'Paused 20 of 40',
    })
    const back = await approve(person, await person.press(paused, 'Renew access and continue'))
    expect(back.url.pathname).toBe(`/runs/${id}`)
    expect(await until(person, id)).toMatchObject({ state: 'done', sent: 40, left: 0 })
    expect(notOnce(vendor, idsOf(40))).toEqual([])
    expect([vendor.at('authorize').length, tokensUsed(vendor).length]).toEqual([2, 2])
    const keys = vendor.at('api').map(({ headers }) => headers['idempotency-key'])
    expect(keys[20]).toBe(keys[21])
    expect(new Set(keys).size).toBe(40)
  })

  test('pauses by the clock as well, and in whatever is under way nothing is lost', async () => {
    const { person, vendor } = await begin({ environment, vendors: [{ expiresIn: 1 }] })
    vendor.always('api', { delayMs: 150 })
    const { id } = await startRun(person)
    const paused = await until(person, id)
    expect(paused).toMatchObject({ state: 'paused', reason: 'access' })
    vendor.settings.expiresIn = 120
    await approve(person, await person.post(`/runs/${id}/start`, {}))
    expect(await until(person, id)).toMatchObject({ state: 'done', sent: 40 })
    expect(notOnce(vendor, idsOf(40))).toEqual([])
  })

  test('stays paused when the person says no, and says so', async () => {
    const { person, vendor } = await begin({ environment })
    vendor.script('authorize', [{ back: { code: null, error: 'access_denied' } }])
    const { id } = await startRun(person)
    expect(await look(person, id)).toMatchObject({ state: 'paused', reason: 'denied', left: 40 })
    expect(readPage((await person.open(`/runs/${id}`)).body).text).toContain(
      'You cancelled at Fake Ads: 0 of 40 done, 40 left, nothing is lost.',
    )
    await approve(person, await person.post(`/runs/${id}/start`, {}))
    expect(await until(person, id)).toMatchObject({ state: 'done', sent: 40 })
  })

  test('ends on a page, never in a loop, when fresh access is refused', async () => {
    const { person, vendor } = await begin({ environment })
    vendor.always('api', REFUSED)
    const { id } = await startRun(person)
    expect(await until(person, id)).toMatchObject({
      state: 'paused',
      reason: 'refused',
      sent: 0,
      left: 40,
    })
    expect(vendor.at('authorize')).toHaveLength(1)
  })

  test('stops after the campaign being sent, and the rest can be sent later', async () => {
    const { person, vendor } = await begin({ environment, file: ONE_AT_A_TIME })
    vendor.script('api', [{}, {}])
    const gate = vendor.gate('api')
    const { id } = await startRun(person)
    await gate.arrived
    await person.post(`/runs/${id}/stop`, {})
    gate.release()
    expect(await until(person, id)).toMatchObject({
      state: 'stopped',
      reason: 'asked',
      sent: 3,
      left: 37,
    })
    const page = await person.open(`/runs/${id}`)
    await approve(person, await person.press(page, 'Sync the remaining 37'))
    expect(await until(person, id)).toMatchObject({ state: 'done', sent: 40 })
    expect(notOnce(vendor, idsOf(40))).toEqual([])
  })

  test('row 32: two people never share a token, and cannot see one another’s run', async () => {
    const { person, vendor, app, visitor } = await begin({ environment })
    const other = visitor(app.url)
    const [mine, theirs] = await Promise.all([startRun(person), startRun(other)])
    await Promise.all([until(person, mine.id), until(other, theirs.id)])
    const tokenOf = (id: string) =>
      new Set(
        vendor
          .at('api')
          .filter(({ headers }) => String(headers['idempotency-key']).startsWith(id))
          .map(({ headers }) => headers.authorization),
      )
    expect([tokenOf(mine.id).size, tokenOf(theirs.id).size]).toEqual([1, 1])
    expect(tokensUsed(vendor)).toHaveLength(2)
    for (const path of ['', '/events', '/results.csv'])
      expect((await other.get(`/runs/${mine.id}${path}`)).status).toBe(404)
    for (const action of ['start', 'stop', 'retry'])
      expect((await other.post(`/runs/${mine.id}/${action}`, {})).status).toBe(404)
    expect(told(await other.open('/runs'))).toBe(undefined)
    expect((await other.open('/runs')).body).not.toContain(mine.id)
  })

  test('a run of a vendor that is no longer set up is not here, in any form', async () => {
    const { person, app } = await begin({ environment })
    const made = await person.post('/runs', { all: '1' })
    app.context.config.vendors.splice(0)
    for (const end of ['', '/confirm', '/events', '/results.csv'])
      expect((await person.get(`${made.next?.pathname}${end}`)).status).toBe(404)
  })

  test('a done run claims no more than that it was sent, whatever was edited since', async () => {
    const { person, app, setup } = await begin()
    const { id } = await startRun(person)
    await until(person, id)
    await edit(setup, 'C1', { budget: 4242 }, [app])
    const { text } = readPage((await person.open(`/runs/${id}`)).body)
    expect(text).toContain('All of it was sent to Fake Ads.')
    expect(text).not.toContain('is at Fake Ads')
  })
})
