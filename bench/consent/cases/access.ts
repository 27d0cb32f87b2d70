// Cases of access that ends: refused, for ever, another campaign, a no.
import assert from 'node:assert/strict'
import type { Case } from '../case.ts'
import { changed } from '../play.ts'

export const access: Case[] = [
  {
    area: 'end of access',
    says: 'a press that meets a 401 is finished after one authorization, without another press',
    async play(play) {
      await play.sync()
      play.vendor.revokeAll()
      play.isDone(await play.sync(), 2)
      assert.equal(play.authorizations(), 2, 'authorizations')
    },
  },
  {
    area: 'end of access',
    says: 'a vendor that answers 401 for ever is no loop',
    async play(play) {
      play.vendor.always('api', { status: 401, body: {} })
      play.isNotDone(await play.sync())
      assert.ok(play.authorizations() <= 2, `${play.authorizations()} authorizations for one press`)
    },
  },
  {
    area: 'end of access',
    says: 'a 403 is a missing permission: told, and no authorization',
    async play(play) {
      await play.sync()
      play.vendor.script('api', [{ status: 403, body: { error: { message: 'not yours' } } }])
      play.isNotDone(await play.sync(), 1)
      assert.equal(play.authorizations(), 1, 'authorizations')
    },
  },
  {
    area: 'end of access',
    says: 'access that ends while the person is at the vendor for another campaign is asked for again, once',
    async play(play) {
      const other = `${play.campaign}b`
      await play.sync()
      const back = await play.toCallback(play.person, other)
      play.vendor.revokeAll()
      await play.goOn(back)
      play.isDone(await play.sync(), 2)
      assert.equal(play.applied(other), 1, 'times applied')
    },
  },
  {
    area: 'end of access',
    says: 'a no after the end of access leaves what was pushed before, and says nothing else',
    async play(play) {
      await play.sync()
      play.vendor.revokeAll()
      const denied = { error: 'access_denied', code: null }
      play.isNotDone(await play.goOn(changed(await play.toCallback(), denied)), 1)
    },
  },
]
