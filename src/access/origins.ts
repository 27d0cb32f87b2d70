// Where a vendor's tokens may go: a token granted under other hosts is not sent to these.
import { fingerprint } from '../store/stored-text.ts'
import { fill } from '../vendors/template.ts'
import type { Vendor } from '../vendors/vendor.ts'

const known = new WeakMap<Vendor['vars'], string>()

/** Names the token endpoint's and the API's host, as the vendor file and the settings say. 132 bits of SHA-256. */
export function originsOf({ vars, values, token, api }: Vendor): string {
  const found = known.get(vars)
  if (found !== undefined) return found
  const configured = Object.entries(vars).filter(([, variable]) => variable.from === 'config')
  const scope = Object.fromEntries(
    configured.map(([name]) => [`vars.${name}`, values[`vars.${name}`]]),
  )
  const hosts = [token.url, api.baseUrl].map((url) => hostOf(fill(url, scope)))
  const origins = fingerprint(hosts.join(' '))
  known.set(vars, origins)
  return origins
}

/** Scheme, host and port; of a URL that is not whole yet, what stands there. */
function hostOf(url: string): string {
  return /^[a-z]+:\/\/[^/?#]*/i.exec(url)?.[0] ?? url
}
