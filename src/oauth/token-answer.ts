// Turns what vendors answer at the token endpoint into what RFC 6749 §5.1 asks for. Pure.
import { z } from 'zod'
import type { OutboundAnswer } from '../http.ts'

const objectSchema = z.record(z.string(), z.unknown())

/** No access is kept longer than this, whatever a vendor says (seconds): 400 days. */
const MOST_SECONDS = 34_560_000

/**
 * A standard token answer: JSON; `token_type` bearer when absent (LinkedIn); no `scope: null` (Mailchimp);
 * `expires_in` a positive number or absent. A 200 that carries an error becomes a 400.
 */
export function standardTokenAnswer(
  answer: OutboundAnswer,
  defaultSeconds: number,
): { status: number; body: string } {
  const members = readMembers(answer)
  if (!members) return { status: answer.status === 200 ? 502 : answer.status, body: '{}' }
  if (answer.status < 200 || answer.status > 299)
    return { status: answer.status, body: JSON.stringify(members) }
  if (typeof members.error === 'string')
    return { status: 400, body: JSON.stringify({ error: members.error }) }
  const { token_type: type, scope } = members
  return {
    status: 200,
    body: JSON.stringify({
      access_token: members.access_token,
      token_type: type === undefined || type === null ? 'bearer' : type,
      expires_in: lifetime(members.expires_in, defaultSeconds),
      ...(typeof scope === 'string' && { scope }),
    }),
  }
}

/** JSON, or for vendors of before the standard a form; undefined when it is neither. */
function readMembers({ body, headers }: OutboundAnswer): Record<string, unknown> | undefined {
  const type = String(headers['content-type'] ?? '')
  if (/^application\/x-www-form-urlencoded/i.test(type) || /^access_token=/.test(body))
    return Object.fromEntries(new URLSearchParams(body))
  try {
    return objectSchema.safeParse(JSON.parse(body)).data
  } catch {
    return undefined
  }
}

/** Seconds, 1 to 400 days. 0, null, absent and what is no number mean unknown; below 0 means it has ended already. */
export function lifetime(value: unknown, defaultSeconds: number): number {
  const seconds = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof seconds !== 'number' || Number.isNaN(seconds) || seconds === 0) return defaultSeconds
  if (seconds < 1) return 1
  return Math.min(MOST_SECONDS, Math.floor(seconds))
}
