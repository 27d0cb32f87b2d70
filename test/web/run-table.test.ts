// The campaigns of a run: what failed stands first with its cause, one row is retried by itself, and the bar tells them apart.
import { expect, test } from 'vitest'
import { approve, campaignFile, look, startRun, until } from '../support/app/runs.ts'
import type { Visitor } from '../support/browser/http-visitor.ts'
import { readPage } from '../support/browser/page.ts'
import { scenes } from '../support/scene/scene.ts'
import { JSON_CALLER } from '../support/scene/script.ts'

const { begin } = scenes('embedded')
const ONE_AT_A_TIME = { api: { concurrency: 1 } }
const REFUSED = { status: 422, body: { error: { message: 'The budget is over the limit.' } } }

/** Sixty campaigns, of which two are not accepted. */
async function ended() {
  const scene = await begin({ environment: campaignFile(60), file: ONE_AT_A_TIME })
  scene.vendor.decide('api', ({ url }) => (/r5[58]$/.test(url.pathname) ? REFUSED : {}))
  const { id } = await startRun(scene.person)
  expect(await until(scene.person, id)).toMatchObject({ state: 'done', sent: 58, failed: 2 })
  return { ...scene, id }
}

const namesOn = async (person: Visitor, path: string) => {
  const { body } = await person.open(path)
  return [...body.matchAll(/<th class="title"[^>]*><a href="\/campaigns\/(\w+)"/g)].map(
    ([, id]) => id,
  )
}

test('what failed stands first with its cause, and every campaign stands on one page', async () => {
  const { person, id } = await ended()
  const first = await namesOn(person, `/runs/${id}`)
  const second = await namesOn(person, `/runs/${id}?page=2`)
  expect(first.slice(0, 4)).toEqual(['r55', 'r58', 'r1', 'r2'])
  expect([first.length, second.length, new Set([...first, ...second]).size]).toEqual([50, 10, 60])
  expect(second).toEqual(['r49', 'r50', 'r51', 'r52', 'r53', 'r54', 'r56', 'r57', 'r59', 'r60'])
  const { text } = readPage((await person.open(`/runs/${id}`)).body)
  expect(text).toContain('did not accept Campaign r55: The budget is over the limit.')
  expect(text).not.toContain('Campaign r1 synced.')
})

test('one row is retried by itself', async () => {
  const { person, vendor, id } = await ended()
  const page = await person.open(`/runs/${id}`)
  const before = vendor.at('api').length
  vendor.decide('api', () => ({}))
  await approve(person, await person.press(page, 'Retry Campaign r58'))
  expect(await until(person, id)).toMatchObject({ state: 'done', sent: 59, failed: 1, left: 0 })
  expect(vendor.at('api').length - before).toBe(1)
  expect([vendor.effects('r55'), vendor.effects('r58')]).toEqual([0, 1])
  const nonsense = await person.post(`/runs/${id}/retry`, { item: '7e1' })
  expect(nonsense.status).toBe(400)
  expect(await look(person, id)).toMatchObject({ failed: 1, left: 0 })
})

test('one row is not retried while others are left, which would go with it', async () => {
  const { person, vendor } = await begin({
    environment: campaignFile(5),
    file: { api: { concurrency: 1 } },
  })
  vendor.script('api', [{ status: 422, body: { error: { message: 'no' } } }])
  const gate = vendor.gate('api', 'after')
  const { id } = await startRun(person)
  await gate.arrived
  await person.post(`/runs/${id}/stop`, {})
  gate.release()
  const stopped = await until(person, id)
  expect(stopped).toMatchObject({ state: 'stopped', left: 3 })
  const pushed = vendor.at('api').length
  const refused = await person.post(`/runs/${id}/retry`, '{"item":"0"}', JSON_CALLER)
  expect([refused.status, JSON.parse(refused.body)]).toEqual([
    409,
    expect.objectContaining({
      code: 'E-LEFT',
      detail: expect.stringContaining('3 campaigns of this run are left'),
    }),
  ])
  expect(await look(person, id)).toEqual(stopped)
  expect(vendor.at('api')).toHaveLength(pushed)
})

test('the bar shows how much failed, and what is left of a paused run is hatched', async () => {
  const { person, id, app } = await ended()
  const bar = async () =>
    /<svg class="run-bar[\s\S]*?<\/svg>/.exec((await person.open(`/runs/${id}`)).body)?.[0] ?? ''
  const done = await bar()
  expect(done).toMatch(/class="synced" x="0%" width="96\.67%"/)
  expect(done).toMatch(/class="failed" x="96\.67%" width="3\.33%"/)
  expect(done).not.toContain('url(#hatch)')
  const fields = { state: 'paused', reason: 'access', left: '30', sent: '28' }
  await app.context.store.step([{ hSet: `run:${id}`, fields }])
  expect(await bar()).toMatch(/class="rest" x="50%" width="50%" fill="url\(#hatch\)"/)
  const { body } = await person.open(`/runs/${id}`)
  expect(body).toContain('aria-valuenow="30"')
  expect(body).toContain('aria-valuetext="30 of 60 done, 2 failed"')
})
