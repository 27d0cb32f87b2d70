// Where everything runs: a folder, a Redis, the vendor, and apps started among them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import '../scripts/build.ts' // what is measured is the bundle of this source
import { freePort } from '../test/support/app/free-port.ts'
import { startRedisServer } from '../test/support/redis/redis-server.ts'
import { type App, vendorFile } from './apps.ts'
import { startEngine } from './engines.ts'
import { closeConnections, exchange } from './http.ts'
import { APP_CORE, pin, REST_CORE } from './machine.ts'
import { start } from './processes.ts'
import { inspect } from './redis.ts'
import type { Site } from './visitor.ts'
import { CAMPAIGNS, campaigns } from './workload.ts'

export type Scene = Awaited<ReturnType<typeof openScene>>
export type RunningApp = Awaited<ReturnType<Scene['startApp']>>

export interface StartOptions {
  /** In the file of ours; peers make theirs up. */
  campaigns?: number
  cores?: string
  /** Another Redis than the scene's own: a relay before it. */
  redis?: string
  /** Where people come in when it is not this process. */
  publicOrigin?: string
  /** Further settings. */
  environment?: Record<string, string>
}

/** Starts Redis and the vendor, and moves them and this process to their core. */
export async function openScene() {
  const folder = mkdtempSync(join(tmpdir(), 'campaign-sync-bench-'))
  const log = join(folder, 'output.log')
  const server = await startRedisServer()
  pin(server.pid ?? 0, REST_CORE)
  pin(process.pid, REST_CORE)
  const redis = await inspect(server.url)
  const vendorPort = await freePort()
  const vendorUrl = `http://127.0.0.1:${vendorPort}`
  const vendor = await start({
    command: ['node', join(import.meta.dirname, 'vendor.ts')],
    folder,
    environment: { PORT: String(vendorPort) },
    cores: REST_CORE,
    ready: `${vendorUrl}/seen`,
    log,
  })

  function write(name: string, content: unknown): string {
    writeFileSync(join(folder, name), JSON.stringify(content))
    return join(folder, name)
  }

  return {
    folder,
    vendorUrl,
    redis,
    redisPort: server.port,
    redisPid: server.pid ?? 0,
    vendorPid: vendor.pid,

    /** Pushes and refusals the vendor has seen. */
    async seen(): Promise<{ pushes: number; refused: number }> {
      return JSON.parse((await exchange(`${vendorUrl}/seen`, { keepBody: true })).body)
    },

    /** Starts an app on a free port, and before it what it stands on; `engines` are the first processes of that. */
    async startApp(app: App, options: StartOptions = {}) {
      const port = await freePort()
      const own = `http://127.0.0.1:${port}`
      const count = options.campaigns ?? CAMPAIGNS
      const environment = app.environment({
        port,
        origin: options.publicOrigin ?? own,
        vendor: vendorUrl,
        redis: options.redis ?? server.url,
        campaignsFile: write(`campaigns-${count}.json`, campaigns(count)),
        vendorFile: write('vendor.json', vendorFile(vendorUrl)),
      })
      const ready = own + app.ready
      const cores = options.cores ?? APP_CORE
      const onDisk = { appendonly: 'yes', appendfsync: 'always' }
      await redis.client.configSet(app.isOnDisk ? onDisk : { appendonly: 'no' })
      const engine = app.engine && (await startEngine(app.engine, { cores: REST_CORE, log }))
      Object.assign(environment, await engine?.environment(), options.environment)
      const command = ['node', app.file]
      const program = { command, folder, environment, cores, ready, log }
      const run = await start(program).catch(async (error) => {
        await engine?.stop()
        throw error
      })
      const site: Site = { origins: [own], method: app.method }
      const stop = () => run.stop().then(() => engine?.stop())
      return { ...run, stop, origin: own, site, engines: engine ? [engine.pid] : [] }
    },

    async close(): Promise<void> {
      await closeConnections()
      await vendor.stop()
      redis.client.destroy()
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
