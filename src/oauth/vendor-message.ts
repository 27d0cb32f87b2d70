// The vendor's own words about a token request that failed, cleaned for a page, a log line and `vendor:check`.
import { at } from '../vendors/match.ts'

const MOST = 200

/** A shorter value is no secret, and could be part of any word. */
const SHORTEST_SECRET = 8

/** Where vendors say why, beside `error` and `error_description` of RFC 6749 §5.2. */
const REASONS = [
  'error_description',
  'error.message',
  'error_message',
  'message',
  'detail',
  'errors.0.message',
  'msg',
]

/** Such as `invalid_request: grant_type is missing`. `secrets` are struck out, because vendors repeat them. */
export function vendorMessage(
  members: Record<string, unknown> | undefined,
  secrets: unknown[] = [],
): string | undefined {
  const code = at(members, ['error', 'error.code', 'error.type', 'code'].filter(isPlainIn(members)))
  const reason = at(members, REASONS.filter(isPlainIn(members)))
  const said = [...new Set([code, reason])].filter((one) => one !== undefined && one !== '')
  return said.length === 0 ? undefined : cleanMessage(said.join(': '), secrets)
}

/** Without control characters and the secrets, at most 200 characters. */
function cleanMessage(text: string, secrets: unknown[] = []): string {
  const struck = secrets
    .filter((secret) => typeof secret === 'string' && secret.length >= SHORTEST_SECRET)
    .reduce<string>((rest, secret) => rest.replaceAll(String(secret), '[secret]'), text)
  return [
    ...struck
      .replaceAll(/\p{C}+/gu, ' ')
      .replaceAll(/\s+/g, ' ')
      .trim(),
  ]
    .slice(0, MOST)
    .join('')
}

function isPlainIn(members: unknown) {
  return (path: string) => ['string', 'number'].includes(typeof at(members, path))
}
