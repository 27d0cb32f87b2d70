// A tiny renderer of `${name|filter}` templates, for the documented requests that are data. The app has its own.

export interface Scope {
  vars: Record<string, string>
  campaign: Record<string, unknown>
  /** Values kept from earlier answers. */
  known: Record<string, unknown>
  token: string
  /** The idempotency key of a push. */
  push?: { key: string }
}

type Filter = (value: unknown, argument: string) => unknown

const MINOR: Record<string, number> = { JPY: 0, KWD: 3 }
const HTML: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const scaled = (value: unknown, factor: number) => Math.round(Number(value) * factor)
const time = (value: unknown) => Date.parse(`${value}T00:00:00Z`)

const FILTERS: Record<string, Filter> = {
  max: (value, most) => [...String(value)].slice(0, Number(most)).join(''),
  line: (value) => String(value).replace(/[\r\n]+/g, ' '),
  text: String,
  micros: (value) => scaled(value, 1e6),
  minor: (value, currency) => scaled(value, 10 ** (MINOR[currency] ?? 2)),
  millis: time,
  seconds: (value) => time(value) / 1000,
  html: (value) => String(value).replace(/[&<>"']/g, (each) => HTML[each] ?? each),
  /** Inside quotes of JSON, of GAQL, of a Klaviyo filter. */
  json: (value) => JSON.stringify(String(value)).slice(1, -1),
  gaql: (value) => String(value).replace(/['\\]/g, '\\$&'),
  quoted: (value) => String(value).replace(/['\\]/g, '\\$&'),
  /** Rest.li 2.0: what means something in a list is encoded, once more than the URL does. */
  restli: (value) =>
    String(value).replace(
      /[%(),':]/g,
      (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`,
    ),
}

/** A value of the template's type: one that is a whole `${…}` keeps its own. In a URL every value is encoded. */
export function render(template: unknown, scope: Scope, into: 'url' | 'value' = 'value'): unknown {
  if (Array.isArray(template)) return template.map((item) => render(item, scope, into))
  if (typeof template === 'object' && template !== null)
    return Object.fromEntries(
      Object.entries(template).map(([name, item]) => [name, render(item, scope, into)]),
    )
  if (typeof template !== 'string') return template
  const whole = /^\$\{([^}]+)\}$/.exec(template)?.[1]
  if (whole && into === 'value') return resolve(whole, scope)
  return template.replace(/\$\{([^}]+)\}/g, (_, name: string) => {
    const value = String(resolve(name, scope))
    return into === 'url' && !/^(https?:|customers\/)/.test(value)
      ? encodeURIComponent(value)
      : value
  })
}

function resolve(expression: string, scope: Scope): unknown {
  const [name = '', ...filters] = expression.split('|')
  const start = pointed(scope, `/${name.replaceAll('.', '/')}`)
  return filters.reduce<unknown>((value, filter) => {
    const [called = '', argument = ''] = filter.split(':')
    const apply = FILTERS[called]
    if (!apply) throw new Error(`no filter ${called}`)
    return apply(value, argument)
  }, start)
}

/** RFC 6901, without escapes: the value at a pointer, undefined where there is none. */
export function pointed(value: unknown, pointer: string): unknown {
  if (pointer === '') return value
  return pointer
    .slice(1)
    .split('/')
    .reduce<unknown>(
      (at, key) => new Map<string, unknown>(Object.entries(at ?? {})).get(key),
      value,
    )
}
