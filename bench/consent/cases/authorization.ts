// Cases of the authorization request: state, PKCE, tabs, session, address.
import assert from 'node:assert/strict'
import type { Visit } from '../../../test/support/browser/http-visitor.ts'
import type { Case } from '../case.ts'

const parameter = (visit: Visit, name: string) => visit.next?.searchParams.get(name) ?? ''

export const authorization: Case[] = [
  {
    area: 'authorization',
    says: 'each request has a state of its own that nobody can guess',
    async play(play) {
      const doors = [await play.toVendor(), await play.toVendor(play.newPerson())]
      const states = doors.map((door) => parameter(door, 'state'))
      assert.equal(new Set(states).size, 2)
      for (const state of states)
        assert.ok(state.length >= 22, `a state of ${state.length} characters`)
    },
  },
  {
    area: 'authorization',
    says: 'PKCE with S256, another challenge each time (RFC 7636)',
    async play(play) {
      const doors = [await play.toVendor(), await play.toVendor(play.newPerson())]
      const challenges = doors.map((door) => parameter(door, 'code_challenge'))
      assert.equal(new Set(challenges).size, 2)
      for (const door of doors) assert.equal(parameter(door, 'code_challenge_method'), 'S256')
    },
  },
  {
    area: 'authorization',
    says: 'a strict authorization server finds no fault',
    async play(play) {
      play.vendor.takeFaults()
      play.isDone(await play.sync(), 1)
      assert.deepEqual(play.vendor.takeFaults(), [])
    },
  },
  {
    area: 'authorization',
    says: 'two tabs that press two campaigns before either is approved are both finished',
    async play(play) {
      const other = `${play.campaign}b`
      const [one, two] = [await play.toCallback(), await play.toCallback(play.person, other)]
      await play.goOn(one)
      await play.goOn(two)
      assert.deepEqual([play.applied(), play.applied(other)], [1, 1], 'times applied')
    },
  },
  {
    area: 'authorization',
    says: 'the session’s id is another one after access came',
    async play(play) {
      const door = await play.toCallback()
      const before = play.person.jar.header(new URL(play.stage.url)) ?? ''
      await play.goOn(door)
      const after = play.person.jar.header(new URL(play.stage.url)) ?? ''
      assert.notEqual(after, before, 'the same cookies as before')
    },
  },
  {
    area: 'authorization',
    says: 'the page at the end has no code and no state in its address',
    async play(play) {
      const end = await play.sync()
      assert.ok(
        !/[?&](code|state)=/.test(end.url.search),
        `they are in that of ${end.url.pathname}`,
      )
    },
  },
]
