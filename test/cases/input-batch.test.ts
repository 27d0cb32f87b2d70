// Runs asked for with ids that are not what they seem.
import { expect, test } from 'vitest'
import { sync } from '../support/scene/authorization.ts'
import { expectUntouched } from '../support/scene/callbacks.ts'
import { caseScenes } from '../support/scene/case-scene.ts'

const { begin } = caseScenes()
const JSON_CALLER = { accept: 'application/json' }

test('INP-08: a run of nothing, of junk, of too many or of some unknown is refused whole', async () => {
  const { person, vendor } = await begin()
  await sync(person, 'C1')
  const tooMany = Array.from({ length: 1_001 }, (_, at) => `C${at}`)
  const bodies: unknown[] = [
    {},
    ...[
      [],
      '',
      null,
      {},
      { a: 'C1' },
      [['C1']],
      [null],
      [1],
      7,
      tooMany,
      ['C1', 'C9'],
      ['C1', '../C2'],
      ['C1', 'c1'],
      ['__proto__'],
    ].map((ids) => ({ ids })),
    { all: 'yes' },
    { all: 1, status: 'nonsense' },
    { ids: 'C1', vendor: ['fake'] },
    [],
  ]
  for (const body of bodies) {
    const answer = await person.post('/runs', JSON.stringify(body), JSON_CALLER)
    expect([JSON.stringify(body).slice(0, 60), answer.status]).toEqual([
      JSON.stringify(body).slice(0, 60),
      400,
    ])
  }
  for (const form of [{}, { id: '' }, { id: 'C9' }, { 'id[]': 'C1' }, { 'ids[0]': 'C1' }]) {
    const answer = await person.post('/runs', Object.fromEntries(Object.entries(form)))
    expect([form, answer.status]).toEqual([form, 400])
  }
  expect((await person.post('/runs', { id: 'C1', vendor: 'nobody' })).status).toBe(404)
  expectUntouched(vendor, { tokens: 1, pushes: 1 })
  const runs = await person.get('/runs', JSON_CALLER)
  expect(JSON.parse(runs.body).runs).toEqual([])
  expect(
    (await person.post('/runs', JSON.stringify({ ids: ['C1', 'C2', 'C1'] }), JSON_CALLER)).status,
  ).toBe(201)
  expectUntouched(vendor, { tokens: 1, pushes: 1 })
})
