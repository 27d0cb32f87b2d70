// Every state of an intent with every transition: what may become what is what the table on top of src/sync/intent.ts says.
import { describe, expect, test } from 'vitest'
import {
  acceptLate,
  approve,
  begin,
  deny,
  type Intent,
  idempotencyKeyOf,
  isUncertain,
  newIntent,
  type Result,
  type Sending,
  sendAsNew,
  settleAsBusy,
  shareResult,
} from '../../src/sync/intent.ts'

const asked = { vendor: 'v', campaign: 'C1', referrer: '/' }
const { state: _, ...wish } = { ...newIntent('o', asked, 'press'), content: 'hash' }
const YES: Result = { kind: 'sent', at: 1 }
const result: Result = { kind: 'unknown', at: 1 }
const sending: Sending = { ...wish, state: 'sending', uncertain: false, approved: false }
const settled = (kind: Result['kind']): Intent => ({
  ...wish,
  state: 'settled',
  result: { kind, at: 1 },
})

const STATES = {
  requested: { ...wish, state: 'requested' },
  sending,
  'sending?': { ...sending, uncertain: true },
  unconfirmed: { ...wish, state: 'unconfirmed', result },
  awaitingAccess: { ...wish, state: 'awaitingAccess', uncertain: false },
  'awaitingAccess?': { ...wish, state: 'awaitingAccess', uncertain: true },
  approved: { ...wish, state: 'approved', uncertain: false },
  'approved?': { ...wish, state: 'approved', uncertain: true },
  'settled: busy': settled('busy'),
  'settled: sent': settled('sent'),
  'settled: failed': settled('failed'),
} satisfies Record<string, Intent>
type State = keyof typeof STATES

const same = { content: 'hash', sent: { id: 'C1' } }
const TRANSITIONS = {
  begin: (intent: Intent) => begin(intent, same),
  beginOther: (intent: Intent) => begin(intent, { ...same, content: 'other' }),
  shareResult: (intent: Intent) => shareResult(intent, settled('sent')),
  settleAsBusy: (intent: Intent) => settleAsBusy(intent),
  sendAsNew: (intent: Intent) => sendAsNew(intent),
  acceptLate: (intent: Intent) => acceptLate(intent, { ...wish, state: 'settled', result: YES }),
  approve: (intent: Intent) => approve(intent),
  deny: (intent: Intent) => deny(intent),
}
type Transition = keyof typeof TRANSITIONS

/** The end of each pair: a state (`?` uncertain, `+` under a new key), `-` for left as it was, `!` for an error. */
const TABLE: Record<State, Record<Transition, string>> = {
  requested: row('sending sending+ settled settled ! settled - -'),
  sending: row('sending? ! - - ! settled - -'),
  'sending?': row('sending? ! - - requested+ settled - -'),
  unconfirmed: row('sending? ! - - requested+ settled - -'),
  awaitingAccess: row('sending sending+ settled settled ! settled approved awaitingAccess'),
  'awaitingAccess?': row('sending? ! - - requested+ settled approved? awaitingAccess?'),
  approved: row('sending sending+ settled settled ! settled - -'),
  'approved?': row('sending? ! - - requested+ settled - -'),
  'settled: busy': row('sending sending+ settled settled ! settled - -'),
  'settled: sent': row('! ! - - ! - - -'),
  'settled: failed': row('! ! - - ! - - -'),
}

function row(ends: string): Record<Transition, string> {
  const [begin = '', beginOther = '', shareResult = '', settleAsBusy = '', ...rest] =
    ends.split(' ')
  const [sendAsNew = '', acceptLate = '', approve = '', deny = ''] = rest
  return { begin, beginOther, shareResult, settleAsBusy, sendAsNew, acceptLate, approve, deny }
}

/** What a transition makes of an intent, in the words of the table. */
function endOf(transition: (intent: Intent) => Intent | undefined, from: Intent): string {
  try {
    const to = transition(from)
    if (!to) return '-'
    const isOtherKey = idempotencyKeyOf(to) !== idempotencyKeyOf(from)
    const isOpen = to.state !== 'unconfirmed' && isUncertain(to)
    return `${to.state}${isOpen ? '?' : ''}${isOtherKey ? '+' : ''}`
  } catch {
    return '!'
  }
}

describe.each(Object.entries(STATES))('an intent that is %s', (state, from) => {
  test.each(Object.entries(TRANSITIONS))('%s', (name, transition) => {
    const expected = Object.entries(Object.entries(TABLE).find(([one]) => one === state)?.[1] ?? {})
    expect([name, endOf(transition, from)]).toEqual(expected.find(([one]) => one === name))
  })
})

describe('a late yes of a holder that stood still', () => {
  const late: Intent = { ...wish, state: 'settled', result: YES }

  test('closes no push that was sent as new, in whatever state it is', () => {
    const anew = sendAsNew({ ...wish, state: 'unconfirmed', result })
    const under = begin(anew, { content: 'hash' })
    for (const now of [anew, under, { ...under, state: 'unconfirmed', result } as const])
      expect(acceptLate(now, late)).toBeUndefined()
  })

  test('closes no push of other content', () => {
    const other = begin({ ...sending, uncertain: true }, { content: 'other' })
    expect(acceptLate(other, late)).toBeUndefined()
  })

  test('is the only late end that closes anything, and only the same intent', () => {
    const now: Intent = { ...wish, state: 'unconfirmed', result }
    expect(acceptLate(now, settled('failed'))).toBeUndefined()
    expect(acceptLate({ ...now, id: 'another' }, late)).toBeUndefined()
    const otherWithItsKey: Intent = { ...now, id: 'another', key: late.id }
    expect(acceptLate(otherWithItsKey, late)).toBeUndefined()
    expect(acceptLate(now, sending)).toBeUndefined()
    expect(acceptLate(now, late)).toBe(late)
  })
})
