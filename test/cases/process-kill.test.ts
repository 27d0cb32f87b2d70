// PRC-05 and PRC-06 in full: kill -9 at every step of an authorization and of a push. FULL=1 takes every step on both stores.
import { describe, expect, test } from 'vitest'
import { createMortal, type Mortal, persist } from '../support/app/mortal.ts'
import { behindProxy } from '../support/redis/own-redis.ts'
import { inScene } from '../support/scene/cases.ts'
import type { Scene } from '../support/scene/scene.ts'
import type { Endpoint } from '../support/vendor/fake-vendor.ts'

const LANES = 3
/** From one step to the next: every one, or so many that the whole takes half a minute. */
const STEP = process.env.FULL ? { embedded: 1, redis: 1 } : { embedded: 31, redis: 7 }
/** Enough for any authorization; a lane ends by itself when nobody dies any more. */
const MOST_STEPS = 400
const SYNCED = expect.stringContaining('Spring launch synced.')

/** A first sync with its authorization and a second one with the token: applied once each, whatever dies in between. */
async function twoSyncs(
  { vendor, visitor }: Scene,
  mortal: Mortal,
  url: string,
  step: number | string,
) {
  const person = visitor(url)
  const before = vendor.effects('C1')
  const first = await persist(person, mortal, 'C1')
  expect([step, first, vendor.effects('C1') - before]).toEqual([step, SYNCED, 1])
  const second = await persist(person, mortal, 'C1')
  expect([step, second, vendor.effects('C1') - before]).toEqual([step, SYNCED, 2])
  vendor.takeFaults() // a code that is sent again after a death is refused by the vendor, which is fine
}

/** The n-th, the one after LANES more, …: until the app survives both syncs. */
async function everyNth(first: number, span: number, play: (step: number) => Promise<boolean>) {
  for (let step = first; step < MOST_STEPS; step += span)
    if (!(await play(step))) return step - span
  throw new Error('it went on dying')
}

const lanes = (step: number) => Array.from({ length: LANES }, (_, lane) => 1 + lane * step)

describe('kill -9 at every step', { timeout: process.env.FULL ? 3_600_000 : 180_000 }, () => {
  const deepest: number[] = []

  test('PRC-05: at every write of the embedded store, the campaign is applied once per click', async () => {
    const lane = (first: number) =>
      inScene({}, async (scene) => {
        const mortal = createMortal(scene)
        const span = LANES * STEP.embedded
        await mortal.alive(first)
        const last = await everyNth(first, span, async (step) => {
          const died = mortal.deaths()
          const { url } = await mortal.alive(step + span) // the next one to be started dies later
          await mortal.arm()
          await twoSyncs(scene, mortal, url, step)
          return mortal.deaths() > died
        })
        deepest.push(last)
      })()
    await Promise.all(lanes(STEP.embedded).map(lane))
    expect(Math.max(...deepest)).toBeGreaterThan(20)
  })

  test('PRC-06: at every command to Redis that writes, the campaign is applied once per click', async () => {
    const lane = (first: number) =>
      behindProxy({}, async (scene) => {
        const mortal = createMortal(scene)
        await everyNth(first, LANES * STEP.redis, async (step) => {
          const died = mortal.deaths()
          const { url } = await mortal.alive()
          let writes = 0
          scene.proxy.faults.command = async (words) => {
            if (!isWrite(words)) return undefined
            writes += 1
            if (writes !== step) return undefined
            await mortal.kill()
            return ''
          }
          await twoSyncs(scene, mortal, url, step)
          return mortal.deaths() > died
        })
      })()
    await Promise.all(lanes(STEP.redis).map(lane))
  })

  const gates = (['token', 'me', 'api'] as Endpoint[]).flatMap((endpoint) =>
    (['before', 'after'] as const).map((when) => ({ endpoint, when })),
  )

  test('PRC-06: while the vendor is at work, before its effect and after it', async () => {
    const lane = (mine: typeof gates) =>
      inScene({}, async (scene) => {
        const mortal = createMortal(scene)
        for (const { endpoint, when } of mine) {
          const { url } = await mortal.alive()
          const gate = scene.vendor.gate(endpoint, when)
          const killed = gate.arrived.then(() => mortal.kill()).then(gate.release)
          await twoSyncs(scene, mortal, url, `${endpoint} ${when}`)
          await killed
        }
        expect(mortal.deaths()).toBe(mine.length)
      })()
    // Up to the push a death is followed by the 12 s that another may take for the exchange: a lane for each of these.
    const [push, rest] = [gates.slice(-2), gates.slice(0, -2)]
    await Promise.all([push, ...rest.map((gate) => [gate])].map(lane))
  })
})

/** Of the authorization and the push, not of what runs beside them. */
function isWrite([name = '', ...rest]: string[]): boolean {
  const key = /^eval/i.test(name) ? rest[2] : rest[0]
  const ours =
    /^cs:(sess|auth|trips|busy|tok|conn|intent|push|log|first|retired|accounts|held):/.test(
      key ?? '',
    )
  return ours && !/^(get|hgetall|lrange|zmscore|zrange.*|ping|pttl)$/i.test(name)
}
