// Filters of templates: what a vendor cannot take as it is, "${campaign.name|line|max:80}". Pure.

/** What a template may name, by path: `{ token: '…', 'campaign.name': '…' }`. */
export type Scope = Record<string, unknown>

type Filter = (value: unknown, argument: string, scope: Scope) => unknown

/** By name. A filter is never given undefined: what has no value stays without one. */
const FILTERS: Record<string, Filter> = {
  /** At most N characters, none of them half. */
  max: (value, most) => [...String(value).toWellFormed()].slice(0, Number(most)).join(''),
  line: (value) => String(value).replaceAll(/\s*[\r\n\u0085\u2028\u2029]+\s*/g, ' '),
  text: (value) => String(value),
  micros: (value) => scaled(value, 6),
  /** Money in the smallest unit of the campaign's currency (ISO 4217: 0, 2 or 3 decimals). */
  minor: (value, _, scope) => scaled(value, decimalsOf(scope['campaign.currency'])),
  /** A date as ms since 1970, at midnight UTC. */
  millis: (value) => known(Date.parse(String(value))),
  /** A date as seconds since 1970, at midnight UTC. */
  seconds: (value) => known(Math.floor(Date.parse(String(value)) / 1000)),
  html: (value) => String(value).replaceAll(/[&<>"']/g, (one) => ENTITIES[one] ?? one),
  json: (value) => JSON.stringify(value),
  /** Inside quotes of a query language: backslash and both quotes are escaped. */
  quoted: (value) => String(value).replaceAll(/[\\'"]/g, (one) => `\\${one}`),
  /** A value of a Rest.li 2.0 list: its reserved characters are percent-encoded. */
  restli: (value) =>
    String(value).replaceAll(
      /[(),':%]/g,
      (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
    ),
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Applies `|line|max:80` to a value. A filter that cannot make sense of it leaves no value. */
export function applyFilters(value: unknown, filters: string, scope: Scope): unknown {
  if (filters === '') return value
  let filtered = value
  for (const one of filters.split('|').slice(1)) {
    if (filtered === undefined || filtered === null || filtered === '') return undefined
    const [name = '', argument = ''] = one.split(':')
    filtered = FILTERS[name]?.(filtered, argument, scope)
  }
  return filtered
}

/** Why `|line|max:80` is not a list of filters; undefined when it is. */
export function filterFault(filters: string): string | undefined {
  for (const one of filters.split('|').slice(1)) {
    const [name = '', argument] = one.split(':')
    if (!Object.hasOwn(FILTERS, name)) {
      return `the filter "${name}" is not known; known: ${Object.keys(FILTERS).join(' ')}`
    }
    const isNumber = argument !== undefined && /^[1-9]\d{0,6}$/.test(argument)
    if ((name === 'max') !== isNumber) return `"|${one}" is not a filter: only max takes a number`
  }
  return undefined
}

/** In decimal digits, so that 0.29 is 29 and not 28.999. */
function scaled(value: unknown, decimals: number): number | undefined {
  return known(Math.round(Number(`${Number(value)}e${decimals}`)))
}

function known(number: number): number | undefined {
  return Number.isFinite(number) ? number : undefined
}

function decimalsOf(currency: unknown): number {
  try {
    const format = new Intl.NumberFormat('en', { style: 'currency', currency: String(currency) })
    return format.resolvedOptions().maximumFractionDigits ?? 2
  } catch {
    return 2
  }
}
