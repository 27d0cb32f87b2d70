// What a run says of itself: paused begins with why, durations are what was measured, and the badge fits the heading.
import { expect, test } from 'vitest'
import { type Run, runSchema } from '../../src/runs/run.ts'
import { headlineOf, runStatus, textOf } from '../../src/web/runs/messages.ts'
import { duration, roughly } from '../../src/web/runs/text.ts'

const vendor = { name: 'Acme Ads' }

const run = (set: Partial<Run>): Run =>
  runSchema.parse({
    ...{ id: 'r', owner: 'o', vendor: 'demo', title: '40 campaigns', state: 'paused' },
    ...{ total: 40, left: 16, sent: 24, failed: 0, skipped: 0, unknown: 0 },
    ...{ fence: 1, leg: 1, createdAt: 1 },
    ...set,
  })

test.each([
  [{ reason: 'access' }, 'Access ended: 24 of 40 done, 16 left, nothing is lost.'],
  [{ reason: 'denied' }, 'You cancelled at Acme Ads: 24 of 40 done, 16 left, nothing is lost.'],
  [
    { reason: 'refused' },
    'Acme Ads gave access and then refused it: 24 of 40 done, 16 left, nothing is lost.',
  ],
  [
    { reason: 'busy' },
    'Other runs of yours are under way: 24 of 40 done, 16 left, nothing is lost. Go on with this one when one of them has ended.',
  ],
  [
    { reason: 'access', leg: 0, left: 40, sent: 0 },
    'Acme Ads has not been asked for access yet: 0 of 40 done, 40 left, nothing is lost.',
  ],
  [
    { state: 'stopped', reason: 'asked' },
    'You stopped it: 24 of 40 done, 16 left. What is done is kept.',
  ],
  [
    { state: 'done', sent: 37, failed: 2, unknown: 1, left: 0 },
    'Correct what failed, and retry it. Nobody can tell yet whether Acme Ads got what is unknown.',
  ],
  [
    { state: 'stopped', reason: 'failures' },
    'Acme Ads gave the same answer again and again, so it stopped early: 24 of 40 done, 16 left.',
  ],
] as const)('%j says why first', (set, text) => {
  expect(textOf(run(set), vendor, false)).toBe(text)
})

test.each([
  [{ state: 'paused' }, 'Paused'],
  [{ state: 'stopped' }, 'Stopped'],
  [{ state: 'running' }, 'Syncing'],
  [{ state: 'draft' }, 'Not synced'],
  [{ state: 'done', sent: 40, left: 0 }, 'Synced'],
  [{ state: 'done', sent: 38, failed: 2, left: 0 }, 'Partly'],
  [{ state: 'done', sent: 38, unknown: 2, left: 0 }, 'Partly'],
  [{ state: 'done', sent: 39, skipped: 1, left: 0 }, 'Partly'],
  [{ state: 'done', sent: 0, failed: 40, left: 0 }, 'Failed'],
  [{ state: 'done', sent: 0, unknown: 40, left: 0 }, 'Unknown'],
] as const)('the badge of %j is %s', (set, status) => {
  expect(runStatus(run(set), false)).toBe(status)
  expect(headlineOf(run(set), false)).not.toMatch(/Paused.*Stopped|Stopped.*Paused/)
})

test.each([
  [300, 'less than a second'],
  [1_200, '1 second'],
  [6_000, '6 seconds'],
  [59_400, '59 seconds'],
  [59_600, '1 minute'],
  [720_000, '12 minutes'],
  [3 * 3_600_000, '3 hours'],
] as const)('%i ms are %s', (ms, text) => {
  expect(duration(ms)).toBe(text)
  expect(roughly(ms)).toBe(text.startsWith('less') ? text : `about ${text}`)
})
