// Every route declares what it needs, and nobody does more than that: read from the router's own stack, not from a list.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '../../src/app.ts'
import { readConfig } from '../../src/config/config.ts'
import { type Context, createContext } from '../../src/context.ts'
import { declarationsOf } from '../support/app/routes.ts'

const folder = mkdtempSync(join(tmpdir(), 'campaign-sync-'))
let context: Context

beforeAll(async () => {
  context = await createContext(readConfig({ DATA_DIR: folder, LOG_LEVEL: 'silent' }))
})
afterAll(async () => {
  await context.close()
  rmSync(folder, { recursive: true })
})

test('every route begins with what it needs', () => {
  const routes = declarationsOf(createApp(context))
  expect(routes.length).toBeGreaterThan(30)
  expect(routes.filter(({ need }) => need === undefined)).toEqual([])
})

test('no form of a page is for anybody, or for those who may only look, but the one that signs out', () => {
  const posts = declarationsOf(createApp(context)).filter(({ method }) => method !== 'get')
  const open = posts.filter(({ need }) => need === 'anybody' || need === 'viewer')
  // The other is no form: what the issuer posts is believed for its signature alone.
  expect(open.map(({ path }) => path)).toEqual(['/signin/backchannel-logout', '/session/end'])
})
