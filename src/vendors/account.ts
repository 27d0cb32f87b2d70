// Who approved at the vendor, where its API says so: for "connected as dana@acme".
import { type Http, NoAnswer } from '../http.ts'
import { at, readAnswer } from './match.ts'
import { fill } from './template.ts'
import type { Vendor } from './vendor.ts'

const TIMEOUT_MS = 3_000
const MAX_BYTES = 256_000

/** The account of a token, or undefined when the vendor does not say so in time: a nicety, never a reason to stop. */
export async function fetchAccount(http: Http, vendor: Vendor, token: string) {
  const { account, auth, baseUrl } = vendor.api
  if (!account) return undefined
  const scope = { ...vendor.values, token }
  const url = fill(baseUrl, vendor.values) + fill(account.path, vendor.values)
  const headers = { accept: 'application/json', [auth.name.toLowerCase()]: fill(auth.value, scope) }
  try {
    const answer = readAnswer(
      await http.send({ method: 'GET', url, headers, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES }),
    )
    const [id, name] = [at(answer.json, account.id), at(answer.json, account.name)].map(label)
    return answer.status === 200 && id && name ? { id, name } : undefined
  } catch (error) {
    if (error instanceof NoAnswer) return undefined
    throw error
  }
}

function label(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  return String(value).replaceAll(/\p{C}/gu, ' ').slice(0, 100)
}
