// The process killed at the worst moments and started again: nothing is lost and nothing is doubled.
import { describe, expect, test } from 'vitest'
import { pressSync, sync, syncButton, toCallback, told, toVendor } from './support/dance.ts'
import { readPage } from './support/page.ts'
import { ENGINES, scenes } from './support/scene.ts'

describe.each(ENGINES)('on the %s store', (engine) => {
  const { set } = scenes(engine)

  async function running() {
    const scene = await set()
    let app = await scene.startProcess()
    /** kill -9 and up again on the same port, with the same folder and settings. */
    const killAndStart = async () => {
      await app.kill('SIGKILL')
      app = await scene.startProcess({ port: app.port })
    }
    return { ...scene, app, killAndStart, person: scene.browser(app.url) }
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

  /** The vendor has applied the push and its answer is held: at this moment the app dies. */
  async function killedAfterTheEffect() {
    const scene = await running()
    const { person, vendor, killAndStart } = scene
    await sync(person, 'C2')
    await person.follow(await toVendor(person, 'C1'))
    const page = await person.open('/campaigns/C1')
    const push = vendor.gate('api', 'after')
    const lost = person.press(page, syncButton('C1')).catch(() => 'no answer')
    await push.arrived
    await expect.poll(() => vendor.effects('C1'), { interval: 10 }).toBe(2)
    await killAndStart()
    expect(await lost).toBe('no answer')
    push.release()
    return { ...scene, page }
  }

  test('killed after the vendor applied the push: Sync again applies nothing twice, and says synced', async () => {
    const { person, vendor } = await killedAfterTheEffect()
    expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
    expect(vendor.effects('C1')).toBe(2)
  })

  test('killed after the vendor applied the push: so does the reload of the lost answer', async () => {
    const { person, vendor, page } = await killedAfterTheEffect()
    const reloaded = await person.click(page, syncButton('C1'))
    expect(told(reloaded)).toContain('Spring launch synced.')
    expect(vendor.effects('C1')).toBe(2)
  })
})

describe('told to stop', () => {
  const { set } = scenes('embedded')

  test('SIGTERM lets a push under way end, and the process ends well', async () => {
    const scene = await set()
    const app = await scene.startProcess()
    const person = scene.browser(app.url)
    await sync(person, 'C1')
    const push = scene.vendor.gate('api')
    const pressed = pressSync(person, 'C1')
    await push.arrived
    const stopped = app.kill('SIGTERM')
    push.release()
    expect((await pressed).status).toBe(303)
    expect(await stopped).toBe(0)
    const again = await scene.startProcess({ port: app.port })
    expect(again.port).toBe(app.port)
    expect(readPage((await person.open('/campaigns/C1')).body).text).toContain('Spring launch synced.')
    expect(scene.vendor.effects('C1')).toBe(2)
  })
})
