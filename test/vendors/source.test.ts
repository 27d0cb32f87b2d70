// Vendor files that change while the app runs: the good ones are served, the others refused with their faults.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { changingVendors } from '../../src/config/config.ts'
import { openVendors } from '../../src/vendors/source.ts'
import { startApp } from '../support/app/app.ts'
import { prepare } from '../support/app/setup.ts'
import { readPage } from '../support/browser/page.ts'
import { keyAds, playWith } from '../support/vendor/stage.ts'

const open: { close(): void | Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

test('a changed file is served, the others stay the same objects', async () => {
  const { write, names, source, log } = begin()
  const [, other] = source.all()
  write('a', { name: 'Acme Two' })
  await source.refresh()
  await source.refresh()
  expect(names()).toEqual(['Acme Two', 'Beta'])
  expect(source.all()[1]).toBe(other)
  expect(log.mock.calls).toEqual([
    ['vendors.loaded', { vendor: 'a', file: expect.stringContaining('a.json') }],
  ])
})

test.each([
  ['broken', { colour: 'red' }, 'the file: Unrecognized key: "colour"'],
  ['of another id', { id: 'c' }, 'id: was "a": another id needs a new start'],
  [
    'in need of a setting',
    { vars: { region: { from: 'config' } } },
    'A_REGION is not set: Acme needs it',
  ],
])(
  'one that is %s is refused once, and the last good one serves until it heals',
  async (_, change, fault) => {
    const { write, names, source, log } = begin()
    write('a', change)
    await source.refresh()
    await source.refresh()
    expect(names()).toEqual(['Acme', 'Beta'])
    expect(log).toHaveBeenCalledExactlyOnceWith('vendors.refused', {
      file: expect.stringContaining('a.json'),
      faults: [expect.stringContaining(fault)],
    })
    write('a', { name: 'Healed' })
    await source.refresh()
    expect(names()).toEqual(['Healed', 'Beta'])
  },
)

test('a new file is a new vendor, unless it would read the settings of another', async () => {
  const { write, names, source, log } = begin()
  write('c', { name: 'Gamma' })
  write('d', { id: 'b' })
  await source.refresh()
  expect(names()).toEqual(['Acme', 'Beta', 'Gamma'])
  expect(log).toHaveBeenLastCalledWith('vendors.refused', {
    file: expect.stringContaining('d.json'),
    faults: ['VENDORS names b twice'],
  })
})

test('a file that is gone, or the whole folder, changes nothing', async () => {
  const { folder, names, source, log } = begin()
  rmSync(join(folder, 'a.json'))
  await source.refresh()
  rmSync(folder, { recursive: true })
  await source.refresh()
  expect(names()).toEqual(['Acme', 'Beta'])
  expect(log).not.toHaveBeenCalled()
})

test('pages show the vendor as its file is now', async () => {
  const scene = await playWith([keyAds('https://key.example')])
  open.push(scene)
  const { app, person } = scene
  const [file = ''] = changingVendors(app.environment).list()
  writeFileSync(file, JSON.stringify({ ...keyAds('https://key.example'), name: 'Renamed Ads' }))
  await app.context.vendorSource?.refresh()
  expect(app.logs()).toContain('"msg":"vendors.loaded"')
  expect(readPage((await person.open('/campaigns/C1')).body).text).toContain('Renamed Ads')
})

test('with a second vendor an error is no more filed under the only one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vendor-source-'))
  open.push({ close: () => rmSync(folder, { recursive: true, force: true }) })
  const write = (id: string) =>
    writeFileSync(
      join(folder, `${id}.json`),
      JSON.stringify({ ...keyAds('https://key.example'), id }),
    )
  write('first')
  const setup = prepare({ vendors: [] })
  open.push({ close: setup.remove })
  Object.assign(setup.environment, { VENDORS: folder })
  const app = await startApp(setup)
  open.push(app)
  const filedUnder = async (path: string) => {
    const { status } = await fetch(`${app.url}${path}`)
    expect(status).toBe(404)
    const lines = app.logs().trim().split('\n')
    return JSON.parse(lines.findLast((line) => line.includes('"msg":"trouble"')) ?? '{}').vendor
  }
  expect(await filedUnder('/nothing')).toBe('first')
  write('second')
  await app.context.vendorSource?.refresh()
  expect(await filedUnder('/nothing-else')).toBeUndefined()
})

/** A folder with two vendors, as VENDORS names it. */
function begin() {
  const folder = mkdtempSync(join(tmpdir(), 'vendor-source-'))
  open.push({ close: () => rmSync(folder, { recursive: true, force: true }) })
  const write = (id: string, change: object = {}) => {
    const file = { ...keyAds('https://key.example'), id, name: 'Acme', ...change }
    writeFileSync(join(folder, `${id}.json`), JSON.stringify(file))
  }
  write('a')
  write('b', { name: 'Beta' })
  const environment = { VENDORS: folder, PUBLIC_URL: 'https://sync.example.com', DATA_DIR: folder }
  const log = vi.fn()
  const files = changingVendors(environment)
  const first = files.list().flatMap((file) => files.load(file).vendor ?? [])
  const source = openVendors(first, files, log)
  open.push(source)
  return { folder, write, source, log, names: () => source.all().map(({ name }) => name) }
}
