// Adapters of the peers that the benchmark measures: the same apps, with this vendor's client, on engines of their own.
import { randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readPage } from '../../test/support/browser/page.ts'
import { startRedisServer } from '../../test/support/redis/redis-server.ts'
import { compared } from '../apps.ts'
import { startEngine } from '../engines.ts'
import { ALL_CORES } from '../machine.ts'
import type { Adapter } from './adapter.ts'

/** Of the app with this name in `apps.ts`. Its engines run until this process ends. */
export async function peerAdapter(name: string): Promise<Adapter> {
  const app = compared.find((one) => one.name === name)
  if (!app) throw new Error(`there is no peer ${name}`)
  const redis = await startRedisServer()
  const log = join(mkdtempSync(join(tmpdir(), 'consent-bench-')), 'engine.log')
  const engine = app.engine && (await startEngine(app.engine, { cores: ALL_CORES, log }))
  // One after the other: a vendor that takes keys, and one that takes none.
  const engines = [await engine?.environment(0), await engine?.environment(1)]
  let stages = 0
  return {
    name,
    callbackPath: '/callback',
    readyPath: app.ready,
    command: ({ port, url, vendor }) => {
      const stage = stages++
      const surroundings = {
        campaignsFile: '',
        vendorFile: '',
        vendor: new URL(vendor.apiUrl).origin,
      }
      return {
        command: [app.file],
        environment: {
          ...app.environment({
            port,
            origin: url,
            redis: `${redis.url}/${stage}`,
            ...surroundings,
          }),
          ...engines[stage],
          CLIENT_ID: vendor.clientId,
          CLIENT_SECRET: vendor.clientSecret,
          SCOPE: 'campaigns:write',
          ...(!vendor.takesKeys && { NO_KEYS: '1' }),
        },
      }
    },
    /** Its page has no button: a press is a link with an id that stays the same when it is sent again. */
    async preparePress(visitor, campaign) {
      await visitor.open(`/campaigns/${campaign}`)
      const press = randomUUID()
      return () => visitor.get(`/campaigns/${campaign}/sync?press=${press}`)
    },
    wayOn: () => undefined,
    saysDone: ({ status, body }) =>
      status === 200 && (readPage(body).heading?.startsWith('Campaign ') ?? false),
  }
}
