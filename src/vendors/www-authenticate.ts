// Reads WWW-Authenticate (RFC 9110 §11.6.1, RFC 6750 §3): several challenges, several lines, and what vendors make of it.

export interface Challenge {
  /** Lower case; '' for parameters that no scheme stands before. */
  scheme: string
  /** Names in lower case, quoted values unquoted. */
  parameters: Map<string, string>
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const PARAMETER = new RegExp(`(${TOKEN})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${TOKEN}))`, 'y')
const SCHEME = new RegExp(TOKEN, 'y')

/** The challenges in their order. What is neither a scheme nor a parameter is passed over; never throws. */
export function challenges(header: string | string[] | undefined): Challenge[] {
  const found: Challenge[] = []
  for (const line of [header ?? []].flat()) readLine(line, found)
  return found
}

/** The Bearer challenge's parameters, or those that stand without a scheme. */
export function bearerParameters(
  header: string | string[] | undefined,
): ReadonlyMap<string, string> {
  const all = challenges(header)
  const challenge =
    all.find(({ scheme }) => scheme === 'bearer') ?? all.find(({ scheme }) => scheme === '')
  return challenge?.parameters ?? new Map()
}

function readLine(line: string, found: Challenge[]): void {
  let current: Challenge | undefined
  const begin = (scheme: string) => {
    current = { scheme, parameters: new Map() }
    found.push(current)
    return current
  }
  for (let at = 0; at < line.length; ) {
    const parameter = matchAt(PARAMETER, line, at)
    const scheme = parameter ? undefined : matchAt(SCHEME, line, at)
    if (parameter) {
      const value = parameter[2]?.replaceAll(/\\(.)/g, '$1') ?? parameter[3] ?? ''
      const { parameters } = current ?? begin('')
      parameters.set((parameter[1] ?? '').toLowerCase(), value)
    } else if (scheme) begin(scheme[0].toLowerCase())
    at += (parameter ?? scheme)?.[0].length ?? 1
  }
}

function matchAt(pattern: RegExp, line: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(line)
}
