// A script that asks for a run again, under the same Idempotency-Key: it is the same run.
import { describe, expect, test } from 'vitest'
import { fingerprint } from '../../src/store/stored-text.ts'
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

  test.each([
    ['', false],
    [', also when its day ends in that moment', true],
  ])('a key whose draft was forgotten makes a new run, once%s', async (_, ends) => {
    const { person, app } = await begin({ environment: { RATE_LIMIT: '0' } })
    const make = async (id: string, key?: string) => {
      const headers = { ...JSON_CALLER, ...(key !== undefined && { 'idempotency-key': key }) }
      const made = await person.post('/runs', JSON.stringify({ id }), headers)
      return { status: made.status, run: JSON.parse(made.body || '{}') }
    }
    const first = await make('C1', 'nightly')
    for (let others = 0; others < 10; others += 1) await make('C2')
    expect((await person.get(`/runs/${first.run.id}`)).status).toBe(404)

    const { store } = app.context
    const { stepIf } = store
    store.stepIf = async (guards, commands) => {
      const [{ key } = { key: '' }] = guards
      if (ends && key.startsWith('runkey:')) {
        store.stepIf = stepIf
        await store.del(key) // its day is over
      }
      return stepIf(guards, commands)
    }
    const again = await Promise.all([make('C1', 'nightly'), make('C1', 'nightly')])
    again.push(await make('C1', 'nightly'))
    const [id] = again.map(({ run }) => run.id)
    expect(id).toEqual(expect.any(String))
    expect(id).not.toBe(first.run.id)
    expect(again).toEqual(
      again.map(() => ({ status: 201, run: expect.objectContaining({ id, state: 'draft' }) })),
    )
  })

  test('a key that was used for another request is refused', async () => {
    const { person, app } = await begin()
    const make = async (body: object) => {
      const headers = { ...JSON_CALLER, 'idempotency-key': 'nightly' }
      const { status, body: text } = await person.post('/runs', JSON.stringify(body), headers)
      return { status, ...JSON.parse(text) }
    }
    const { id } = await make({ id: 'C1' })
    for (const other of [{ ids: ['C2', 'C3'] }, { ids: ['C9'], vendor: 'nobody' }, { id: 7 }])
      expect(await make(other)).toMatchObject({
        status: 422,
        code: 'E-KEY-REUSED',
        detail: expect.stringContaining('another request'),
      })
    expect(await make({ id: 'C1' })).toMatchObject({ status: 201, id })
    const { runs } = JSON.parse((await person.get('/runs', JSON_CALLER)).body)
    expect(runs).toHaveLength(1)

    // One of a version that kept no request beside it.
    const { owner = '' } = (await app.context.runs.read(id)) ?? {}
    await app.context.store.del(`runkey:{${owner}}:${fingerprint('nightly')}:request`)
    expect(await make({ id: 'C2' })).toMatchObject({ status: 201, id })
  })
})
