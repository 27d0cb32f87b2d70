// The process killed right after the vendor applied a push and before that was written down: nothing is doubled.
import { describe, expect, test, vi } from 'vitest'
import { restartable } from '../support/app/restart.ts'
import { sync, syncButton, told, toVendor } from '../support/scene/authorization.ts'
import { ENGINES, scenes } from '../support/scene/scene.ts'

describe.each(ENGINES)('on the %s store', { concurrent: true }, (engine) => {
  const { set } = scenes(engine)

  /** Two people with access; for each the vendor has applied a push, and holds its answer: now the app dies. */
  async function killedAfterTheEffect() {
    const scene = await set()
    const { app, person, killAndStart } = await restartable(scene)
    const pushes = []
    for (const [who, id] of [
      [person, 'C1'],
      [scene.visitor(app.url), 'C2'],
    ] as const) {
      await who.follow(await toVendor(who, id))
      const page = await who.open(`/campaigns/${id}`)
      const gate = scene.vendor.gate('api', 'after')
      const lost = who.press(page, syncButton(id)).catch(() => 'no answer')
      await gate.arrived
      await vi.waitFor(() => expect(scene.vendor.effects(id)).toBe(2), { interval: 10 })
      pushes.push({ who, page, lost })
    }
    await killAndStart()
    scene.vendor.releaseAll()
    for (const { lost } of pushes) expect(await lost).toBe('no answer')
    return { vendor: scene.vendor, pushes }
  }

  test('Sync again, or the reload of the lost answer, says synced and applies nothing twice', async () => {
    const { vendor, pushes } = await killedAfterTheEffect()
    const [first, second] = pushes
    if (!first || !second) throw new Error('two pushes were begun')
    const [again, reloaded] = await Promise.all([
      sync(first.who, 'C1'),
      second.who.click(second.page, syncButton('C2')),
    ])
    expect(told(again)).toContain('Spring launch synced.')
    expect(told(reloaded)).toContain('Webinar EMEA synced.')
    expect([vendor.effects('C1'), vendor.effects('C2')]).toEqual([2, 2])
    const keys = vendor.at('api', 'C1').map(({ headers }) => headers['idempotency-key'])
    expect(keys[2]).toBe(keys[1])
    expect(told(await sync(first.who, 'C1'))).toContain('Spring launch synced.')
    expect(vendor.effects('C1')).toBe(3)
  })
})
