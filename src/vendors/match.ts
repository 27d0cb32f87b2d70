// Reads a vendor's response as its file says: paths into the body, and matches.
import type { OutboundResponse } from '../http/client.ts'
import { BoundedMap } from '../store/bounded-map.ts'
import { parseJson } from '../store/stored-text.ts'
import type { ResponsePath } from './api-schema.ts'
import type { Match } from './vendor.ts'

/** A response with its body parsed; `json` is undefined when the body is not JSON. */
export interface ReadResponse extends OutboundResponse {
  json: unknown
}

/** A shorter token is not secret, and could be part of any word. */
const SHORTEST_TOKEN = 8

/**
 * Parses the body, and redacts the token: vendors repeat it in their messages, which are shown and stored in the
 * sync log.
 */
export function readResponse(response: OutboundResponse, token = ''): ReadResponse {
  const spellings = spelled.get(token) ?? spellingsOf(token)
  spelled.set(token, spellings)
  const { body, headers } = response
  const all = [body, ...Object.values(headers)].join('\n')
  // JSON without an escape spells its texts as they are.
  const isClean = !body.includes('\\') && !spellings.some((spelling) => all.includes(spelling))
  if (isClean) return { ...response, json: parseJson(body) }
  const redact = (text: string) =>
    spellings.reduce((clean, spelling) => clean.replaceAll(spelling, '[token]'), text)
  const redacted = Object.entries(headers).map(([name, value]) => [
    name,
    typeof value === 'string' ? redact(value) : value.map(redact),
  ])
  const json = parseJson(body, (_, value) => (typeof value === 'string' ? redact(value) : value))
  return { ...response, headers: Object.fromEntries(redacted), json }
}

const spelled = new BoundedMap<string, string[]>(1_000)

/** The token as it is, and as vendors encode what they repeat. */
function spellingsOf(token: string): string[] {
  if (token.length < SHORTEST_TOKEN) return []
  const bytes = Buffer.from(token)
  const spellings = [
    token,
    ...(PLAIN.test(token) ? [] : escaped(token)),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
  ]
  return [...new Set(spellings)]
}

/** Characters that are the same in URLs, forms and HTML. */
const PLAIN = /^[\w.-]+$/

function escaped(token: string): string[] {
  return [
    encodeURIComponent(token),
    new URLSearchParams([['', token]]).toString().slice(1),
    token.replaceAll(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`),
    token.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
  ]
}

/** The value at a dotted path (`error.code`, `0.errorCode`), or at the first of several that is there. */
export function at(json: unknown, path: string | string[]): unknown {
  for (const one of Array.isArray(path) ? path : [path]) {
    const value = one.split('.').reduce<unknown>(member, json)
    if (value !== undefined && value !== null) return value
  }
  return undefined
}

export function valueAt(
  where: ResponsePath,
  { json, headers }: Pick<ReadResponse, 'json' | 'headers'>,
): unknown {
  if (typeof where === 'object' && 'header' in where)
    return [headers[where.header.toLowerCase()]].flat()[0]
  return at(json, where)
}

/** Whether a value says something: text that is not empty, or a number. */
export function isValue(value: unknown): value is string | number {
  return (typeof value === 'string' && value !== '') || typeof value === 'number'
}

export function matches(response: ReadResponse, any: Match[]): boolean {
  return any.some((match) => holds(response, match))
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return Reflect.get(value, name)
}

function holds(response: ReadResponse, match: Match): boolean {
  if (
    match.status !== undefined &&
    ![match.status].flat().some((one) => isStatus(response.status, one))
  )
    return false
  if (match.header === undefined && match.path === undefined) return match.status !== undefined
  const value =
    match.path !== undefined
      ? at(response.json, match.path)
      : response.headers[(match.header ?? '').toLowerCase()]
  if (match.exists !== undefined && (value !== undefined) !== match.exists) return false
  if (match.equals !== undefined && value !== match.equals) return false
  if (match.in !== undefined && !match.in.some((one) => one === value)) return false
  return match.contains === undefined || textOf(value).includes(match.contains)
}

/** `2xx` stands for all of its hundred. */
function isStatus(status: number, wanted: number | string): boolean {
  return typeof wanted === 'number' ? status === wanted : wanted === `${Math.floor(status / 100)}xx`
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
