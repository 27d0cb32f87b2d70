// The documents are true: every link, path, command, setting and row that they name is there.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { createApp } from '../src/app.ts'
import { settingOf } from '../src/vendors/load.ts'
import { vendorSchema } from '../src/vendors/vendor.ts'
import { startApp } from './support/app/app.ts'
import { prepare } from './support/app/setup.ts'

const ROOT = join(import.meta.dirname, '..')
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')
const list = (pattern: string) =>
  globSync(pattern, { cwd: ROOT, exclude: (name) => name.includes('node_modules') }).sort()

/** CASES.md is written by the tests themselves, from titles that quote paths of attackers. */
const docs = list('{*.md,docs/**/*.md,bench/**/*.md}').filter((file) => file !== 'docs/CASES.md')
const files = list('{src,test,docs,bench,scripts,public,views}/**/*.*').concat(
  list('*.*'),
  list('.*'),
  list('.ci/*'),
)
const packages = ['package.json', 'bench/package.json'].map((file) =>
  z.object({ scripts: z.record(z.string(), z.string()).default({}) }).parse(JSON.parse(read(file))),
)

/** What runs commands without a reader. */
const WHERE_COMMANDS_ARE = [
  ...list('.github/workflows/*.yml'),
  ...list('docs/deploy/*'),
  '.ci/run',
  'Dockerfile',
  'docker-compose.yml',
  'package.json',
]

/** What a reader is told to make, or sees somewhere else. */
const NOT_OURS =
  /^(application|text|image)\/|^(authorize|token|api)\.\w+|^(acme|globex)\.json$|^campaigns\.csv$|^ca\.pem$/

/** Each thing that `pattern` finds in the documents, with where. */
function found(pattern: RegExp, where: string[] = docs) {
  return where.flatMap((file) =>
    read(file)
      .split('\n')
      .flatMap((line, index) =>
        [...line.matchAll(pattern)].map(([, what = '']) => ({
          file,
          what,
          at: `${file}:${index + 1}`,
        })),
      ),
  )
}

const told = (faults: { at: string; what: string }[]) =>
  faults.map(({ at, what }) => `${at} ${what}`)

/** Headings of a document, as its links name them. */
const anchorsOf = (file: string) =>
  [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  )

/** A file or folder of ours ends in this path; `*` stands for anything but a slash; tests may be named without their end. */
function isThere(path: string): boolean {
  const bare = path.replace(/^\.\//, '').replace(/\/$/, '')
  const pattern = bare.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*')
  const ends = new RegExp(`(^|/)${pattern}((\\.test)?\\.ts)?$`)
  const folder = new RegExp(`(^|/)${pattern}/`)
  return files.some((file) => ends.test(file) || folder.test(file))
}

test('every link leads to a file, and to a heading of it', () => {
  const broken = found(/\]\(([^)\s]+)\)/g)
    .filter(({ what }) => !/^[a-z]+:/.test(what))
    .filter(({ file, what }) => {
      const [path = '', anchor] = what.split('#')
      const target = path === '' ? file : join(dirname(file), path)
      if (!existsSync(join(ROOT, target))) return true
      return anchor !== undefined && !anchorsOf(target).includes(anchor)
    })
  expect(docs.length).toBeGreaterThan(30)
  expect(told(broken)).toEqual([])
})

test('every path is one of a file that is there', () => {
  const paths = found(/`([\w.*-]*\/?[\w./*-]*)`/g)
    .filter(({ what }) => /^[\w.]/.test(what) && what !== '.ts' && !NOT_OURS.test(what))
    .filter(
      ({ what }) => /\.(ts|mjs|js|json|sh|pug|md|yml)$/.test(what) || /^[a-z.-]+\//.test(what),
    )
  expect(paths.length).toBeGreaterThan(80)
  expect(told(paths.filter(({ what }) => !isThere(what)))).toEqual([])
})

test('the map and the picture in ARCHITECTURE name files that are there, and every folder of src/', () => {
  const text = read('docs/ARCHITECTURE.md')
  const named = [...text.matchAll(/[\w-]+(?:[/.][\w-]+)*\.ts\b/g)].map(([path]) => path)
  expect(named.length).toBeGreaterThan(20)
  expect(named.filter((path) => !isThere(path))).toEqual([])
  const folders = new Set(
    list('src/**/*.ts').map((file) => dirname(file).split('/').slice(1).at(-1) ?? ''),
  )
  folders.delete('')
  expect([...folders].filter((folder) => !text.includes(`${folder}/`))).toEqual([])
})

test('every command is one of package.json, or a file that is there', () => {
  const scripts = packages.flatMap((one) => Object.keys(one.scripts))
  const places = [...docs, ...WHERE_COMMANDS_ARE]
  const named = found(/\bnpm run (?:-s |--silent )?([\w:-]+)/g, places)
  const unknown = named.filter(({ what }) => !scripts.includes(what))
  expect(told(unknown)).toEqual([])
  const started = found(
    /\b(?:node|sh|vitest run)(?: --[\w=-]+)* ((?:src|test|bench|scripts)\/[\w./-]+)/g,
  )
  expect(started.length).toBeGreaterThan(2)
  expect(told(started.filter(({ what }) => !existsSync(join(ROOT, what))))).toEqual([])
})

/** Paths of a proxy, a disk, the vendor or an attacker, and ends of paths that are named in the sentence before. */
const NO_ROUTE =
  /^\/(data|etc|opt|var|run|tmp|dev|proc|usr|app|x)(\/|$)|^\/(panel|retry|results\.csv|oauth\/(authorize|token))$|%0d/

const layerSchema = z.object({
  route: z.object({ path: z.unknown() }).optional(),
  handle: z.unknown(),
})

/** The paths of a router and of those in it, as patterns. */
function pathsOf(router: unknown): RegExp[] {
  if (typeof router !== 'function' || !('stack' in router)) return []
  return z
    .array(layerSchema)
    .parse(router.stack)
    .flatMap(({ route, handle }) =>
      route === undefined ? pathsOf(handle) : [route.path].flat().map(patternOf),
    )
}

const patternOf = (path: unknown) =>
  path instanceof RegExp ? path : new RegExp(`^${String(path).replaceAll(/:\w+/g, '[^/]+')}$`)

test('every address of the app is one that it has', async () => {
  const setup = prepare({ vendors: [] })
  const app = await startApp(setup)
  const routes = pathsOf(createApp(app.context).router)
  await app.close()
  setup.remove()
  const named = [
    ...found(/`(?:(?:GET|POST|HEAD) )?(\/[a-z][^`\s?]*)(?:\?[^`]*)?`/g),
    ...found(/\blocalhost:3000(\/[\w/.-]*)/g),
  ].filter(({ what }) => !NO_ROUTE.test(what))
  expect(routes.length).toBeGreaterThan(40)
  expect(named.length).toBeGreaterThan(20)
  const unknown = named.filter(({ what }) => !routes.some((route) => route.test(what)))
  expect(told(unknown)).toEqual([])
})

test('every setting that a document names is read somewhere', () => {
  const code = files
    .filter((file) => !/^docs\/|\.md$|^\.env/.test(file) && /\.(ts|js|mjs|json|yml|sh)$/.test(file))
    .filter((file) => file !== 'test/docs.test.ts')
  const known = new Set(
    code.flatMap((file) => read(file).match(/\b[A-Z][A-Z0-9]*_[A-Z0-9_]*[A-Z0-9]\b/g) ?? []),
  )
  for (const path of list('src/vendors/files/*.json')) {
    const file = vendorSchema.parse(JSON.parse(read(path)))
    for (const name of Object.keys(file.vars)) known.add(settingOf(file, name))
  }
  const ofVendor = /^[A-Z0-9]+_(CLIENT_ID|CLIENT_SECRET|ACCESS_TOKEN)$|^NAME_FILE$/
  const named = found(/\b([A-Z][A-Z0-9]*_[A-Z0-9_]*[A-Z0-9])(?=[`=])/g)
  expect(named.length).toBeGreaterThan(80)
  const unread = named.filter(
    ({ what }) => !known.has(what.replace(/_FILE$/, '')) && !ofVendor.test(what),
  )
  expect(told(unread)).toEqual([])
})

test('the README has every setting of .env.example', () => {
  const settings = [...read('.env.example').matchAll(/^([A-Z_]+)=/gm)].map(([, name = '']) => name)
  const readme = read('README.md')
  expect(settings.length).toBeGreaterThan(10)
  expect(settings.filter((name) => !readme.includes(`\`${name}\``))).toEqual([])
})

test('every row that a test proves is in BEHAVIOURS, and names that test', () => {
  const rows = new Map(
    [...read('docs/BEHAVIOURS.md').matchAll(/^\| (\d+) \|.*\| (.+) \|$/gm)].map(
      ([, row = '', tests = '']) => [row, tests],
    ),
  )
  const cited = found(
    /\brow (\d+)\b/g,
    list('test/**/*.test.ts').filter((file) => file !== 'test/docs.test.ts'),
  )
  expect(rows.size).toBe(36)
  expect(told(cited.filter(({ what, file }) => !rows.get(what)?.includes(file)))).toEqual([])
})

test('nothing cites a document that is not here', () => {
  const cited = found(/\b([A-Z][A-Z-]{2,}\.md)\b/g, [
    ...docs,
    ...files.filter((file) => file.endsWith('.ts')),
  ])
  expect(cited.length).toBeGreaterThan(20)
  expect(told(cited.filter(({ what }) => !isThere(what)))).toEqual([])
})

test('the documents are as short as they promise', () => {
  const most = { 'README.md': 120, 'CONTRIBUTING.md': 50, 'docs/ARCHITECTURE.md': 80 }
  const long = Object.entries(most).filter(
    ([file, lines]) => read(file).split('\n').length - 1 > lines,
  )
  expect(long).toEqual([])
  const records = list('docs/decisions/*.md').filter(
    (file) => read(file).split('\n').length - 1 > 45,
  )
  expect(records).toEqual([])
})
