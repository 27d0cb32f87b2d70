// Two instances on one Redis, of which one stands still in the middle of a push: what it does when it goes on is too late.
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import { readPage } from '../support/browser/page.ts'
import { startFaultProxy } from '../support/redis/fault-proxy.ts'
import { startRelay } from '../support/redis/relay.ts'
import { failWrites } from '../support/redis/store-faults.ts'
import { sync, syncButton, told } from '../support/scene/authorization.ts'
import { scenes } from '../support/scene/scene.ts'
import type { FileChange } from '../support/vendor/fake-vendor-file.ts'
import { KINDS, LOST_FOR_GOOD, laterKeys, WITHOUT_KEY } from '../support/vendor/lost.ts'

const LEASE_OVER_MS = 4_500
const OPEN = /We don’t know whether Fake Ads got Spring launch/
const SEE = 'See how it ended'

describe('of two instances', { concurrent: true }, () => {
  const { set } = scenes('redis')

  /** Two behind one address; the first reaches Redis by way of a port that `before` gives. The first answers. */
  async function two(file: FileChange, before: (port: number) => Promise<number>) {
    const scene = await set({ file })
    const balancer = await scene.startBalancer()
    const { environment } = scene.setup
    const direct = environment.REDIS_URL ?? ''
    const way = new URL(direct)
    way.port = String(await before(Number(way.port)))
    return { ...scene, balancer, url: balancer.url, direct, way: way.href }
  }

  test.each(KINDS)(
    'one that is stopped between writing down and sending sends nothing, %s',
    async (_, file) => {
      let proxy: Awaited<ReturnType<typeof startFaultProxy>> | undefined
      const scene = await two(file, async (port) => {
        proxy = await startFaultProxy(port)
        return proxy.port
      })
      const { vendor, setup, balancer, url, way, direct } = scene
      setup.environment.REDIS_URL = way
      const first = await scene.startProcess({ publicUrl: url })
      setup.environment.REDIS_URL = direct
      const second = await scene.startApp(url)
      try {
        balancer.targets.push(first.origin)
        const person = scene.visitor(url)
        await sync(person, 'C1')
        const page = await person.open('/campaigns/C1')
        const stopped = Promise.withResolvers<void>()
        Object.assign(proxy?.faults ?? {}, {
          command(words: string[]) {
            if (!words.some((word) => word.includes('"state":"sending"'))) return undefined
            first.child.kill('SIGSTOP')
            proxy?.heal()
            stopped.resolve()
            return undefined
          },
        })
        // On a busy machine the store may be late: that press is told so, and nothing of it is written.
        let pressed = person.press(page, syncButton('C1'))
        const told503 = () => Promise.race([stopped.promise, pressed.then(({ status }) => status)])
        for (let tries = 0; tries < 5 && (await told503()) === 503; tries++)
          pressed = person.press(page, syncButton('C1'))
        await stopped.promise
        balancer.targets.splice(0, 1, second.origin)
        await wait(LEASE_OVER_MS)
        const end = await sync(person, 'C1')
        const done = OPEN.test(told(end) ?? '')
          ? await person.click(end, 'Check and sync again')
          : end
        expect(told(done)).toBe('Spring launch synced.')
        first.child.kill('SIGCONT')
        await pressed.then(
          (late) => person.follow(late),
          () => 'no answer',
        )
        await wait(500)
        expect([vendor.effects('C1'), vendor.at('api', 'C1').length]).toEqual([2, 2])
        expect(told(await sync(person, 'C1'))).toBe('Spring launch synced.')
      } finally {
        first.child.kill('SIGCONT')
        await first.kill('SIGKILL')
        await proxy?.stop()
      }
    },
  )

  test.each([
    ['before it connects', 'beforeConnect'],
    ['once it is connected', 'connected'],
  ])('one that is stopped %s to the vendor sends nothing', async (_, channel) => {
    const scene = await two(WITHOUT_KEY, async (port) => port)
    const { vendor, setup, balancer, url } = scene
    setup.environment.NODE_OPTIONS = stopsAt(channel)
    const first = await scene.startProcess({ publicUrl: url })
    const second = await scene.startApp(url)
    balancer.targets.push(first.origin)
    const person = scene.visitor(url)
    await sync(person, 'C1')
    const page = await person.open('/campaigns/C1')
    await wait(1_500) // its connection to the vendor is closed
    first.child.kill('SIGUSR2')
    const pressed = person.press(page, syncButton('C1'))
    const isSending = async () => JSON.stringify(await scene.dump()).includes('sending')
    await vi.waitFor(async () => expect(await isSending()).toBe(true), {
      timeout: 5_000,
      interval: 10,
    })
    balancer.targets.splice(0, 1, second.origin)
    await wait(LEASE_OVER_MS)
    const end = await sync(person, 'C1')
    expect(told(end)).toMatch(OPEN)
    expect(told(await person.click(end, 'Check and sync again'))).toBe('Spring launch synced.')
    first.child.kill('SIGCONT')
    await person.follow(await pressed)
    expect([vendor.effects('C1'), vendor.at('api', 'C1').length]).toEqual([2, 2])
  })

  test('a late yes to the old key leaves a push open that was sent as new', async () => {
    const { vendor, balancer, url, ...scene } = await two({}, async (port) => port)
    const first = await scene.startApp(url)
    const second = await scene.startApp(url)
    balancer.targets.push(first.origin)
    const person = scene.visitor(url)
    await sync(person, 'C1')
    const page = await person.open('/campaigns/C1')
    const answer = vendor.gate('api', 'after')
    const pressed = person.press(page, syncButton('C1'))
    await answer.arrived
    const heal = failWrites(first, 'push:') // its lease is not extended
    balancer.targets.splice(0, 1, second.origin)
    vendor.script('api', [...LOST_FOR_GOOD, ...LOST_FOR_GOOD])
    await wait(LEASE_OVER_MS)
    const unknown = await sync(person, 'C1')
    expect(told(unknown)).toMatch(OPEN)
    const anew = await person.click(unknown, 'Send as a new push')
    expect(told(anew)).toMatch(OPEN)
    heal()
    answer.release()
    expect(told(await person.follow(await pressed))).toMatch(OPEN)
    expect(told(await person.click(anew, 'Check and sync again'))).toBe('Spring launch synced.')
    const keys = laterKeys(vendor)
    expect([new Set(keys).size, vendor.effects('C1')]).toEqual([2, 3])
    expect(keys.at(-1)).toBe(`${keys[0]}-2`)
  })

  test.each([
    ['before the person looks', 'before', {}],
    ['after the other instance has gone on', 'after', {}],
    ['before the person looks', 'before', WITHOUT_KEY],
    ['after the other instance has gone on', 'after', WITHOUT_KEY],
  ] as const)('an end that reaches Redis late, %s, doubles nothing', async (_, when, file) => {
    let relay: Awaited<ReturnType<typeof startRelay>> | undefined
    const scene = await two(file, async (port) => {
      relay = await startRelay(port)
      return relay.port
    })
    const { vendor, setup, balancer, url, way, direct } = scene
    setup.environment.REDIS_URL = way
    const first = await scene.startApp(url)
    setup.environment.REDIS_URL = direct
    const second = await scene.startApp(url)
    try {
      balancer.targets.push(first.origin)
      const person = scene.visitor(url)
      await sync(person, 'C1')
      const page = await person.open('/campaigns/C1')
      const answer = vendor.gate('api', 'after')
      const pressed = person.press(page, syncButton('C1'))
      await answer.arrived
      await vi.waitFor(() => expect(vendor.effects('C1')).toBe(2), { timeout: 5_000, interval: 10 })
      relay?.hold()
      answer.release()
      const unrecorded = await pressed
      expect([unrecorded.status, readPage(unrecorded.body).heading]).toEqual([
        503,
        'Sent, but not written down',
      ])
      balancer.targets.splice(0, 1, second.origin)
      if (when === 'before') await relay?.release()
      const seen = await person.click(unrecorded, SEE)
      if (when === 'before' || file !== WITHOUT_KEY)
        expect(told(seen)).toBe('Spring launch synced.')
      else expect(told(seen)).toMatch(OPEN)
      if (when === 'after') await relay?.release()
      expect(told(await person.click(unrecorded, SEE))).toBe(told(seen))
      expect(vendor.effects('C1')).toBe(2)
    } finally {
      await first.close()
      await relay?.stop()
    }
  })
})

/** NODE_OPTIONS of a process that, after SIGUSR2, stops itself at the next message of this channel of undici's. */
function stopsAt(channel: string): string {
  const code = `import { subscribe } from 'node:diagnostics_channel'
    let armed = false
    process.on('SIGUSR2', () => { armed = true })
    subscribe('undici:client:${channel}', () => {
      if (armed) process.kill(process.pid, 'SIGSTOP')
      armed = false
    })`
  return `--import data:text/javascript,${encodeURIComponent(code)}`
}
