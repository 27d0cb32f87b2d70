// Templates in vendor files: "${token}", "${campaign.name}"; only known names, filled by one pass.

/** What a template may name, by path: `{ token: '…', 'campaign.name': '…' }`. */
export type Scope = Record<string, unknown>

const HOLE = /\$\{([A-Za-z][A-Za-z0-9_.-]*)\}/g

/** The names a template uses. @throws Error when a `${` is not a plain name. */
export function namesIn(template: string): string[] {
  const names = [...template.matchAll(HOLE)].map((match) => match[1] ?? '')
  if (template.replaceAll(HOLE, '').includes('${'))
    throw new Error(`"${template}" has a \${ that is not a name`)
  return names
}

/**
 * Fills a template. `encode` is applied to each value and not to the text around it
 * (encodeURIComponent in a URL, nothing in a header). A name without a value becomes ''.
 */
export function fill(
  template: string,
  scope: Scope,
  encode: (value: string) => string = String,
): string {
  return template.replaceAll(HOLE, (_, name: string) => encode(String(scope[name] ?? '')))
}

/**
 * Fills every string of a JSON value. A string that is exactly one hole keeps the value's own type
 * (a number stays a number), and a member whose only hole has no value is left out.
 */
export function fillJson(value: unknown, scope: Scope): unknown {
  if (typeof value === 'string') {
    const whole = /^\$\{([A-Za-z][A-Za-z0-9_.-]*)\}$/.exec(value)
    return whole?.[1] === undefined ? fill(value, scope) : scope[whole[1]]
  }
  if (Array.isArray(value)) return value.map((item) => fillJson(item, scope))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, fillJson(item, scope)]),
  )
}

/** Parameters as a file shapes them: its own merged over the standard's, `null` removing one. */
export function mergeParams(
  standard: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string | number | boolean | null>>,
  scope: Scope,
): Record<string, string> {
  const merged = { ...standard }
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) delete merged[name]
    else merged[name] = fill(String(value), scope)
  }
  return merged
}
