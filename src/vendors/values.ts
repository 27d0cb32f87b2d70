// Values of the file's `vars` that a person says or a vendor sends (a shop, a data centre): checked, stored with the token.
import { at, isValue } from './match.ts'
import { fill, namesIn } from './template.ts'
import type { Vendor } from './vendor.ts'

/** `vars.<name>` → value. */
export type Values = Record<string, string>

/** The file's pattern does not allow a value. It may name a host, so nothing is sent. */
export class ValueRefused extends Error {}

type Origin = 'callback' | 'token' | 'step'

/** The vendor itself where there are none: what is remembered of it is found again. */
export function withValues(vendor: Vendor, values: Values = {}): Vendor {
  if (Object.keys(values).length === 0) return vendor
  return { ...vendor, values: { ...vendor.values, ...values } }
}

/** Reads the `vars` that come from this response, or their defaults. @throws ValueRefused */
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

/** A value that is asked for in a form, by its name there: `vars.shop`. */
export interface Question {
  name: string
  label: string
  value: string
}

/** What people have to say before they go to this vendor. */
export function questionsOf({ vars }: Vendor, before: Values = {}): Question[] {
  return Object.entries(vars).flatMap(([name, { from, label = name, default: initial = '' }]) => {
    const field = `vars.${name}`
    return from === 'person' ? [{ name: field, label, value: before[field] ?? initial }] : []
  })
}

/** What was said for one of them; undefined when it is missing or the file does not allow it. */
export function saidValue(vendor: Vendor, { name }: Question, said: unknown): string | undefined {
  const text = typeof said === 'string' ? said.trim() : ''
  return text !== '' && isAllowed(vendor, name.slice('vars.'.length), text) ? text : undefined
}

/** Those of a token's values that a person said. */
export function saidOf(vendor: Vendor, values: Values = {}): Values {
  const said = questionsOf(vendor).flatMap(({ name }) => {
    const value = values[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return Object.fromEntries(said)
}

/** The `vars` in the templates that have no value yet. */
export function missingValues(vendor: Vendor, ...templates: string[]): string[] {
  return templates
    .flatMap(namesIn)
    .filter((name) => name.startsWith('vars.') && vendor.values[name] === undefined)
}

function checked(vendor: Vendor, name: string, value: string): string {
  if (!isAllowed(vendor, name, value))
    throw new ValueRefused(`vars.${name} is not what the vendor file allows`)
  return value
}

function isAllowed({ vars }: Vendor, name: string, value: string): boolean {
  const pattern = vars[name]?.pattern
  if (/[\p{C}\s]/u.test(value) || value.length > 2000) return false
  return pattern === undefined || matchesWhole(pattern, value)
}

/** The whole value, whether or not the pattern says so itself. */
export function matchesWhole(pattern: string, value: string): boolean {
  return new RegExp(`^(?:${pattern})$`).test(value)
}

/** The scopes to request, with their values filled in. */
export function scopesOf({ authorize, values }: Vendor): string[] {
  return authorize.scopes.map((scope) => fill(scope, values))
}
