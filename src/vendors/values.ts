// Values a vendor sends on the way (a data centre, an instance): read by the file's `vars`, kept with the token.
import { at } from './match.ts'
import { fill, namesIn } from './template.ts'
import type { Vendor } from './vendor.ts'

/** `vars.<name>` → value. */
export type Values = Record<string, string>

/** A value that the file's pattern does not allow: it may name a host, so nothing is sent there. */
export class ValueRefused extends Error {}

type Origin = 'callback' | 'token' | 'step'

/** The vendor with more values known; requests made for it can name them. */
export function withValues(vendor: Vendor, values: Values | undefined): Vendor {
  return values === undefined ? vendor : { ...vendor, values: { ...vendor.values, ...values } }
}

/** Reads what the file says comes from here; what is not there is left out, or has its default. @throws ValueRefused */
export function capture(vendor: Vendor, from: Origin, response: unknown): Values {
  const found: Values = {}
  for (const [name, variable] of Object.entries(vendor.vars)) {
    if (variable.from !== from) continue
    const value = at(response, variable.key ?? name)
    if (isValue(value)) found[`vars.${name}`] = checked(vendor, name, String(value))
    else if (variable.default !== undefined) found[`vars.${name}`] = variable.default
  }
  return found
}

/** Reads the vars that a step names itself. @throws ValueRefused */
export function captureNamed(
  vendor: Vendor,
  paths: Record<string, string | string[]>,
  response: unknown,
): Values {
  const found: Values = {}
  for (const [name, path] of Object.entries(paths)) {
    const value = at(response, path)
    if (isValue(value)) found[`vars.${name}`] = checked(vendor, name, String(value))
  }
  return found
}

/** The names a template needs and nobody has said. */
export function missingValues(vendor: Vendor, ...templates: string[]): string[] {
  return templates
    .flatMap(namesIn)
    .filter((name) => name.startsWith('vars.') && vendor.values[name] === undefined)
}

function checked(vendor: Vendor, name: string, value: string): string {
  const pattern = vendor.vars[name]?.pattern
  if (
    /[\p{C}\s]/u.test(value) ||
    value.length > 2000 ||
    (pattern !== undefined && !matchesWhole(pattern, value))
  )
    throw new ValueRefused(`vars.${name} is not what the vendor file allows`)
  return value
}

/** The whole value, whether or not the pattern says so itself. */
export function matchesWhole(pattern: string, value: string): boolean {
  return new RegExp(`^(?:${pattern})$`).test(value)
}

function isValue(value: unknown): value is string | number {
  return (typeof value === 'string' && value !== '') || typeof value === 'number'
}

/** The scopes to ask for, with the file's values in their places. */
export function scopesOf({ authorize, values }: Vendor): string[] {
  return authorize.scopes.map((scope) => fill(scope, values))
}
