// Cases of a press: first, again, twice, by two people, by nobody.
import assert from 'node:assert/strict'
import type { Case } from '../case.ts'

export const press: Case[] = [
  {
    area: 'press',
    says: 'the first press leads to the vendor once and is finished on the way back',
    async play(play) {
      play.isDone(await play.sync(), 1)
      assert.equal(play.authorizations(), 1, 'authorizations')
    },
  },
  {
    area: 'press',
    says: 'another press with access pushes again, without the vendor’s page',
    async play(play) {
      await play.sync()
      play.isDone(await play.sync(), 2)
      assert.equal(play.authorizations(), 1, 'authorizations')
    },
  },
  {
    area: 'press',
    says: 'a double click is one press',
    async play(play) {
      await play.sync()
      const send = await play.prepare()
      const ends = await Promise.all([send(), send()])
      for (const end of ends) await play.goOn(end)
      assert.equal(play.applied(), 2, 'times applied, once of them before')
    },
  },
  {
    area: 'press',
    says: 'a form that is sent again after its end is the same press',
    async play(play) {
      await play.sync()
      const send = await play.prepare()
      await play.goOn(await send())
      await play.goOn(await send())
      assert.equal(play.applied(), 2, 'times applied, once of them before')
    },
  },
  {
    area: 'press',
    says: 'a double click without access is finished once',
    async play(play) {
      const send = await play.prepare()
      const [first, second] = await Promise.all([send(), send()])
      await play.goOn(first)
      await play.goOn(second)
      assert.equal(play.applied(), 1, 'times applied')
    },
  },
  {
    area: 'press',
    says: 'two people who press the same campaign each use access of their own',
    async play(play) {
      const other = play.newPerson()
      await play.sync()
      await play.sync(other)
      const tokens = play.vendor
        .at('api', play.campaign)
        .map(({ headers }) => headers.authorization)
      assert.equal(new Set(tokens).size, 2, 'tokens')
      assert.equal(play.applied(), 2, 'times applied')
    },
  },
  {
    area: 'press',
    says: 'opening, prefetching or previewing the address of the press pushes nothing',
    async play(play) {
      const form = await play.press()
      await play.goOn(form)
      const times = play.applied()
      await play.person.get(form.url.pathname, { 'sec-purpose': 'prefetch' })
      await play.person.head(form.url.pathname)
      await play.person.get(form.url.pathname)
      assert.equal(play.applied(), times, 'times applied')
    },
  },
  {
    area: 'press',
    says: 'a form of another site pushes nothing',
    async play(play) {
      await play.sync()
      const { url } = await play.press()
      const times = play.applied()
      const elsewhere = {
        origin: 'https://evil.example',
        'sec-fetch-site': 'cross-site',
        referer: 'https://evil.example/',
      }
      const end = await play.person.post(url.pathname, {}, elsewhere)
      await play.goOn(end)
      assert.equal(play.applied(), times, 'times applied')
    },
  },
]
