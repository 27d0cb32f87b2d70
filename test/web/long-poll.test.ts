// How many requests may wait at once (`?wait=30`): of one owner, and of all.
import { EventEmitter } from 'node:events'
import type { Response } from 'express'
import { expect, test } from 'vitest'
import { createLongPoll } from '../../src/web/http/long-poll.ts'

/** A poll of its own, and what it says to its metrics and to who is not kept waiting. */
function start(most: { ofOwner: number; ofAll: number }) {
  const stopping = new AbortController()
  const said = { open: [] as number[], notKept: 0, retryAfter: [] as string[] }
  const metrics = {
    longPolls: (open: number) => void said.open.push(open),
    longPollNotKept: () => void said.notKept++,
  }
  const poll = createLongPoll({ runs: { stopping: stopping.signal }, metrics }, most)
  const wait = (owner: string) => {
    const set = (_name: string, value: string) => void said.retryAfter.push(value)
    const res = Object.assign(new EventEmitter(), { set }) as unknown as Response
    return poll(
      { seconds: 30, res },
      owner,
      async () => 'as it is',
      () => false,
    )
  }
  return { said, wait, stop: () => stopping.abort() }
}

test('beyond as many of one owner, or of all, one is answered at once and told when to ask again', async () => {
  const { said, wait, stop } = start({ ofOwner: 2, ofAll: 3 })
  const kept = [wait('dana'), wait('dana')]
  await Promise.resolve()
  expect(await wait('dana')).toBe('as it is')
  kept.push(wait('sam'))
  await Promise.resolve()
  expect(await wait('ada')).toBe('as it is')
  expect(said).toMatchObject({ notKept: 2, retryAfter: ['5', '5'], open: [1, 2, 3] })
  stop()
  await Promise.all(kept)
  expect(said.open.at(-1)).toBe(0)
})
