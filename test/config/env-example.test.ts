// .env.example promises that it names every setting, explains it, and works as it is.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { readConfig } from '../../src/config/config.ts'
import { settings } from '../../src/config/settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'env-example-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const text = readFileSync(join(import.meta.dirname, '..', '..', '.env.example'), 'utf8')

test('has exactly the settings of the schema, in its order', () => {
  const keys = [...text.matchAll(/^([A-Z][A-Z0-9_]*)=/gm)].map(([, key]) => key)
  expect(keys).toEqual(Object.keys(settings.shape))
})

test('says something about each of them', () => {
  for (const block of text.split(/\n\n+/).slice(1))
    expect(block.trim()).toMatch(/^(# .+\n)+[A-Z][A-Z0-9_]*=\S*$/)
})

test('works as it is, and its values are the defaults', () => {
  const DATA_DIR = join(folder, 'example')
  const { DATA_DIR: given, ...example } = parseEnv(text)
  expect(given).toBe('data')
  expect(readConfig({ ...example, DATA_DIR })).toEqual(readConfig({ DATA_DIR }))
})
