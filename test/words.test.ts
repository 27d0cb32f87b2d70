// One word for one thing: reads src/ and refuses the words that docs/ARCHITECTURE.md replaced, and names that say two things.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

interface Rule {
  /** Words no name may be made of, with spaces; names are split at capitals, `_`, `-` and dots. */
  words: string
  /** What to say instead. */
  say: string
  /** Only in these folders is the word taken by something else. */
  only?: string[]
}

/** In identifiers and file names. */
const NAMES: Rule[] = [
  { words: 'place places', say: 'TokenKey, permit, hostPort, path or index' },
  { words: 'trip flow pending dance', say: 'authorizationRequest' },
  { words: 'renew', say: 'refresh, extend, reauthorize or reconnect' },
  { words: 'claim slot held taken', say: 'pushLock, or what it is (otherAccount, seen)' },
  { words: 'carry deliver delivery', say: 'attempt or pushWithRefresh' },
  { words: 'told adopt pass leave', say: 'resultFields, resumeUnfinished, reassign, release' },
  { words: 'keep', say: 'storeToken', only: ['access/', 'oauth/', 'session/'] },
  { words: 'trouble', say: 'HttpProblem, error or fault' },
  { words: 'answer answers ask', say: 'response, request or reply' },
  { words: 'leg', say: 'runAttempt' },
  { words: 'fence', say: 'fencingToken' },
  { words: 'beat', say: 'heartbeat' },
  { words: 'mood', say: 'failurePolicy' },
  { words: 'pace', say: 'throughput' },
  { words: 'together', say: 'batch' },
  { words: 'causes', say: 'failureSummary' },
  { words: 'hire look tell forgive', say: 'create, check or poll, log or report, reset' },
  { words: 'gate', say: 'circuitBreaker or bulkhead' },
  { words: 'connections', say: 'connectionPool', only: ['http/'] },
  { words: 'exchange', say: 'sendRequest', only: ['http/'] },
  { words: 'announce notes', say: 'setFlash, takeFlash' },
  { words: 'words', say: 'messages or text', only: ['web/', 'runs/'] },
  { words: 'rejoin', say: 'recoverRegeneratedSession' },
  { words: 'retired become ending', say: 'previousSession, useSession, signedOutMarker' },
  { words: 'rehearsal', say: 'startupCheck' },
  { words: 'master', say: 'sentinelDiscovery' },
  { words: 'parts', say: 'deps, as Pick<Context, …>' },
]

/** Two words that say one thing only when they stand beside each other. */
const PAIRS: Record<string, string> = {
  giveBack: 'revokeOnFailure',
  wayOut: 'Action',
}

/** Names that may keep such a word. */
const ALLOWED: { word: string; names: RegExp; in?: string; because: string }[] = [
  {
    word: 'leg fence beat causes',
    names: /^(leg|legAt|legLeft|fence|beatAt|causes)$/,
    in: 'runs/',
    because: 'fields of a stored run, whose names are data',
  },
  {
    word: 'leg causes',
    names: /^(leg|legAt|legLeft|causes)$/,
    in: 'web/runs/',
    because: 'the same fields',
  },
  { word: 'leg fence', names: /^(leg|fence)$/, in: 'notices/', because: 'the same fields' },
  {
    word: 'master',
    names: /./,
    in: 'store/redis/',
    because: 'what Redis, its commands and addresses call a primary server',
  },
  {
    word: 'parts',
    names: /./,
    in: 'store/',
    because: 'pieces of one string: a sealed value, an address',
  },
  {
    word: 'claim',
    names: /^(OIDC_ROLES_CLAIM|rolesClaim|claimOf)$/,
    because: 'what OpenID Connect calls a thing that is said of a person',
  },
  { word: 'look', names: /^lookUp$/, because: 'to look something up is plain English' },
]

/** In comments: jargon that a reader would have to be told. A line is fine when `unless` is on it. */
const COMMENTS: {
  jargon: RegExp
  say: string
  unless?: RegExp
  only?: string[]
  except?: string[]
}[] = [
  { jargon: /\btrips?\b/i, say: 'authorization request', unless: /round[ -]trip/i },
  { jargon: /\bdances?\b/i, say: 'authorization' },
  { jargon: /\blegs?\b/i, say: 'run attempt' },
  { jargon: /\bfence[ds]?\b/i, say: 'fencing token' },
  { jargon: /\bbeats?\b/i, say: 'heartbeat' },
  { jargon: /\bmoods?\b/i, say: 'failure policy' },
  { jargon: /\bpaces?\b/i, say: 'throughput' },
  { jargon: /\brehears/i, say: 'startup check' },
  { jargon: /\bgates?\b/i, say: 'circuit breaker, bulkhead' },
  // "Nothing is claimed" is what pages are to do while nothing is known.
  {
    jargon: /\bclaim(s|ed)?\b/i,
    say: 'push lock',
    unless: /claims? nothing|nothing is claimed/i,
    except: ['identity/'],
  },
  // Of a Redis cluster the word is the standard's.
  {
    jargon: /\bslots?\b/i,
    say: 'push lock, permit',
    unless: /cluster|hash slot/i,
    only: ['sync/', 'runs/', 'access/', 'web/', 'session/'],
  },
  { jargon: /\brejoin/i, say: 'recover a regenerated session' },
  { jargon: /\bretired?\b/i, say: 'previous session' },
  // A response carries a header, a value is carried by JSON: plain English elsewhere.
  { jargon: /\bcarr(y|ies|ied)\b/i, say: 'attempt, run, keep', only: ['sync/', 'runs/'] },
  { jargon: /\badopt(s|ed)?\b/i, say: 'resume' },
  { jargon: /\bhires?\b|\bforgiv/i, say: 'create, reset' },
]

/** The demo vendor is another program, with names of its own. */
const OTHER_PROGRAM = 'demo-vendor/'

/** The reusable core: interactive OAuth for Express, whatever is done with the access. */
const CORE = ['access/', 'oauth/', 'store/', 'http/', 'session/']

const SRC = join(import.meta.dirname, '..', 'src')
const sources = globSync('**/*.ts', { cwd: SRC })
  .sort()
  .map((file) => ({ file, ...split(readFileSync(join(SRC, file), 'utf8')) }))

/** The code without comments and strings, and the comments without the code; both keep their lines. */
function split(source: string) {
  const tokens =
    /(?<comment>\/\*[\s\S]*?\*\/|\/\/[^\n]*)|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|(?<template>`(?:\\.|[^`\\])*`)|(?<=(?:[(,=:[!&|?{};\n>]|return)\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[dgimsuvy]*/g
  const blank = (text: string) => text.replace(/[^\n]/g, ' ')
  let comments = ''
  let at = 0
  const code = source.replace(tokens, (token, comment, template, ...rest) => {
    const offset: number = rest[0]
    comments += blank(source.slice(at, offset)) + (comment ?? blank(token))
    at = offset + token.length
    if (template === undefined) return blank(token)
    return token.replace(/(^|\})[\s\S]*?(\$\{|$)/g, blank)
  })
  return { code: code.split('\n'), comments: comments.split('\n'), source }
}

const wordsOf = (name: string) =>
  name
    .split(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+/)
    .map((word) => word.toLowerCase())

const within = (file: string, folders?: string[]) =>
  folders === undefined || folders.some((folder) => file.startsWith(folder))

const isAllowed = (file: string, name: string, word: string) =>
  ALLOWED.some(
    (one) =>
      one.word.split(' ').includes(word) && one.names.test(name) && file.startsWith(one.in ?? ''),
  )

/** What is wrong with this name in this file, if anything. */
function faultsOf(file: string, name: string): string[] {
  const words = wordsOf(name)
  const single = NAMES.filter(({ only }) => within(file, only)).flatMap((rule) =>
    rule.words
      .split(' ')
      .filter((word) => words.includes(word) && !isAllowed(file, name, word))
      .map((word) => `"${word}" in ${name}: say ${rule.say}`),
  )
  const pairs = Object.entries(PAIRS).filter(([pair]) =>
    words.join(' ').includes(wordsOf(pair).join(' ')),
  )
  return [...single, ...pairs.map(([pair, say]) => `"${pair}" in ${name}: say ${say}`)]
}

test('the reader of the source tells names, comments and strings apart', () => {
  const text = "const a = /'/ // not b\nf('c', `d ${e} g`) /* h\ni */ + j // 'k"
  const { code, comments } = split(text)
  expect(code.join('\n').match(/\w+/g)).toEqual(['const', 'a', 'f', 'e', 'j'])
  expect(comments.map((line) => line.trim())).toEqual(['// not b', '/* h', "i */     // 'k"])
  expect(wordsOf('HTTPPlaceOf_TRIP')).toEqual(['http', 'place', 'of', 'trip'])
  expect(sources.length).toBeGreaterThan(100)
})

test('no name is made of a word that was replaced', () => {
  const faults = sources.flatMap(({ file, code }) => [
    ...faultsOf(file, file.replace(/\.ts$/, '').split('/').at(-1) ?? '').map(
      (one) => `${file} ${one}`,
    ),
    ...code.flatMap((line, index) =>
      (line.match(/[A-Za-z_$][\w$]*/g) ?? [])
        .flatMap((name) => faultsOf(file, name))
        .map((one) => `${file}:${index + 1} ${one}`),
    ),
  ])
  expect([...new Set(faults)]).toEqual([])
})

test('no comment needs private jargon', () => {
  const faults = sources.flatMap(({ file, comments }) =>
    comments.flatMap((line, index) =>
      COMMENTS.filter(
        ({ jargon, unless, only, except = [] }) =>
          within(file, only) && !within(file, except) && jargon.test(line) && !unless?.test(line),
      ).map(({ jargon, say }) => `${file}:${index + 1} "${jargon.exec(line)?.[0]}": say ${say}`),
    ),
  )
  expect(faults).toEqual([])
})

test('a name is exported once, so it means one thing', () => {
  const declared = sources
    .filter(({ file }) => !file.startsWith(OTHER_PROGRAM))
    .flatMap(({ file, code }) =>
      code.flatMap((line, index) => {
        const name =
          /^export (?:async )?(?:abstract )?(?:function\*?|const|let|class|interface|type) (\w+)/.exec(
            line,
          )?.[1]
        return name === undefined ? [] : [{ name, at: `${file}:${index + 1}`, file }]
      }),
    )
  const twice = [...Map.groupBy(declared, ({ name }) => name)]
    .filter(([, list]) => new Set(list.map(({ file }) => file)).size > 1)
    .map(([name, list]) => `${name}: ${list.map(({ at }) => at).join(', ')}`)
  expect(declared.length).toBeGreaterThan(200)
  expect(twice).toEqual([])
})

test('the core knows nothing of campaigns', () => {
  const faults = sources
    .filter(({ file }) => within(file, CORE))
    .flatMap(({ file, source }) =>
      // The app's own name is in the cookie, the file of the store and the way its keys are named.
      source
        .replace(/campaign-sync|Campaign Sync/g, '')
        .split('\n')
        .flatMap((line, index) =>
          /campaign/i.test(line) ? [`${file}:${index + 1} ${line.trim()}`] : [],
        ),
    )
  expect(faults).toEqual([])
})
