// A script that asks for a run again, under the same Idempotency-Key: it is the same run.
import { describe, expect, test } from 'vitest'
import { until } from '../support/app/runs.ts'
import { sync } from '../support/scene/authorization.ts'
import { ENGINES, scenes } from '../support/scene/scene.ts'
import { JSON_CALLER, neededOf } from '../support/scene/script.ts'

describe.each(ENGINES)('on the %s store', (engine) => {
  const { begin } = scenes(engine)

  test('one key is one run, also when it is done and nothing is left to send', async () => {
    const { person, vendor } = await begin()
    await sync(person, 'C3')
    const make = async (key: string, body: object = { all: true }) => {
      const headers = { ...JSON_CALLER, 'idempotency-key': key }
      return JSON.parse((await person.post('/runs', JSON.stringify(body), headers)).body)
    }
    const made = await Promise.all([make('nightly'), make('nightly')])
    const ids = new Set(made.map(({ id }) => id))
    expect(ids.size).toBe(1)
    const [id] = ids
    const needed = neededOf(await person.post(`/runs/${id}/start`, '{}', JSON_CALLER))
    await person.open(needed.url)
    const { total, sent } = await until(person, id)
    expect(sent).toBe(total)
    expect(await make('nightly')).toMatchObject({ id, state: 'done' })
    expect((await make('another')).code).toBe('E-UNCHANGED')
    expect((await make('bad key')).code).toBe('E-REQUEST')
    expect(vendor.effects('C1')).toBe(1)
  })

  test('a key whose draft was forgotten makes a new run, once', async () => {
    const { person } = await begin({ environment: { RATE_LIMIT: '0' } })
    const make = async (id: string, key?: string) => {
      const headers = { ...JSON_CALLER, ...(key !== undefined && { 'idempotency-key': key }) }
      const made = await person.post('/runs', JSON.stringify({ id }), headers)
      return { status: made.status, run: JSON.parse(made.body || '{}') }
    }
    const first = await make('C1', 'nightly')
    for (let others = 0; others < 10; others += 1) await make('C2')
    expect((await person.get(`/runs/${first.run.id}`)).status).toBe(404)

    const again = await Promise.all([make('C1', 'nightly'), make('C1', 'nightly')])
    again.push(await make('C1', 'nightly'))
    const [id] = again.map(({ run }) => run.id)
    expect(id).toEqual(expect.any(String))
    expect(id).not.toBe(first.run.id)
    expect(again).toEqual(
      again.map(() => ({ status: 201, run: expect.objectContaining({ id, state: 'draft' }) })),
    )
  })
})
