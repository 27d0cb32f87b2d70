// Reads and checks vendor files, and adds their settings from the environment.
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ownFile, readTextFile } from '../files.ts'
import { faultLines, plainFault } from './faults.ts'
import { isSigningKey, PRIVATE_KEY_RULE } from './private-key.ts'
import { fill } from './template.ts'
import { urlFault } from './url.ts'
import { matchesWhole } from './values.ts'
import { type Vendor, type VendorFile, vendorSchema } from './vendor.ts'

export type Lookup = (name: string) => string | undefined

export type Loaded<T> = { vendor: T; faults?: undefined } | { vendor?: undefined; faults: string[] }

/**
 * Reads one vendor file: `demo` is a file of this folder, anything with a `/` or `.` is a path.
 * Returns it with its defaults, or a line for each fault: file, path of the field, what is allowed.
 */
export function readVendorFile(name: string): Loaded<VendorFile> {
  const file = fileOf(name)
  let content: unknown
  try {
    content = JSON.parse(readTextFile(file))
  } catch (error) {
    const message =
      error instanceof Error ? error.message.replaceAll(/\s+/g, ' ') : 'cannot be read'
    return { faults: [`${file}: ${message}`] }
  }
  const { data, error } = vendorSchema.safeParse(content, { error: plainFault })
  if (data) return { vendor: data }
  return {
    faults: error.issues.flatMap((issue) => faultLines(issue)).map((line) => `${file}: ${line}`),
  }
}

/**
 * Loads one vendor: the file, joined with its client, its secret and its `vars` from the environment. `standIn` is
 * asked, for a first look, where neither has a value; not where a pattern says what it must be. `read`: the file, if it
 * has been read before.
 */
export function loadVendor(
  name: string,
  lookup: Lookup,
  standIn?: Lookup,
  read = readVendorFile(name),
): Loaded<Vendor> {
  return read.vendor ? joinVendor(fileOf(name), read.vendor, lookup, standIn) : read
}

/** The files that an entry of VENDORS names: of a folder each `*.json` in it, by name. None for an empty entry. */
export function vendorFiles(entry: string): string[] {
  if (entry === '') return []
  if (!statSync(entry, { throwIfNoEntry: false })?.isDirectory() || !/[/.]/.test(entry))
    return [entry]
  const names = readdirSync(entry).filter(
    (name) => name.endsWith('.json') && name !== 'vendor.schema.json',
  )
  return names.toSorted().map((name) => join(entry, name))
}

const CLIENT_SETTINGS = ['CLIENT_ID', 'CLIENT_SECRET', 'PRIVATE_KEY', 'KEY_ID', 'ACCESS_TOKEN']

function joinVendor(
  file: string,
  read: VendorFile,
  lookup: Lookup,
  standIn?: Lookup,
): Loaded<Vendor> {
  const prefix = environmentPrefix(read.id)
  const faults: string[] = []
  const need = (key: string, otherwise?: string, instead = standIn) => {
    const value = lookup(prefix + key) ?? otherwise ?? instead?.(prefix + key)
    if (value === undefined) faults.push(`${prefix}${key} is not set: ${read.name} needs it`)
    return value ?? ''
  }
  const ownKey = () => {
    const privateKey = need('PRIVATE_KEY', undefined, () => undefined)
    const isGood = privateKey === '' || isSigningKey(privateKey)
    if (!isGood) faults.push(`${prefix}PRIVATE_KEY ${PRIVATE_KEY_RULE}`)
    return { privateKey, keyId: lookup(`${prefix}KEY_ID`) }
  }
  const values: Record<string, string> = {}
  const vars = varsOf(read, lookup)
  for (const [variable, { from, key, default: fallback, pattern }] of Object.entries(vars)) {
    const keyName = [key ?? variable].flat()[0] ?? variable
    const setting = settingName(keyName)
    if (['config', 'person'].includes(from) && CLIENT_SETTINGS.includes(setting))
      faults.push(`${file}: vars.${variable}: ${prefix}${setting} is the client’s: it needs a key`)
    if (from !== 'config') continue
    const given = lookup(prefix + keyName.toUpperCase()) ?? fallback
    const value = need(setting, given, pattern === undefined ? standIn : () => undefined)
    if (pattern !== undefined && value !== '' && !matchesWhole(pattern, value))
      faults.push(`${prefix}${setting} must match ${pattern}`)
    values[`vars.${variable}`] = value
  }
  const { auth } = read.client
  const id = auth === 'key' ? '' : need('CLIENT_ID', read.client.id)
  const secret = auth === 'post' || auth === 'basic' ? need('CLIENT_SECRET') : ''
  const own = auth === 'private_key_jwt' ? ownKey() : {}
  const vendor = { ...read, vars, client: { ...read.client, id, secret, ...own }, values }
  if (faults.length === 0) faults.push(...unsafeUrls(vendor).map((fault) => `${file}: ${fault}`))
  return faults.length > 0 ? { faults } : { vendor }
}

/** What people would be asked for, and a setting says for all of them, comes from there. */
function varsOf(read: VendorFile, lookup: Lookup): VendorFile['vars'] {
  const settled = Object.entries(read.vars).map(([variable, declared]) => {
    const isSet = declared.from === 'person' && lookup(settingOf(read, variable)) !== undefined
    return [variable, isSet ? { ...declared, from: 'config' as const } : declared] as const
  })
  return Object.fromEntries(settled)
}

/** The fault of a vendor that would read the settings of another one; undefined when there is none. */
export function sharedSettings(others: readonly Vendor[], { id }: Vendor): string | undefined {
  const prefix = environmentPrefix(id)
  const same = others.find((other) => environmentPrefix(other.id) === prefix)
  if (same?.id === id) return `VENDORS names ${id} twice`
  return same && `VENDORS: ${same.id} and ${id} would share ${prefix}CLIENT_ID`
}

/** `acme-ads` → `ACME_ADS_`, the start of the vendor's environment variables. */
export function environmentPrefix(id: string): string {
  return `${id.toUpperCase().replaceAll('-', '_')}_`
}

function fileOf(name: string): string {
  return /[/.]/.test(name) ? name : ownFile('src', 'vendors', 'files', `${name}.json`)
}

/** The environment variable of one of a file's `vars`: `ACME_ACCOUNT_NAME`. */
export function settingOf({ id, vars }: VendorFile, variable: string): string {
  const key = [vars[variable]?.key ?? variable].flat()[0] ?? variable
  return environmentPrefix(id) + settingName(key)
}

function settingName(key: string): string {
  return key
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase()
}

/** https everywhere; http only to this machine or, by a name without a dot, to a private network's neighbour. */
function unsafeUrls(vendor: Vendor): string[] {
  const urls = {
    'authorize.url': vendor.authorize.url,
    'token.url': vendor.token.url,
    'token.refresh.url': vendor.token.refresh.url,
    'revoke.url': vendor.revoke?.url,
    'api.baseUrl': vendor.api.baseUrl,
    ...wholeUrls({
      'api.push.path': vendor.api.push.path,
      'api.account.path': vendor.api.account?.path,
    }),
    ...Object.fromEntries(
      vendor.steps.map(({ request }, index) => [`steps[${index}].request.url`, request.url]),
    ),
  }
  return Object.entries(urls).flatMap(([field, template]) => {
    if (template === undefined || template === '') return []
    const fault = urlFault(fillKnown(vendor, template))
    return fault === undefined ? [] : [`${field}: ${fault}`]
  })
}

function wholeUrls(paths: Record<string, string | undefined>) {
  return Object.fromEntries(Object.entries(paths).filter(([, path]) => /^https?:/.test(path ?? '')))
}

/** Fills a URL with `later` for values the vendor sends later. A base URL that is such a value is checked then. */
function fillKnown(vendor: Vendor, template: string): string {
  const later = Object.keys(vendor.vars).map((name) => [`vars.${name}`, 'later'])
  const known = { ...Object.fromEntries(later), ...vendor.values }
  const text = fill(template, known)
  return text.startsWith('later') ? `https://${text}` : text
}
