// Who approved at the vendor, where its API says so: for "connected as dana@acme", and to test a connection.
import { z } from 'zod'
import { type Http, NoResponse } from '../http/client.ts'
import { classify, type PushResponse } from './classify-response.ts'
import { at, isValue, type ReadResponse, readResponse } from './match.ts'
import { accountRequest, NoAddress } from './request.ts'
import type { Vendor } from './vendor.ts'

const TIMEOUT_MS = 3_000
const MAX_BYTES = 256_000

/** An account as it is stored, too. */
export const accountSchema = z.object({ id: z.string(), name: z.string() })
export type VendorAccount = z.infer<typeof accountSchema>

/** The result of an account request; `kind` is that of a push. */
export interface AccountResponse {
  kind: PushResponse['kind']
  account?: VendorAccount
  message?: string
  retryAfter?: number
}

/** The account of a token; undefined when it cannot be had within 3 s. Never a reason to fail. */
export async function fetchAccount(
  http: Http,
  vendor: Vendor,
  token: string,
): Promise<VendorAccount | undefined> {
  const response = await requestAccount(http, vendor, token)
  return response?.kind === 'ok' ? response.account : undefined
}

/** Sends one account request, within 3 s. Undefined when the vendor file describes none. */
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
    const { kind, message, retryAfter } = classify(vendor, response)
    // The file's `ok` is about pushes: for an account, any 200 that names it is enough.
    const isFine = account !== undefined && (kind === 'failed' || kind === 'unknown')
    return {
      kind: isFine ? 'ok' : kind,
      ...(account && { account }),
      ...(message && { message }),
      ...(retryAfter && { retryAfter }),
    }
  } catch (error) {
    if (!(error instanceof NoResponse || error instanceof NoAddress)) throw error
    return { kind: 'unreachable', message: error.message }
  }
}

function accountIn(vendor: Vendor, response: ReadResponse): VendorAccount | undefined {
  const where = vendor.api.account
  return where && response.status === 200 ? accountAt(response.json, where) : undefined
}

export function accountAt(
  json: unknown,
  where: { id: string | string[]; name: string | string[] },
): VendorAccount | undefined {
  const id = label(at(json, where.id))
  return id === undefined ? undefined : { id, name: label(at(json, where.name)) ?? id }
}

function label(value: unknown): string | undefined {
  if (!isValue(value)) return undefined
  return String(value).replaceAll(/\p{C}/gu, ' ').slice(0, 100)
}
