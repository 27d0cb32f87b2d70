// The process around the app: what the start says, --check-config, the demo vendor beside it, stopping, giving up.
import { once } from 'node:events'
import { join } from 'node:path'
import { openCampaigns } from '../campaigns/source.ts'
import { type Config, ConfigError } from '../config/config.ts'
import { createHttp } from '../http/client.ts'
import type { Log } from '../log.ts'
import { redirectUri } from '../oauth/authorize.ts'
import { readRedisUrl } from '../store/redis/address.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { listenFault, StartError } from './listen.ts'

/** Starts the demo vendor, unless it runs already (a second app process). @throws StartError when the port is in use */
export async function startDemo(config: Config, demo: NonNullable<Config['demo']>) {
  const { startDemoVendor } = await import('../demo-vendor/server.ts')
  const databaseFile = join(config.dataDir, 'acme-ads.sqlite')
  try {
    return await startDemoVendor({
      ...demo,
      host: '127.0.0.1',
      redirectUris: config.vendors.map((vendor) => redirectUri(config.publicUrl, vendor)),
      databaseFile,
    })
  } catch (error) {
    if (await isAcme(demo.port)) {
      console.log(
        `Acme Ads runs on port ${demo.port} already: it must know this app's redirect URI and share its DATA_DIR.`,
      )
      return undefined
    }
    const isPort = error instanceof Error && 'syscall' in error && error.syscall === 'listen'
    if (isPort) throw new StartError(listenFault(error, 'DEMO_VENDOR_PORT', demo.port))
    throw new StartError(
      `DATA_DIR: ${databaseFile}: ${error instanceof Error ? error.message : error}`,
    )
  }
}

export function introduce(config: Config, store: string): void {
  const lines = [
    ['Campaign Sync', `${config.publicUrl}/campaigns`],
    ['Store', store],
  ]
  for (const vendor of config.vendors) {
    lines.push(['Vendor', `${vendor.name}, ${lasting(config, vendor)}`])
    if (vendor.client.auth !== 'key')
      lines.push(['Redirect URI', redirectUri(config.publicUrl, vendor)])
    if (vendor.client.auth !== 'key' && !vendor.authorize.pkce)
      lines.push(['', 'without PKCE: a leaked authorization code is access (docs/SECURITY.md)'])
  }
  if (config.demo)
    lines.push(['Demo vendor', `http://localhost:${config.demo.port} (panel: /panel)`])
  console.log(`\n${lines.map(([name, value]) => `  ${name?.padEnd(14)}${value}`).join('\n')}\n`)
}

function lasting({ demo }: Config, { client, name, standIn }: Vendor): string {
  if (client.auth === 'key') return 'with an API key of each person'
  return standIn && demo ? `access lasts ${demo.tokenSeconds} s` : `access lasts as ${name} says`
}

/** What nobody caught ends the process, with one line and without what it was about; who runs us starts us again. */
export function endOnSurprise(log: Log): void {
  for (const event of ['uncaughtException', 'unhandledRejection'])
    process.on(event, (error) => {
      log.fatal({ err: error }, 'surprise')
      process.exit(1)
    })
}

export async function stopSignal(): Promise<void> {
  process.on('SIGTERM', () => {}) // told twice is told: without a listener the second one would end us at once
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
}

/** A second Ctrl-C ends the process at once: 130, as shells call an end by SIGINT. */
export function endOnSecondInterrupt(log: Log, requestsUnderWay: () => number): void {
  process.once('SIGINT', () => {
    logCutOff(log, requestsUnderWay())
    process.exit(130)
  })
}

export function logCutOff(log: Log, requests: number): void {
  if (requests > 0) log.warn({ requests }, 'stop.cut-off')
}

export function giveUp(error: unknown): never {
  const lines =
    error instanceof ConfigError
      ? error.faults
      : [error instanceof Error ? error.message : String(error)]
  const known = !(error instanceof TypeError)
  for (const line of known ? lines : [String(error instanceof Error ? error.stack : error)])
    console.error(line)
  process.exit(1)
}

async function isAcme(port: number): Promise<boolean> {
  const http = createHttp(1)
  try {
    const url = `http://127.0.0.1:${port}/healthz`
    const response = await http.send({
      method: 'GET',
      url,
      headers: {},
      timeoutMs: 1_000,
      maxBytes: 1_000,
    })
    return response.body.includes('Acme Ads')
  } catch {
    return false
  } finally {
    await http.close()
  }
}

/** Says what the settings come to, a line each, and ends the process. @throws Error when the campaign file is broken */
export async function checkConfig(config: Config): Promise<never> {
  const campaigns = await openCampaigns(config.campaignsFile, () => {})
  const count = campaigns.all().length
  campaigns.close()
  const lines = [
    ['Listens at', `${config.host}:${config.port}`],
    ['People open', config.publicUrl],
    [
      'Store',
      config.redisUrl === undefined
        ? `embedded, in ${config.dataDir}`
        : readRedisUrl(config.redisUrl).description,
    ],
    [
      'Secrets',
      `${config.sessionSecrets.length} for sessions, ${config.encryptionKeys.length} for sealing`,
    ],
    ['Campaigns', `${count} in ${config.campaignsFile}`],
    ...config.vendors.map(({ name, client }) => [
      'Vendor',
      `${name}, client ${client.id || 'none'}`,
    ]),
    ...config.vendors
      .filter(({ client }) => client.auth !== 'key')
      .map((vendor) => ['Redirect URI', redirectUri(config.publicUrl, vendor)]),
    ['Metrics', config.metricsToken === undefined ? 'off' : 'on'],
    [
      'Limits',
      `${config.rateLimit || 'no'} requests a minute, ${config.trustProxy} proxies believed`,
    ],
  ]
  console.log(lines.map(([name = '', value]) => `${name.padEnd(14)}${value}`).join('\n'))
  console.log('The settings are good.')
  process.exit(0)
}
