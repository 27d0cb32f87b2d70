// Finds vendor files by name or path, checks them, and joins them with what the environment holds for them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { fill } from './template.ts'
import { type Vendor, type VendorFile, vendorSchema } from './vendor.ts'

/** The environment's answer for one name: undefined when it is not set. */
export type Lookup = (name: string) => string | undefined

type Loaded<T> = { vendor: T; faults?: undefined } | { vendor?: undefined; faults: string[] }

/**
 * Loads one vendor: `demo` is a file of this folder, anything with a `/` or `.json` is a path.
 * Gives the vendor, or every fault as a line: file, path of the field, what is allowed.
 */
export function loadVendor(name: string, lookup: Lookup): Loaded<Vendor> {
  const file = /[/.]/.test(name) ? name : join(import.meta.dirname, `${name}.json`)
  const read = readVendorFile(file)
  if (!read.vendor) return read
  const prefix = environmentPrefix(read.vendor.id)
  const faults: string[] = []
  const need = (key: string) => {
    const value = lookup(prefix + key)
    if (value === undefined) faults.push(`${prefix}${key} is not set: ${read.vendor.name} needs it`)
    return value ?? ''
  }
  const values: Record<string, string> = {}
  for (const [variable, { key, default: fallback, pattern }] of Object.entries(read.vendor.vars)) {
    const value = lookup(prefix + key) ?? fallback ?? need(key)
    if (pattern !== undefined && !new RegExp(pattern).test(value))
      faults.push(`${prefix}${key} must match ${pattern}`)
    values[`vars.${variable}`] = value
  }
  const secret = read.vendor.client.auth === 'none' ? '' : need('CLIENT_SECRET')
  const vendor = { ...read.vendor, client: { ...read.vendor.client, id: need('CLIENT_ID'), secret }, values }
  if (faults.length === 0) faults.push(...unsafeUrls(vendor).map((fault) => `${file}: ${fault}`))
  return faults.length > 0 ? { faults } : { vendor }
}

/** `constant-contact` → `CONSTANT_CONTACT_`, the start of the vendor's environment variables. */
export function environmentPrefix(id: string): string {
  return `${id.toUpperCase().replaceAll('-', '_')}_`
}

function readVendorFile(file: string): Loaded<VendorFile> {
  let content: unknown
  try {
    content = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    return { faults: [`${file}: ${error instanceof Error ? error.message : 'cannot be read'}`] }
  }
  const { data, error } = vendorSchema.safeParse(content)
  if (data) return { vendor: data }
  return {
    faults: error.issues.map(
      (issue) => `${file}: ${z.core.toDotPath(issue.path) || 'the file'}: ${issue.message}`,
    ),
  }
}

/** https everywhere; http only to this machine or, by a name without a dot, to a private network's neighbour. */
function unsafeUrls(vendor: Vendor): string[] {
  const urls = {
    'authorize.url': vendor.authorize.url,
    'token.url': vendor.token.url,
    'revoke.url': vendor.revoke?.url,
    'api.baseUrl': vendor.api.baseUrl,
  }
  return Object.entries(urls).flatMap(([field, template]) => {
    if (template === undefined) return []
    const text = fill(template, vendor.values)
    if (!URL.canParse(text)) return [`${field}: "${text}" is not a URL`]
    const url = new URL(text)
    const near = /^(localhost|127\.0\.0\.1|\[::1\]|[a-z0-9-]+)$/.test(url.hostname)
    if (url.protocol === 'https:' || (url.protocol === 'http:' && near)) return []
    return [`${field}: must be https`]
  })
}
