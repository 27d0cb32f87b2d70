// Imports go one way: reads every import of src/ and refuses an arrow that docs/ARCHITECTURE.md does not draw, and circles.
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'

const SRC = join(import.meta.dirname, '..', 'src')

/** From a folder, or a file beside them, to what it may import; `types` only as types. */
const ARROWS: Record<string, { values: string[]; types?: string[] }> = {
  server: {
    values: ['start', 'campaigns', 'oauth', 'store', 'config', 'http', 'vendors', 'demo-vendor'],
    types: ['log'],
  },
  start: { values: ['app', 'config', 'context', 'server'] },
  app: { values: ['web', 'session', 'files', 'log'], types: ['context'] },
  cli: { values: ['config', 'files', 'http', 'server', 'vendor-check'] },
  context: {
    values: [
      'audit',
      'notices',
      'identity',
      'access',
      'campaigns',
      'identity',
      'runs',
      'session',
      'store',
      'sync',
      'errors',
      'http',
      'log',
      'metrics',
      'vendors',
    ],
    types: ['config'],
  },
  web: {
    values: [
      'runs',
      'sync',
      'identity',
      'access',
      'oauth',
      'vendors',
      'session',
      'campaigns',
      'store',
      'errors',
      'files',
      'poll-until',
      'identity',
      'trace',
    ],
    types: ['audit', 'context', 'config'],
  },
  audit: { values: ['store'], types: ['sync'] },
  notices: {
    values: ['runs', 'access', 'store'],
    types: ['http', 'vendors'],
  },
  runs: {
    values: [
      'sync',
      'access',
      'vendors',
      'session',
      'campaigns',
      'store',
      'errors',
      'http',
      'random',
    ],
  },
  sync: {
    values: [
      'access',
      'vendors',
      'session',
      'campaigns',
      'store',
      'errors',
      'http',
      'poll-until',
      'trace',
    ],
  },
  access: {
    values: ['oauth', 'vendors', 'session', 'store', 'errors', 'http', 'poll-until', 'random'],
  },
  identity: { values: ['store', 'random'] },
  session: { values: ['store', 'errors', 'identity', 'random'] },
  store: { values: ['files', 'random'] },
  oauth: { values: ['vendors', 'http', 'store', 'random'] },
  campaigns: { values: ['files'] },
  vendors: { values: ['http', 'store', 'files'], types: ['campaigns'] },
  config: {
    values: ['store', 'files', 'vendors', 'identity', 'random'],
    types: ['notices', 'runs'],
  },
  'vendor-check': { values: ['config', 'oauth', 'vendors', 'http'] },
  metrics: { values: ['store'] },
}

/** Between the rooms of the web layer: features stand on `page` and `http`; only the ways back lead from one to another. */
const WEB_ARROWS: Record<string, string[]> = {
  http: [],
  page: ['http'],
  sync: ['http', 'page'],
  campaigns: ['http', 'page', 'sync'],
  runs: ['http', 'page'],
  handover: ['http', 'page', 'sync'],
  identity: ['http', 'page'],
  audit: ['http', 'page'],
  'api-tokens': ['http', 'page'],
  mcp: ['http', 'page', 'sync', 'runs', 'campaigns'],
  api: ['http', 'page', 'sync', 'runs', 'api-tokens'],
  access: ['http', 'page', 'sync', 'runs', 'handover', 'identity'],
}

interface Import {
  file: string
  target: string
  isType: boolean
}

const files = globSync('**/*.ts', { cwd: SRC }).map((file) => join(SRC, file))
const partOf = (file: string) => relative(SRC, file).split(/[/.]/)[0] ?? ''

function importsOf(file: string): Import[] {
  const source = readFileSync(file, 'utf8')
  const still = source.matchAll(/^(?:import|export)\s+(type\s)?[^'"`;]*?from\s+'([^']+)'/gms)
  const bare = source.matchAll(/^import\s+()'([^']+)'/gm)
  const late = source.matchAll(/\bimport\(()'([^']+)'\)/g)
  return [...still, ...bare, ...late].map(([, type, target = '']) => ({
    file,
    target,
    isType: Boolean(type),
  }))
}

const all = files.flatMap(importsOf)
const inside = all
  .filter(({ target }) => target.startsWith('.'))
  .map((one) => ({ ...one, target: join(dirname(one.file), one.target) }))
const names = (list: { file: string; target: string }[]) =>
  list.map(({ file, target }) => `${relative(SRC, file)} → ${relative(SRC, target)}`)

test('there are imports to judge', () => {
  expect(inside.length).toBeGreaterThan(100)
  expect(all.filter(({ target }) => /^['"`]|\$\{/.test(target))).toEqual([])
})

test('every import follows an arrow of the design', () => {
  const against = inside.filter(({ file, target, isType }) => {
    const [from, to] = [partOf(file), partOf(target)]
    const { values = [], types = [] } = ARROWS[from] ?? {}
    return from !== to && !values.includes(to) && !(isType && types.includes(to))
  })
  expect(names(against)).toEqual([])
})

test('no file imports itself by way of others, not even for a type', () => {
  const next = Map.groupBy(inside, ({ file }) => file)
  const reaches = (from: string, goal: string, seen = new Set<string>()): boolean =>
    (next.get(from) ?? []).some(({ target }) => {
      if (target === goal) return true
      if (seen.has(target)) return false
      return reaches(target, goal, seen.add(target))
    })
  const circles = files.filter((file) => reaches(file, file)).map((file) => relative(SRC, file))
  expect(circles).toEqual([])
})

test('a feature of the web layer knows another one only where the map says so', () => {
  const roomOf = (file: string) => relative(SRC, file).match(/^web\/(\w+)\//)?.[1] ?? ''
  const against = inside.filter(({ file, target }) => {
    const [from, to] = [roomOf(file), roomOf(target)]
    return from !== '' && to !== '' && from !== to && !WEB_ARROWS[from]?.includes(to)
  })
  expect(names(against)).toEqual([])
})

test('pages and access know nothing of the engine of runs', () => {
  const against = inside.filter(
    ({ file, target }) =>
      /^web\/(access|campaigns|http|page|sync)\//.test(relative(SRC, file)) &&
      partOf(target) === 'runs',
  )
  expect(names(against)).toEqual([])
})

test('only the store knows Redis and SQLite, and only the demo vendor its own database', () => {
  const isRedis = (target: string) => /^(redis|@redis\/.*)$/.test(target)
  const engines = all.filter(({ target }) => isRedis(target) || target === 'node:sqlite')
  expect([...new Set(engines.map(({ file }) => partOf(file)))].sort()).toEqual([
    'demo-vendor',
    'store',
  ])
  const redis = engines.filter(({ target }) => isRedis(target))
  expect([...new Set(redis.map(({ file }) => partOf(file)))]).toEqual(['store'])
})

test('the demo vendor is a stranger: it imports nothing of ours, and only the start knows it', () => {
  const from = inside.filter(
    ({ file, target }) => partOf(file) === 'demo-vendor' && partOf(target) !== 'demo-vendor',
  )
  const to = inside.filter(
    ({ file, target }) => partOf(file) !== 'demo-vendor' && partOf(target) === 'demo-vendor',
  )
  expect(names(from)).toEqual([])
  expect(names(to)).toEqual(['server/lifecycle.ts → demo-vendor/server.ts'])
})

test('protocol, vendors and storage know nothing of Express', () => {
  const express = all.filter(({ target, isType }) => target === 'express' && !isType)
  const parts = [...new Set(express.map(({ file }) => partOf(file)))].sort()
  expect(parts).toEqual(['app', 'demo-vendor', 'web'])
})

test('the environment is read in one place, and NODE_ENV nowhere', () => {
  const using = (text: string) =>
    files
      .filter((file) => readFileSync(file, 'utf8').includes(text))
      .map((file) => relative(SRC, file))
  expect(using('process.env').sort()).toEqual(['config/config.ts', 'demo-vendor/main.ts'])
  expect(using('NODE_ENV')).toEqual([])
})
