// Cases of an app that is killed in the middle.
import assert from 'node:assert/strict'
import type { Visit } from '../../../test/support/browser/http-visitor.ts'
import type { Case } from '../case.ts'

const parameter = (visit: Visit, name: string) => visit.next?.searchParams.get(name) ?? ''

export const killed: Case[] = [
  ...([true, false] as const).map(
    (keys): Case => ({
      area: 'killed',
      says: `in the middle of a push, ${keys ? 'keys' : 'no keys'}: the same press afterwards never applies it twice`,
      keys,
      async play(play) {
        await play.sync()
        const gate = play.vendor.gate('api', 'after')
        const send = await play.prepare()
        const broken = send().catch(() => undefined)
        await gate.arrived
        await play.stage.killAndStart()
        gate.release()
        await broken
        await play.goOn(await send())
        assert.equal(play.applied(), 2, 'times applied, once of them before')
      },
    }),
  ),
  {
    area: 'killed',
    says: 'while the person is at the vendor: the way back still finishes the press, once',
    async play(play) {
      const back = await play.toCallback()
      await play.stage.killAndStart()
      play.isDone(await play.goOn(back), 1)
    },
  },
  {
    area: 'killed',
    says: 'while the code is exchanged: it is not sent twice, and the next press works',
    async play(play) {
      const back = await play.toCallback()
      const gate = play.vendor.gate('token', 'after')
      const broken = play.goOn(back).catch(() => undefined)
      await gate.arrived
      await play.stage.killAndStart()
      gate.release()
      await broken
      await play.goOn(back)
      const code = parameter(back, 'code')
      const sent = play.vendor.at('token').filter(({ body }) => body.includes(code)).length
      assert.equal(sent, 1, 'times that the code was sent')
      await play.sync()
      assert.ok(play.applied() >= 1, 'it was never applied')
    },
  },
]
