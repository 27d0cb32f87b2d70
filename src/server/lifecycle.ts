// The process around the app: the start lines, the demo vendor beside it, the signal to stop, and giving up.
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Config, ConfigError } from '../config/config.ts'
import { createHttp } from '../http/client.ts'
import type { Log } from '../log.ts'
import { redirectUri } from '../oauth/authorize.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { listenFault, StartError } from './listen.ts'

/** Who started us; read early, because it may be gone by the time we listen. */
const PARENT = process.ppid
const PARENT_EVERY_MS = 500

/** Starts the demo vendor, unless it runs already (a second app process). @throws StartError when the port is in use */
export async function startDemo(config: Config, demo: NonNullable<Config['demo']>) {
  const { startDemoVendor } = await import('../demo-vendor/server.ts').catch(withoutLibrary)
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

/** The image of the app leaves the demo's library out. */
function withoutLibrary(error: unknown): never {
  if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'))
    throw error
  throw new StartError(
    'The demo vendor is not installed here: name your vendors in VENDORS, or its host in DEMO_VENDOR_HOST',
  )
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
    if (vendor.api.live) lines.push(['', 'what is synced there is public at once: it has no draft'])
    if (vendor.client.auth !== 'key' && !vendor.authorize.pkce)
      lines.push(['', 'without PKCE: a leaked authorization code is access (docs/SECURITY.md)'])
  }
  lines.push(['Sign-in', signInLine(config)])
  if (config.demo)
    lines.push(['Demo vendor', `http://localhost:${config.demo.port} (panel: /panel)`])
  console.log(`\n${lines.map(([name, value]) => `  ${name?.padEnd(14)}${value}`).join('\n')}\n`)
}

function signInLine({ publicUrl, signIn }: Config): string {
  return signIn
    ? `${signIn.issuer.href}, redirect URI ${publicUrl}/signin/callback`
    : 'none: whoever opens this address may sync'
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

/** Until SIGTERM or SIGINT; `byNpm` also until npm is gone, whose shell passes no SIGTERM on. */
export async function stopSignal(byNpm: boolean): Promise<void> {
  process.on('SIGTERM', () => {}) // told twice is told: without a listener the second one would end us at once
  const signals = [once(process, 'SIGTERM'), once(process, 'SIGINT')]
  await Promise.race(byNpm ? [...signals, parentGone()] : signals)
}

/** Whoever started us is gone when the system has given us another parent. */
async function parentGone(): Promise<void> {
  while (process.ppid === PARENT) await wait(PARENT_EVERY_MS, undefined, { ref: false })
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
