// Who approved at the vendor, where its API says so: for "connected as dana@acme", and to test a connection.
import { type Http, NoResponse } from '../http/client.ts'
import { classify, type PushResponse } from './classify-response.ts'
import { at, type ReadResponse, readResponse } from './match.ts'
import { accountRequest, NoAddress } from './request.ts'
import type { Vendor } from './vendor.ts'

const TIMEOUT_MS = 3_000
const MAX_BYTES = 256_000

export interface VendorAccount {
  id: string
  name: string
}

/** What the vendor answers when it is asked who this is. `kind` in the words of a push; `undefined`: it cannot be asked. */
export interface AccountResponse {
  kind: PushResponse['kind']
  account?: VendorAccount
  message?: string
  retryAfter?: number
}

/** The account of a token, or undefined when the vendor does not say so in time: a nicety, never a reason to stop. */
export async function fetchAccount(
  http: Http,
  vendor: Vendor,
  token: string,
): Promise<VendorAccount | undefined> {
  const response = await requestAccount(http, vendor, token)
  return response?.kind === 'ok' ? response.account : undefined
}

/** Asks once, within 3 s. Undefined when the vendor's file does not say how. */
export async function requestAccount(
  http: Http,
  vendor: Vendor,
  token: string,
): Promise<AccountResponse | undefined> {
  try {
    const request = accountRequest(vendor, token)
    if (!request) return undefined
    const sent = { ...request, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES }
    const response = readResponse(await http.send(sent), token)
    const account = accountIn(vendor, response)
    const { kind, message, retryAfter } = classifyRead(vendor, response)
    return {
      kind,
      ...(account && { account }),
      ...(message && { message }),
      ...(retryAfter && { retryAfter }),
    }
  } catch (error) {
    if (!(error instanceof NoResponse || error instanceof NoAddress)) throw error
    return { kind: 'unreachable', message: error.message }
  }
}

/** `ok` of the file is about pushes; reading is fine with any 200 that names the account. */
function classifyRead(vendor: Vendor, response: ReadResponse): PushResponse {
  const classified = classify(vendor, response)
  const isFine = classified.kind === 'failed' || classified.kind === 'unknown'
  return isFine && response.status === 200 && accountIn(vendor, response)
    ? { ...classified, kind: 'ok' }
    : classified
}

function accountIn(vendor: Vendor, response: ReadResponse): VendorAccount | undefined {
  const where = vendor.api.account
  return where && response.status === 200 ? accountAt(response.json, where) : undefined
}

/** The account at these places of an answer. */
export function accountAt(
  json: unknown,
  where: { id: string | string[]; name: string | string[] },
): VendorAccount | undefined {
  const id = label(at(json, where.id))
  return id === undefined ? undefined : { id, name: label(at(json, where.name)) ?? id }
}

function label(value: unknown): string | undefined {
  if ((typeof value !== 'string' && typeof value !== 'number') || value === '') return undefined
  return String(value).replaceAll(/\p{C}/gu, ' ').slice(0, 100)
}
