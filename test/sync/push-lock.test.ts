// Who is at work, as another instance reads it: its clock is never the same.
import { expect, test } from 'vitest'
import { newLock, readLock } from '../../src/sync/push-lock.ts'

test.each([-2_000, -500, -5, 0, 5, 500, 2_000])(
  'a fresh lease is one for an instance whose clock is %i ms off',
  (ms) => {
    const { value, until } = newLock('push:x', 'intent')
    expect(readLock(value, Date.now() + ms)).toEqual({ intent: 'intent', until })
  },
)

test.each([
  ['has ended', 5_000],
  ['ends later than one can last: its clock was set back', -60_000],
])('a lease that %s is none', (_why, ms) => {
  const { value } = newLock('push:x', 'intent')
  expect(readLock(value, Date.now() + ms)).toEqual({ intent: 'intent', until: 0 })
})
