// Measures a run beside a bare loop of the same HTTP calls: `node test/bench/runs.ts [items] [vendor ms]`. Not a test.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { createTokens } from '../../src/access/tokens.ts'
import { createHttp } from '../../src/http/client.ts'
import { createApprovals } from '../../src/runs/approvals.ts'
import { openRuns } from '../../src/runs/runs.ts'
import { openStore } from '../../src/store/open.ts'
import { createSealer } from '../../src/store/seal.ts'
import { createLinks } from '../../src/sync/links.ts'
import { createSyncLog } from '../../src/sync/sync-log.ts'
import { push } from '../../src/vendors/push.ts'
import { type Vendor, vendorSchema } from '../../src/vendors/vendor.ts'
import { startRedisServer } from '../support/redis/redis-server.ts'

const ITEMS = Number(process.argv[2] ?? 2_000)
const VENDOR_MS = Number(process.argv[3] ?? 0)

const campaigns = Array.from({ length: ITEMS }, (_, index) => ({
  id: `c${index}`,
  name: `Campaign number ${index}`,
  type: 'Email',
  status: 'Planned',
  budget: 12_000,
  currency: 'EUR',
}))

if (process.send) await stub()
else await measure()

/** The vendor, in a process of its own. */
async function stub(): Promise<void> {
  const server = createServer(async (req, res) => {
    for await (const _ of req);
    if (VENDOR_MS > 0) await wait(VENDOR_MS)
    res.writeHead(200, { 'content-type': 'application/json' }).end('{"id":"88123"}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  process.send?.(server.address())
}

async function measure(): Promise<void> {
  const child = fork(import.meta.filename, [String(ITEMS), String(VENDOR_MS)])
  const [{ port }] = await once(child, 'message')
  const redis = await startRedisServer({ persist: false })
  console.log(
    `${ITEMS} items, the vendor takes ${VENDOR_MS} ms; items a second, and of the bare loop`,
  )
  for (const concurrency of [4, 32]) {
    const vendor = vendorAt(port, concurrency)
    await bare(vendor, 500)
    const loop = await bare(vendor, ITEMS)
    for (const [name, url] of [
      ['embedded', undefined],
      ['redis', redis.url],
    ] as const) {
      const { rate, memory } = await run(vendor, url)
      const again = (loop + (await bare(vendor, ITEMS))) / 2
      console.log(
        `${name.padEnd(9)} ${String(concurrency).padStart(2)} at once: ${Math.round(rate)} of ${Math.round(again)}` +
          ` = ${(rate / again).toFixed(2)}, memory +${memory} MB`,
      )
    }
  }
  child.kill()
  await redis.stop()
}

async function bare(vendor: Vendor, items: number): Promise<number> {
  const http = createHttp(64)
  let next = 0
  const started = performance.now()
  const slot = async () => {
    for (let index = next++; index < items; index = next++) {
      const campaign = campaigns[index % ITEMS]
      if (campaign) await push(http.of('bare'), vendor, campaign, 'token', `key-${index}`)
    }
  }
  await Promise.all(Array.from({ length: vendor.api.concurrency }, slot))
  await http.close()
  return (items / (performance.now() - started)) * 1000
}

async function run(
  vendor: Vendor,
  redisUrl: string | undefined,
): Promise<{ rate: number; memory: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  const store = await openStore(redisUrl, folder, () => {})
  const tokens = createTokens(store, createSealer([new Uint8Array(32)]))
  const byId = new Map(campaigns.map((campaign) => [campaign.id, campaign]))
  const http = createHttp(64)
  const deps = {
    http,
    tokens,
    syncLog: createSyncLog(store),
    links: createLinks(store),
    approvals: createApprovals(store),
    approveAbove: undefined,
    vendor: () => vendor,
    event: () => {},
  }
  const runs = await openRuns({ ...deps, campaign: (id) => byId.get(id) }, store, redisUrl)
  const id = await runs.create({ owner: 'bench', vendor: vendor.id, title: 'bench' }, campaigns)
  await tokens.put(
    { owner: 'bench', vendor, subject: `run:${id}` },
    { accessToken: 't', expiresIn: 3600, scope: undefined },
  )
  globalThis.gc?.()
  const idle = process.memoryUsage().rss
  let most = 0
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss - idle)
  }, 20)
  const drafted = await runs.read(id)
  const started = performance.now()
  if (drafted) await runs.start(drafted)
  while ((await runs.read(id))?.state === 'running') await wait(10)
  const ms = performance.now() - started
  clearInterval(watch)
  await runs.close()
  await http.close()
  await store.close()
  rmSync(folder, { recursive: true })
  return { rate: (ITEMS / ms) * 1000, memory: Math.round(most / 1e6) }
}

function vendorAt(port: number, concurrency: number): Vendor {
  const file = vendorSchema.parse({
    id: 'stub',
    name: 'Stub',
    authorize: { url: 'http://localhost/a' },
    token: { url: 'http://localhost/t' },
    api: {
      baseUrl: `http://127.0.0.1:${port}`,
      concurrency,
      push: {
        method: 'PUT',
        path: '/api/campaigns/${campaign.id}',
        idempotencyHeader: 'Idempotency-Key',
        externalId: 'id',
      },
    },
  })
  return { ...file, client: { ...file.client, id: 'c', secret: 's' }, values: {} }
}
