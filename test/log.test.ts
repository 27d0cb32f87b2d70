// What an operator reads in the log: levels as words, an outage among the errors, and at a terminal lines for people.
import { expect, test } from 'vitest'
import { createEvent, createLog, readableLine } from '../src/log.ts'

function open() {
  const lines: string[] = []
  const log = createLog('info', { write: (line) => void lines.push(line) })
  return { log, event: createEvent(log), lines, read: () => lines.map((line) => JSON.parse(line)) }
}

test('levels are words, of a child too', () => {
  const { log, read } = open()
  log.info('one')
  log.child({ request: 'r' }).warn('two')
  log.fatal('three')
  expect(read().map(({ level }) => level)).toEqual(['info', 'warn', 'fatal'])
})

test('an outage of the store or the queue is an error, and that it is over is not', () => {
  const { event, read } = open()
  for (const name of ['store.error', 'queue.error', 'run.unlogged', 'run.again', 'store.ready'])
    event(name, {})
  expect(read().map(({ level, msg }) => `${level} ${msg}`)).toEqual([
    'error store.error',
    'error queue.error',
    'error run.unlogged',
    'warn run.again',
    'info store.ready',
  ])
})

test('at a terminal a line is one to read, with the stack of an error below', () => {
  const { log, lines } = open()
  log.error({ code: 'E-STORE', text: 'two words', list: [1] }, 'trouble')
  log.error({ err: new TypeError('broken') }, 'surprise')
  const [first = '', second = ''] = lines.map(readableLine)
  expect(first).toMatch(
    /^\d\d:\d\d:\d\d error trouble code=E-STORE text="two words" list="\[1\]"\n$/,
  )
  expect(second).toMatch(/^\d\d:\d\d:\d\d error surprise type=TypeError message=broken\n {4}at /)
})

test('what others wrote into a line neither ends it nor moves the cursor', () => {
  const { log, lines } = open()
  log.info({ path: 'a\nb\u001b[2Jc\u009bd', '\u001b[2J': 'x' }, 'request')
  const shown = readableLine(lines[0] ?? '')
  expect(shown).not.toMatch(/[\p{C}--\n]/v)
  expect(shown.trimEnd()).not.toContain('\n')
})
