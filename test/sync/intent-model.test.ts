// The promise as a model: random presses, edits, failures, kills and clocks against sync(), and what always has to hold.
import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, test, vi } from 'vitest'
import { BEHAVIOURS, type Behaviour, type Kind } from '../support/sync/model-vendor.ts'
import { createWorld, type Real } from '../support/sync/world.ts'

const RUNS = process.env.FULL === undefined ? 300 : 5_000

beforeAll(() => {
  vi.useFakeTimers({
    toFake: ['Date', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
  })
  vi.spyOn(timers, 'setTimeout').mockImplementation(
    (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  )
  syncBuiltinESMExports()
})
afterAll(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
  syncBuiltinESMExports()
})

type Step = fc.AsyncCommand<object, Real>

/** A step that always may be taken; what holds is checked after it. */
function step(name: string, play: (real: Real) => Promise<void> | void): Step {
  return {
    check: () => true,
    async run(_, real) {
      await play(real)
      real.check()
    },
    toString: () => name,
  }
}

const behaviours = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constant<Behaviour>('lost') },
    fc.constantFrom(...BEHAVIOURS),
  ),
  { maxLength: 4 },
)
const which = fc.nat(20)
const KILLS = [
  'before the step',
  'before the effect',
  'after the effect',
  'before the end',
] as const

const commands = [
  behaviours.map((how) => step(`press ${how}`, (real) => real.press(how))),
  fc
    .tuple(which, behaviours)
    .map(([n, how]) => step(`press ${n} again ${how}`, (real) => real.pressAgain(n, how))),
  fc
    .tuple(which, fc.constantFrom('again', 'new', undefined), behaviours)
    .map(([n, send, how]) =>
      step(`button ${send} of ${n} ${how}`, (real) => real.button(n, send, how)),
    ),
  fc
    .tuple(behaviours, fc.boolean())
    .map(([how, edits]) =>
      step(`two presses${edits ? ', an edit between' : ''} ${how}`, (real) =>
        real.pressTwo(edits, how),
      ),
    ),
  fc.constant(step('edit', (real) => real.edit())),
  fc.constant(step('revoke', (real) => real.revoke())),
  fc
    .tuple(which, behaviours)
    .map(([n, how]) => step(`approve ${n} ${how}`, (real) => real.approve(n, how))),
  which.map((n) => step(`deny ${n}`, (real) => real.deny(n))),
  fc.constantFrom(...KILLS).map((when) => step(`kill ${when}`, (real) => real.pressAndKill(when))),
  fc
    .constantFrom(-3_600_000, 5_000, 3_600_000)
    .map((ms) => step(`clock ${ms}`, (real) => real.jump(ms))),
]

describe.each<Kind>(['keys', 'keeping', 'no keys'])('a vendor with %s', (kind) => {
  test('gets each push once, and is never said to have what it has not', {
    timeout: 600_000,
  }, async () => {
    const sequences = fc.commands(commands, { maxCommands: 14 })
    await fc.assert(
      fc.asyncProperty(sequences, async (sequence) => {
        vi.clearAllTimers()
        const real = await createWorld(kind)
        await fc.asyncModelRun(() => ({ model: {}, real }), sequence)
      }),
      { numRuns: RUNS },
    )
  })
})
