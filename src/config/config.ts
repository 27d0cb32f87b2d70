// Settings: the only reader of the environment. Typed, and every fault is told at once.
import { existsSync } from 'node:fs'
import { parseEnv } from 'node:util'
import type { z } from 'zod'
import { readTextFile } from '../files.ts'
import type { SignInSettings } from '../identity/identity.ts'
import type { NoticeSettings } from '../notices/channels.ts'
import type { ApprovalLimits } from '../runs/approvals.ts'
import {
  environmentPrefix,
  type Lookup,
  loadVendor,
  readVendorFile,
  sharedSettings,
  vendorFiles,
} from '../vendors/load.ts'
import type { VendorFiles } from '../vendors/source.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { readNotices } from './notices.ts'
import { demoSecrets, readKeys, readSessionSecrets } from './secrets.ts'
import { type Environment, lookUp, originsIn, PUBLIC_URL_RULE, settings } from './settings.ts'
import { readApproveAbove, readSignIn } from './sign-in.ts'

type Settings = z.infer<typeof settings>

/** The default where people sign in. */
const AUDIT_DAYS = 365

export interface Config {
  port: number
  host: string
  /** Origin people open, without a trailing slash. Every absolute URL starts with it. */
  publicUrl: string
  redisUrl: string | undefined
  dataDir: string
  /** Newest first; the first signs, all verify. */
  sessionSecrets: string[]
  /** 32 bytes each, newest first; the first seals, all open. */
  encryptionKeys: Uint8Array[]
  vendors: Vendor[]
  campaignsFile: string
  demo: { port: number; tokenSeconds: number; clientId: string; clientSecret: string } | undefined
  /** Proxies in front whose X-Forwarded-For is believed. */
  trustProxy: number
  /** Requests a minute one session may make to each of sync, connect and callback; 0 is no limit. */
  rateLimit: number
  sessionMaxDays: number
  /** Seconds to serve on once told to stop, while /readyz says 503. */
  drain: number
  metricsToken: string | undefined
  /** The company's sign-in; undefined where whoever opens the address may do everything. */
  signIn: SignInSettings | undefined
  /** Where people are told when they are not looking; undefined for nowhere. */
  notices: NoticeSettings | undefined
  /** Origins outside this app that a sync may lead back to. */
  returnTo: readonly string[]
  /** A run above it waits for a second person; undefined where none does. */
  approveAbove: ApprovalLimits | undefined
  /** For how many days the audit trail is kept; 0 for none. */
  auditDays: number
  logLevel: Settings['LOG_LEVEL']
}

/** Bad settings: one line each, naming the setting and never its value. */
export class ConfigError extends Error {
  readonly faults: string[]
  constructor(faults: string[]) {
    super(faults.join('\n'))
    this.faults = faults
  }
}

/** The environment, with what a `.env` file in this folder adds to it. @throws ConfigError */
export function environment(): Environment {
  return { ...envFile(), ...process.env }
}

/** What the `.env` file in this folder says; nothing when there is none. @throws ConfigError */
export function envFile(): Environment {
  try {
    return existsSync('.env') ? parseEnv(readTextFile('.env')) : {}
  } catch (error) {
    throw new ConfigError([`.env ${error instanceof Error ? error.message : 'cannot be read'}`])
  }
}

/** Reads the settings. An empty value counts as not set; `NAME_FILE` names a file that holds it. @throws ConfigError */
export function readConfig(environment: Environment): Config {
  const faults: string[] = []
  const lookup = (name: string) => lookUp(environment, name, faults)
  const data = readSettings(lookup, faults)
  if (environment.NODE_TLS_REJECT_UNAUTHORIZED === '0')
    faults.push(
      'NODE_TLS_REJECT_UNAUTHORIZED must not be 0: it would let anybody pose as the vendor',
    )
  const names = data.VENDORS.split(',').flatMap((name) => vendorFiles(name.trim()))
  if (names.length === 0) faults.push('VENDORS names no vendor')
  const files = names.map((name) => ({ name, read: readVendorFile(name) }))
  const standIns = files.flatMap(({ read }) => (read.vendor?.standIn ? [read.vendor] : []))
  const isDemo = standIns.length === names.length
  const made = standIns[0] && demoDefaults(data.DATA_DIR, standIns[0].id, faults)
  const vendors = readVendors(files, (name) => lookup(name) ?? made?.client[name], faults)
  if (!existsSync(data.CAMPAIGNS))
    faults.push(`CAMPAIGNS names ${data.CAMPAIGNS}, which is not there`)
  if (!isDemo && lookup('PUBLIC_URL') === undefined)
    faults.push(`PUBLIC_URL is not set: it ${PUBLIC_URL_RULE}`)
  const secrets = readSecrets(data, isDemo ? made : undefined, faults)
  const signIn = readSignIn(data, faults)
  const notices = readNotices(data, faults)
  const approveAbove = readApproveAbove(data.APPROVE_ABOVE, signIn, faults)
  if (faults.length > 0) throw new ConfigError([...new Set(faults)])
  return {
    ...plainSettings(data),
    ...secrets,
    signIn,
    approveAbove,
    auditDays: data.AUDIT_DAYS ?? (signIn ? AUDIT_DAYS : 0),
    notices,
    vendors,
    demo: demoVendor(data, vendors, lookup),
  }
}

/** What is wrong is taken as its default, so that the rest is checked as well. */
function readSettings(lookup: Lookup, faults: string[]): Settings {
  const names = Object.keys(settings.shape)
  const given = Object.fromEntries(names.map((name) => [name, lookup(name)]))
  for (const { path, message } of settings.safeParse(given).error?.issues ?? []) {
    faults.push(`${path.join('.')} ${message}`)
    delete given[String(path[0])]
  }
  return settings.parse(given)
}

function readSecrets(
  data: Settings,
  made: ReturnType<typeof demoDefaults> | undefined,
  faults: string[],
) {
  const sessionSecrets = readSessionSecrets(data.SESSION_SECRET ?? made?.sessionSecret, faults)
  const keys = data.ENCRYPTION_KEYS ?? made?.encryptionKey
  return { sessionSecrets, encryptionKeys: readKeys(keys, sessionSecrets, faults) }
}

function plainSettings(data: Settings) {
  return {
    port: data.PORT,
    host: data.HOST,
    publicUrl: new URL(data.PUBLIC_URL ?? `http://localhost:${data.PORT}`).origin,
    redisUrl: data.REDIS_URL,
    dataDir: data.DATA_DIR,
    campaignsFile: data.CAMPAIGNS,
    trustProxy: data.TRUST_PROXY,
    rateLimit: data.RATE_LIMIT,
    sessionMaxDays: data.SESSION_MAX_DAYS,
    drain: data.DRAIN_SECONDS,
    metricsToken: data.METRICS_TOKEN,
    returnTo: originsIn(data.RETURN_TO),
    logLevel: data.LOG_LEVEL,
  }
}

/** The demo vendor is started beside the app, unless it runs somewhere else. */
function demoVendor(data: Settings, vendors: Vendor[], lookup: Lookup): Config['demo'] {
  const isHere = ({ id, standIn }: Vendor) =>
    standIn && lookup(`${environmentPrefix(id)}VENDOR_HOST`) === undefined
  const client = vendors.find(isHere)?.client
  return (
    client && {
      port: data.DEMO_VENDOR_PORT,
      tokenSeconds: data.DEMO_TOKEN_SECONDS,
      clientId: client.id,
      clientSecret: client.secret,
    }
  )
}

/** The vendor files that VENDORS names by a path or a folder. Those of this app change with it only. */
export function changingVendors(environment: Environment): VendorFiles {
  const entries = (lookUp(environment, 'VENDORS', []) ?? '').split(',').map((name) => name.trim())
  return {
    list: () => entries.filter((entry) => /[/.]/.test(entry)).flatMap(vendorFiles),
    load(file) {
      const faults: string[] = []
      const loaded = loadVendor(file, (name) => lookUp(environment, name, faults))
      return faults.length > 0 ? { faults: [...(loaded.faults ?? []), ...faults] } : loaded
    },
  }
}

/** @throws ConfigError without them, with the faults so far: most of the others would only follow from this one */
function demoDefaults(dataDir: string, id: string, faults: string[]) {
  try {
    const made = demoSecrets(dataDir)
    const prefix = environmentPrefix(id)
    const client: Record<string, string> = {
      [`${prefix}CLIENT_ID`]: 'campaign-sync',
      [`${prefix}CLIENT_SECRET`]: made.demoClientSecret,
    }
    return { ...made, client }
  } catch (error) {
    throw new ConfigError([
      ...faults,
      `DATA_DIR: ${error instanceof Error ? error.message : 'cannot be used'}`,
    ])
  }
}

function readVendors(
  files: { name: string; read: ReturnType<typeof readVendorFile> }[],
  lookup: Lookup,
  faults: string[],
): Vendor[] {
  const vendors: Vendor[] = []
  for (const { name, read } of files) {
    const loaded = loadVendor(name, lookup, undefined, read)
    if (loaded.faults) faults.push(...loaded.faults.map((fault) => `VENDORS: ${fault}`))
    else {
      const shared = sharedSettings(vendors, loaded.vendor)
      if (shared !== undefined) faults.push(shared)
      vendors.push(loaded.vendor)
    }
  }
  return vendors
}
