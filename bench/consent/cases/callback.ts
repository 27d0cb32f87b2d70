// Cases of the callback: whose it is, twice, and what the token endpoint says.
import assert from 'node:assert/strict'
import type { Visit } from '../../../test/support/browser/http-visitor.ts'
import type { Step } from '../../../test/support/vendor/misbehave.ts'
import type { Case } from '../case.ts'
import { changed, type Play } from '../play.ts'

export const callback: Case[] = [
  {
    area: 'callback',
    says: 'one that another browser began counts for nothing',
    play: async (play) => refused(play, await play.toCallback(), play.newPerson()),
  },
  {
    area: 'callback',
    says: 'a wrong state counts for nothing',
    play: async (play) =>
      refused(play, changed(await play.toCallback(), { state: 'x'.repeat(43) })),
  },
  {
    area: 'callback',
    says: 'no state counts for nothing',
    play: async (play) => refused(play, changed(await play.toCallback(), { state: null })),
  },
  {
    area: 'callback',
    says: 'another issuer counts for nothing (RFC 9207)',
    play: async (play) =>
      refused(play, changed(await play.toCallback(), { iss: 'https://evil.example' })),
  },
  {
    area: 'callback',
    says: 'no code counts for nothing',
    play: async (play) => refused(play, changed(await play.toCallback(), { code: null })),
  },
  {
    area: 'callback',
    says: 'a person’s no is no fault: nothing is pushed, and the next press works',
    async play(play) {
      const denied = { error: 'access_denied', code: null }
      const end = await play.goOn(changed(await play.toCallback(), denied))
      assert.ok(end.status < 500, `status ${end.status}`)
      play.isNotDone(end)
      play.isDone(await play.sync(), 1)
    },
  },
  {
    area: 'callback',
    says: 'opened twice, one after the other, it is finished once',
    async play(play) {
      const back = await play.toCallback()
      await play.goOn(back)
      await play.goOn(back)
      assert.deepEqual(
        [play.tokenRequests(), play.applied()],
        [1, 1],
        'token requests, times applied',
      )
    },
  },
  {
    area: 'callback',
    says: 'opened twice at once, it is finished once',
    async play(play) {
      const back = await play.toCallback()
      await Promise.all([play.goOn(back), play.goOn(back)])
      assert.deepEqual(
        [play.tokenRequests(), play.applied()],
        [1, 1],
        'token requests, times applied',
      )
    },
  },
  {
    area: 'callback',
    says: 'looked at by a link scanner first, it still works',
    async play(play) {
      const back = await play.toCallback()
      await play.person.head(`${back.next?.pathname}${back.next?.search}`)
      play.isDone(await play.goOn(back), 1)
    },
  },
  {
    area: 'callback',
    says: 'a token endpoint that fails (500): not done, and the next press works',
    play: (play) => recovers(play, [{ status: 500, body: {} }]),
  },
  {
    area: 'callback',
    says: 'a token endpoint that drops the connection: the same',
    play: (play) => recovers(play, [{ reset: true }]),
  },
  {
    area: 'callback',
    says: 'a token endpoint that answers with a page: the same',
    play: (play) => recovers(play, [{ status: 200, body: '<p>Welcome</p>' }]),
  },
  {
    area: 'callback',
    says: 'a token response without a token: the same',
    play: (play) => recovers(play, [{ status: 200, body: { token_type: 'bearer' } }]),
  },
  {
    area: 'callback',
    says: 'a token response without expires_in and with token_type in capitals is taken',
    async play(play) {
      play.vendor.script('token', [{ members: { expires_in: undefined, token_type: 'BEARER' } }])
      play.isDone(await play.sync(), 1)
    },
  },
]

/** A callback that is not this person's request: no token is asked for, nothing is pushed. */
async function refused(play: Play, visit: Visit, by = play.person): Promise<void> {
  const end = await by.follow(visit, (next) => next.pathname !== visit.next?.pathname)
  assert.equal(play.tokenRequests(), 0, 'token requests')
  assert.ok(end.status < 500 || end.status === 502, `status ${end.status}`)
  play.isNotDone(end)
}

/** A token response that is no token: not done, and the next press works. */
async function recovers(play: Play, steps: Step[]): Promise<void> {
  play.vendor.script('token', steps)
  play.isNotDone(await play.sync())
  play.isDone(await play.sync(), 1)
}
