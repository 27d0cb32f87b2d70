// The routes of a stand-in: `METHOD /host/path/{name}`, and what is read from a request before a handler has it.
import type { Heard, Said } from '../stage.ts'
import type { Fields } from './memory.ts'

/** A request to a stand-in: `params` from the route's `{names}`, `data` from a JSON body, `members` of a JSON object or form. */
export interface Call extends Heard {
  params: Record<string, string>
  data: unknown
  members: Fields
}

export type Handler = (call: Call) => Said

export interface Route {
  pattern: RegExp
  at: string
  handler: Handler
}

export function compile(routes: Record<string, Handler>): Route[] {
  return Object.entries(routes).map(([at, handler]) => {
    const escaped = at.replace(/[.*+?^$()[\]\\|]/g, '\\$&')
    const source = escaped.replace(/\{(\w+)\}/g, '(?<$1>[^/:]+)')
    return { at, handler, pattern: new RegExp(`^${source}$`) }
  })
}

/** `METHOD /host` of each route, once: what the stage hands over to the stand-in. */
export const starts = (routes: Route[]) =>
  new Set(routes.map(({ at }) => at.split('/').slice(0, 2).join('/')))

export function match(routes: Route[], heard: Heard): { handler: Handler; call: Call } | undefined {
  const asked = `${heard.method} ${heard.url.pathname}`
  for (const { pattern, handler } of routes) {
    const groups = pattern.exec(asked)
    if (groups) return { handler, call: readCall(heard, groups.groups ?? {}) }
  }
  return undefined
}

function readCall(heard: Heard, groups: Record<string, string>): Call {
  const params = Object.fromEntries(
    Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]),
  )
  const form = heard.headers['content-type']?.includes('x-www-form-urlencoded') ?? false
  const data = form ? Object.fromEntries(new URLSearchParams(heard.body)) : readJson(heard.body)
  const members: Fields = typeof data === 'object' && data !== null ? { ...data } : {}
  return { ...heard, params, data, members }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
