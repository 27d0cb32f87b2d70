// What an intent keeps through its states: its id and keys, its content, what is told of its end, and for how long.
import { describe, expect, test } from 'vitest'
import {
  type AttemptEnd,
  approve,
  awaitAccess,
  begin,
  deny,
  hasEnded,
  type Intent,
  idempotencyKeyOf,
  isEarly,
  isFinal,
  isUncertain,
  newIntent,
  nextKey,
  type Result,
  resultOf,
  resultOfEnd,
  resultSchema,
  type Sending,
  sendAsNew,
  settle,
  settleAsBusy,
  shareResult,
} from '../../src/sync/intent.ts'

const NOW = 1_790_000_000_000
const asked = { vendor: 'v', campaign: 'C1', referrer: '/campaigns', shown: 'h1' }
const fresh = newIntent('owner', asked, 'press')
const { state: _, ...wish } = { ...fresh, content: 'h1', sent: { id: 'C1' } }
const sending: Sending = { ...wish, state: 'sending', uncertain: false, approved: false }
const settled = (result: Partial<Result>): Intent => ({
  ...wish,
  state: 'settled',
  result: { kind: 'sent', at: NOW, ...result },
})

describe('a new intent', () => {
  test('has an id of 32 letters that follows from the press, and is requested', () => {
    expect(fresh).toMatchObject({ ...asked, state: 'requested' })
    expect(Math.abs(Date.now() - fresh.createdAt)).toBeLessThan(60_000)
    expect(fresh.id).toMatch(/^[\w-]{32}$/)
    expect(newIntent('owner', asked, 'press').id).toBe(fresh.id)
  })

  test('is another one for another owner, vendor, campaign or press, and without a press each time', () => {
    const others = [
      newIntent('other', asked, 'press'),
      newIntent('owner', { ...asked, vendor: 'w' }, 'press'),
      newIntent('owner', { ...asked, campaign: 'C2' }, 'press'),
      newIntent('owner', asked, 'again'),
      newIntent('owner', asked, undefined),
      newIntent('owner', asked, undefined),
      newIntent('own', { ...asked, vendor: 'erv' }, 'press'),
    ]
    expect(new Set([fresh, ...others].map(({ id }) => id)).size).toBe(8)
  })
})

describe('the key', () => {
  test('is the id, then the id with a number', () => {
    expect(idempotencyKeyOf(fresh)).toBe(fresh.id)
    expect(idempotencyKeyOf({ ...fresh, key: 'k' })).toBe('k')
    expect(nextKey({ id: 'a' })).toBe('a-2')
    expect(nextKey({ id: 'a', key: 'a-2' })).toBe('a-3')
    expect(nextKey({ id: 'a', key: 'a-41' })).toBe('a-42')
  })

  test('stays while the content stays, also of one that never had any', () => {
    expect(begin({ ...wish, state: 'requested' }, { content: 'h1' }).key).toBeUndefined()
    expect(begin(fresh, { content: 'h2' }).key).toBeUndefined()
    expect(begin({ ...wish, state: 'requested' }).key).toBeUndefined()
    expect(begin({ ...wish, state: 'requested' }, { content: 'h2' }).key).toBe(`${fresh.id}-2`)
  })
})

describe('what is kept', () => {
  test('through a begin: the wish, the new content, and whether access was granted for it', () => {
    const next = { content: 'h2', sent: { id: 'C1', name: 'new' } }
    const begun = begin({ ...wish, state: 'approved', uncertain: false }, next)
    expect(begun).toMatchObject({ ...asked, ...next, approved: true, uncertain: false })
    expect(begin({ ...wish, state: 'requested' })).toMatchObject({ content: 'h1', approved: false })
    expect(begin(sending)).toMatchObject({ uncertain: true })
  })

  test('other content is refused only while the old may be applied and can be repeated', () => {
    const other = { content: 'h2' }
    expect(() => begin(sending, { ...other, sent: {} })).toThrow('settled before other content')
    expect(begin(sending, other)).toMatchObject({ content: 'h2', uncertain: true })
    expect(() => begin(settled({}), other)).toThrow('final')
    expect(() => sendAsNew(fresh)).toThrow('only an uncertain push')
  })

  test('through the question for access: what a refused key was told, and that it is uncertain', () => {
    const refused: Result = { kind: 'forbidden', at: NOW }
    const waiting = awaitAccess({ ...sending, uncertain: true }, refused)
    expect(waiting).toEqual({ ...wish, state: 'awaitingAccess', uncertain: true, result: refused })
    expect(approve(waiting)).toEqual({ ...wish, state: 'approved', uncertain: true })
    expect(deny(waiting, NOW)).toMatchObject({
      result: { kind: 'denied', at: NOW },
      uncertain: true,
    })
  })

  test('of one that gave way or joined: its end, and the content of the other', () => {
    expect(settleAsBusy(fresh, NOW)).toMatchObject({
      state: 'settled',
      result: { kind: 'busy', at: NOW },
    })
    const other = settled({ kind: 'failed', status: 422 })
    const joined = shareResult({ ...wish, state: 'requested' }, { ...other, content: 'h9' })
    expect(joined).toEqual({
      ...wish,
      content: 'h9',
      sent: undefined,
      state: 'settled',
      result: resultOf(other),
    })
    expect(shareResult({ ...wish, state: 'requested' }, sending)).toBeUndefined()
  })

  test('of one that is sent as new: neither content nor what was sent', () => {
    const anew = sendAsNew({ ...sending, uncertain: true })
    expect(anew).toMatchObject({ ...asked, key: `${fresh.id}-2`, state: 'requested' })
    expect([anew.content, anew.sent]).toEqual([undefined, undefined])
  })
})

describe('the end of an attempt', () => {
  const end = (kind: AttemptEnd['kind'], maybeApplied = false): AttemptEnd => ({
    kind,
    maybeApplied,
    status: 200,
  })

  test.each<[AttemptEnd['kind'], boolean, boolean, Partial<Result>]>([
    ['ok', false, false, { kind: 'sent' }],
    ['ok', true, true, { kind: 'sent' }],
    ['failed', false, false, { kind: 'failed' }],
    ['exists', false, false, { kind: 'failed' }],
    ['unknown', false, false, { kind: 'unknown' }],
    ['failed', true, false, { kind: 'unknown', because: 'failed' }],
    ['exists', false, true, { kind: 'unknown', because: 'failed' }],
    ['limited', false, true, { kind: 'unknown', because: 'limited' }],
    ['unknown', true, true, { kind: 'unknown' }],
  ])('%s, maybe applied %s, uncertain before %s', (kind, maybeApplied, before, result) => {
    expect(resultOfEnd(end(kind, maybeApplied), before, NOW)).toEqual({
      status: 200,
      at: NOW,
      ...result,
    })
  })

  test('that is final forgets what was sent; one to try again keeps it', () => {
    expect(settle(sending, end('ok'), NOW)).toMatchObject({ state: 'settled', sent: undefined })
    expect(settle(sending, end('failed'), NOW)).toMatchObject({ state: 'settled', sent: undefined })
    expect(settle(sending, end('limited'), NOW)).toMatchObject({
      state: 'settled',
      sent: wish.sent,
    })
    expect(settle(sending, end('unknown'), NOW)).toMatchObject({
      state: 'unconfirmed',
      sent: wish.sent,
    })
  })

  test('says that the campaign had changed, when it was sent and not as it was shown', () => {
    const changed = (change: Partial<Sending>, kind: AttemptEnd['kind'] = 'ok') =>
      resultOf(settle({ ...sending, ...change }, end(kind), NOW))?.changed
    expect(changed({ content: 'h2' })).toBe(true)
    expect(changed({ content: 'h2' }, 'failed')).toBeUndefined()
    expect(changed({})).toBeUndefined()
    expect(changed({ content: 'h2', shown: undefined })).toBeUndefined()
  })
})

test('final are sent and failed; ended is what has been told; uncertain what may be applied', () => {
  const states: [Intent, boolean, boolean, boolean][] = [
    [fresh, false, false, false],
    [sending, false, false, false],
    [{ ...sending, uncertain: true }, false, false, true],
    [{ ...wish, state: 'unconfirmed', result: { kind: 'unknown', at: NOW } }, false, true, true],
    [{ ...wish, state: 'awaitingAccess', uncertain: false }, false, true, false],
    [{ ...wish, state: 'approved', uncertain: true }, false, false, true],
    [settled({}), true, true, false],
    [settled({ kind: 'failed' }), true, true, false],
    [settled({ kind: 'limited' }), false, true, false],
  ]
  for (const [intent, final, ended, uncertain] of states)
    expect([isFinal(intent), hasEnded(intent), isUncertain(intent)]).toEqual([
      final,
      ended,
      uncertain,
    ])
})

test('it is early until the time the vendor named, unless that is over a day away or a clock was set back', () => {
  const early = (at: number, retryAt?: number) =>
    isEarly(settled({ kind: 'limited', at, ...(retryAt !== undefined && { retryAt }) }), NOW)
  expect(early(NOW)).toBe(false)
  expect(early(NOW, NOW + 1)).toBe(true)
  expect(early(NOW, NOW)).toBe(false)
  expect(early(NOW, NOW + 24 * 3600_000)).toBe(true)
  expect(early(NOW, NOW + 24 * 3600_000 + 1)).toBe(false)
  expect(early(NOW + 60_000, NOW + 1)).toBe(true)
  expect(early(NOW + 60_001, NOW + 1)).toBe(false)
  expect(isEarly(fresh, NOW)).toBe(false)
})

test('a stored result is read with what is sound in it', () => {
  const whole = {
    kind: 'ambiguous',
    at: NOW,
    candidates: [{ id: '1', name: 'Spring launch' }, { id: '2' }],
    tookMs: 5,
  }
  expect(resultSchema.parse(whole)).toEqual(whole)
  const odd = { kind: 'unknown', at: NOW, because: 'of the weather', candidates: [{ name: 'x' }] }
  expect(resultSchema.parse(odd)).toEqual({ kind: 'unknown', at: NOW })
  const because = { kind: 'unknown', at: NOW, because: 'limited' }
  expect(resultSchema.parse(because)).toEqual(because)
  expect(resultSchema.safeParse({ kind: 'elsewhere', at: NOW }).success).toBe(false)
  for (const kind of [
    'sent',
    'failed',
    'forbidden',
    'refused',
    'limited',
    'unavailable',
    'unreachable',
    'busy',
    'incomplete',
    'ambiguous',
    'gone',
    'partly',
    'unknown',
    'denied',
  ])
    expect(resultSchema.parse({ kind, at: 1 })).toEqual({ kind, at: 1 })
})
