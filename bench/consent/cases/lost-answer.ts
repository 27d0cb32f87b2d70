// Cases of an answer that is lost, late or no proof.
import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import type { Step } from '../../../test/support/vendor/misbehave.ts'
import type { Case } from '../case.ts'

const LOST: Step = { reset: true, apply: true }
const NOT_ARRIVED: Step = { reset: true, apply: false }

export const lost: Case[] = [
  ...([true, false] as const).map(
    (keys): Case => ({
      area: 'lost answer',
      says: `applied and the answer lost, ${keys ? 'keys' : 'no keys'}: never twice, also when it is pressed again`,
      keys,
      async play(play) {
        await play.sync()
        play.vendor.script('api', [LOST])
        const send = await play.prepare()
        await play.goOn(await send())
        await play.goOn(await send())
        assert.equal(play.applied(), 2, 'times applied, once of them before')
      },
    }),
  ),
  {
    area: 'lost answer',
    says: 'never arrived and no answer, keys: applied once after the same press again at the latest',
    keys: true,
    async play(play) {
      await play.sync()
      play.vendor.script('api', [NOT_ARRIVED])
      const send = await play.prepare()
      await play.goOn(await send())
      play.isDone(await play.goOn(await send()), 2)
    },
  },
  {
    area: 'lost answer',
    says: 'applied and then a 500, no keys: never twice, and the page does not say that it failed for sure',
    keys: false,
    async play(play) {
      await play.sync()
      play.vendor.script('api', [{ status: 500, body: {}, apply: true }])
      const send = await play.prepare()
      await play.goOn(await send())
      await play.goOn(await send())
      assert.equal(play.applied(), 2, 'times applied, once of them before')
    },
  },
  ...[
    ['a page', { status: 200, body: '<p>Maintenance</p>' }],
    ['an error', { status: 200, body: { error: { code: 17 } } }],
    ['202 and nothing', { status: 202, body: '' }],
  ].map(
    ([what, step]): Case => ({
      area: 'lost answer',
      says: `a 2xx with ${what} is no proof: the page does not say done`,
      async play(play) {
        await play.sync()
        play.vendor.always('api', Object(step))
        play.isNotDone(await play.sync(), 1)
      },
    }),
  ),
  {
    area: 'lost answer',
    says: 'a vendor that never answers: the person has a page within 30 s',
    async play(play) {
      await play.sync()
      play.vendor.always('api', { never: true })
      const end = await Promise.race([play.sync(), late(30_000)])
      assert.ok(end, 'no page after 30 s')
      play.isNotDone(end, 1)
    },
  },
  {
    area: 'lost answer',
    says: '429 with Retry-After: not done, and nothing is sent before that time',
    async play(play) {
      await play.sync()
      const before = play.pushes()
      play.vendor.always('api', { status: 429, body: {}, headers: { 'retry-after': '60' } })
      play.isNotDone(await play.sync(), 1)
      assert.equal(play.pushes() - before, 1, 'requests')
    },
  },
]

/** Undefined after so many ms. */
async function late(ms: number): Promise<undefined> {
  return wait(ms, undefined, { ref: false })
}
