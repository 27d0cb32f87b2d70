// The process killed while the person is at the vendor and started again, and told to stop during a push: nothing is lost.
import { describe, expect, test, vi } from 'vitest'
import { restartable } from '../support/app/restart.ts'
import { readPage } from '../support/browser/page.ts'
import { pressSync, sync, toCallback, told, toVendor } from '../support/scene/authorization.ts'
import { ENGINES, scenes } from '../support/scene/scene.ts'

describe.each(ENGINES)('on the %s store', { concurrent: true }, (engine) => {
  const { set } = scenes(engine)

  async function running() {
    const scene = await set()
    return { ...scene, ...(await restartable(scene)) }
  }

  test('killed while the person is at the vendor: the callback finishes the sync on the new process', async () => {
    const { person, vendor, killAndStart } = await running()
    const door = await toVendor(person, 'C1')
    await killAndStart()
    expect(told(await person.follow(door))).toContain('Spring launch synced.')
    expect(vendor.effects('C1')).toBe(1)
    await killAndStart()
    expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
    expect([vendor.effects('C1'), vendor.at('authorize').length]).toEqual([2, 1])
  })

  test('killed during the exchange: the code is not sent twice, and another trip finishes the sync', async () => {
    const { person, vendor, killAndStart } = await running()
    const tab = await toCallback(person, await toVendor(person, 'C1'))
    const exchange = vendor.gate('token', 'after')
    const lost = person.follow(tab).catch(() => 'no answer')
    await exchange.arrived
    await killAndStart()
    expect(await lost).toBe('no answer')
    exchange.release()
    expect(vendor.at('token')).toHaveLength(1)
    expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
    expect([vendor.at('token').length, vendor.effects('C1')]).toEqual([2, 1])
  })
})

describe('told to stop', { concurrent: true }, () => {
  const { set } = scenes('embedded')

  test('SIGTERM, once or twice, lets a push under way end, and the process ends well', async () => {
    const scene = await set()
    const app = await scene.startProcess()
    const person = scene.visitor(app.url)
    await sync(person, 'C1')
    const push = scene.vendor.gate('api')
    const pressed = pressSync(person, 'C1')
    await push.arrived
    const stopped = app.kill('SIGTERM')
    const isReady = () =>
      fetch(`${app.origin}/readyz`).then(
        ({ status }) => status,
        () => 'closed',
      )
    const notReady = () =>
      vi.waitFor(async () => expect(await isReady()).not.toBe(200), {
        timeout: 5_000,
        interval: 20,
      })
    await notReady()
    app.child.kill('SIGTERM')
    await notReady() // the signal has come by now
    push.release()
    expect((await pressed).status).toBe(303)
    expect(await stopped).toBe(0)
    const again = await scene.startProcess({ port: app.port })
    expect(again.port).toBe(app.port)
    expect(readPage((await person.open('/campaigns/C1')).body).text).toContain(
      'Spring launch synced.',
    )
    expect(scene.vendor.effects('C1')).toBe(2)
  })
})
