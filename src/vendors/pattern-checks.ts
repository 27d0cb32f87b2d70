// Checks of a `pattern` in a vendor file: it lets no value choose another host, and takes no time over a long one.
import { type Context, createContext, runInContext } from 'node:vm'

/** What somebody would say to have our secret or token sent to a host of theirs. */
const ELSEWHERE = [
  'evil.test',
  '.evil.test',
  'evil.test/',
  'evil.test:443/',
  'evil.test?',
  'evil.test#',
  'evil.test\\',
  'x@evil.test',
  'x@evil.test/',
  '//evil.test/',
  'https://evil.test',
  'https://evil.test/',
]
const ELSEWHERE_AT_HOST = ['../other?', 'a/../../other', 'a?b', 'a#b', 'a\\..\\b']

/** Whether a value that the pattern allows takes an address to another host. `address`: with `${name}` in it. */
export function choosesHost(address: string, name: string, pattern: string): boolean {
  const filled = (value: string) =>
    address.replaceAll(`\${${name}}`, () => value).replaceAll(/\$\{[^}]*\}/g, 'x')
  return ELSEWHERE.filter((value) => whole(pattern).test(value)).some((value) =>
    URL.parse(filled(value))?.hostname.endsWith('evil.test'),
  )
}

/** Whether a value that the pattern allows, as it stands in an address, leads to another path of that host. */
export function choosesPath(pattern: string): boolean {
  return ELSEWHERE_AT_HOST.some((value) => whole(pattern).test(value))
}

/** Characters of the longest value that is looked at. */
const LENGTH = 2_000
/** ms; a pattern that does not go back and forth takes much less than one. Twice, as the machine itself may halt. */
const MOST_MS = [50, 250]

/** Whether some value takes long to refuse: patterns like `(a+)+` would stop the whole app for whoever sends it. @throws SyntaxError */
export function isSlow(pattern: string): boolean {
  const [start = ''] = /^\^?(?:[\w:/-]|\\[./])*/.exec(pattern) ?? []
  const literal = start.replaceAll(/[\\^]/g, '')
  const chunks = [
    'a',
    '0',
    'A',
    '-',
    '.',
    '_',
    'a.',
    'a-',
    'a0',
    '/',
    'a/',
    ' ',
    ...literalsOf(pattern),
  ]
  const values = chunks.flatMap((part) => {
    const long = part.repeat(LENGTH / part.length)
    return [`${long}\n`, `${literal}${long}\n`]
  })
  const checked = whole(pattern)
  const context = createContext({ values, pattern: checked })
  return MOST_MS.every((timeout) => isOverIn(timeout, context))
}

function isOverIn(timeout: number, context: Context): boolean {
  try {
    runInContext('for (const value of values) pattern.test(value)', context, { timeout })
    return false
  } catch {
    return true
  }
}

/** Characters that the pattern itself names: a value of these gets furthest into it. */
function literalsOf(pattern: string): string[] {
  return [...new Set(pattern.match(/[^\\[\](){}+*?^$|.\d]/g))].slice(0, 30)
}

function whole(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`)
}
