// Every key but the sync log, what was accepted and the links has an end, whatever people did: read from the store itself.
import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { sync, toVendor } from '../support/scene/authorization.ts'
import { openCallback } from '../support/scene/callbacks.ts'
import { keysOf } from '../support/scene/cases.ts'
import { ENGINES, scenes } from '../support/scene/scene.ts'

/** Written by this scene; that they are all there shows that it does what it is meant to. */
const WRITTEN = ['auth', 'conn', 'first', 'intent', 'rate', 'retired', 'run', 'runs', 'sess', 'tok']

describe.each(ENGINES)('on the %s store', (engine) => {
  const { begin } = scenes(engine)

  test('after double first clicks, access, refusals, a run, signing out and what was left half way', async () => {
    const { person, app, visitor, vendor, dump } = await begin()
    const clicks = Array.from({ length: 60 }, () => randomUUID())
    const presses = clicks.flatMap((click) =>
      [visitor(app.url), visitor(app.url)].map((each) =>
        each.post('/campaigns/C1/sync', { click }),
      ),
    )
    await Promise.all(presses)
    await sync(person, 'C1')
    await toVendor(person, 'C2')
    vendor.script('authorize', [{ back: { code: null, error: 'access_denied' } }])
    await sync(person, 'C3')
    await person.follow(await person.post('/runs', { all: '1' }))
    const leaving = visitor(app.url)
    await sync(leaving, 'C1')
    await openCallback(leaving, 'C2')
    await leaving.post('/session/end', {})

    const entries = await dump()
    const kinds = new Set(entries.map(({ key }) => key.split(':')[0]))
    expect(WRITTEN.filter((kind) => !kinds.has(kind))).toEqual([])
    const first = keysOf(entries, 'first:')
    expect(first.length).toBeGreaterThanOrEqual(60)
    expect(first.filter(({ leftMs }) => leftMs === undefined || leftMs > 60_000)).toEqual([])
    const endless = entries.filter(({ leftMs }) => leftMs === undefined)
    expect(endless.filter(({ key }) => !/^(accepted|log|links|\{runs\}):/.test(key))).toEqual([])
  })
})
