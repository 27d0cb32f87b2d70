// What would be sent to a vendor, in lines for people, with secrets masked. Pure.
import { fill } from '../vendors/template.ts'
import type { Vendor } from '../vendors/vendor.ts'

/** Stands for what must not be shown. */
export const MASK = '••••'

/** The token request. */
export function tokenLine({ token, client, authorize, values }: Vendor, back: string): string {
  const standard: Record<string, string> = {
    grant_type: 'authorization_code',
    code: '…',
    redirect_uri: back,
    ...(authorize.pkce && { code_verifier: MASK }),
    ...(client.auth !== 'basic' && { client_id: client.id }),
    ...(client.auth === 'post' && { client_secret: MASK }),
  }
  const known = {
    ...values,
    'client.id': client.id,
    'client.secret': MASK,
    'flow.code': '…',
    'flow.redirectUri': back,
    'flow.codeVerifier': MASK,
  }
  for (const [name, value] of Object.entries(token.params)) {
    if (value === null) delete standard[name]
    else standard[name] = fill(String(value), known)
  }
  const basic = client.auth === 'basic' ? `, Authorization: Basic ${MASK}` : ''
  return `→ a code is exchanged at ${fill(token.url, values)} as ${token.encoding}: ${JSON.stringify(standard)}${basic}`
}

/** Where a campaign goes. */
export function pushLine({ api, values }: Vendor): string {
  const place = fill(api.baseUrl, { ...placeholders(api.baseUrl), ...values }) + api.push.path
  const key =
    api.push.idempotencyHeader ?? 'none: a push without an answer is not repeated by itself'
  return `→ a campaign goes to ${api.push.method} ${place} with ${api.auth.name}: ${api.auth.value.replace('${token}', MASK)}; idempotency: ${key}`
}

function placeholders(template: string): Record<string, string> {
  return Object.fromEntries(
    [...template.matchAll(/\$\{([^}]+)\}/g)].map(([hole, name]) => [name, hole]),
  )
}
