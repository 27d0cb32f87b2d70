// Pushes one campaign: builds the request, sends it, classifies the response, retries only where that is safe.
import { setTimeout as wait } from 'node:timers/promises'
import type { Campaign } from '../campaigns/campaign.ts'
import { type Http, NoResponse } from '../http/client.ts'
import { classify, type PushResponse } from './classify-response.ts'
import { readResponse } from './match.ts'
import { takesKey } from './operations.ts'
import { NoAddress, pushRequest } from './request.ts'
import { retryPause, TOO_LATE } from './send-operation.ts'
import type { Vendor } from './vendor.ts'

export type { PushResponse } from './classify-response.ts'

const DEADLINE_MS = 10_000
const ATTEMPTS = 3
const MAX_BYTES = 1_000_000

/** Whether a push may be sent again: the vendor takes an idempotency key, so that the same one applies once. */
export function isRepeatable(vendor: Vendor): boolean {
  const { create, push } = vendor.api
  if (create) return takesKey(vendor)
  return push.repeatable || push.idempotencyHeader !== undefined
}

/** Whether an uncertain push can be settled without the person: by repeating it, or by looking or updating. */
export function maySettle(vendor: Vendor): boolean {
  return isRepeatable(vendor) || vendor.api.create !== undefined
}

/** Pushes with `key` as Idempotency-Key; at most 3 attempts and 10 s in all. Never throws for what a vendor does. */
export async function push(
  http: Http,
  vendor: Vendor,
  campaign: Campaign,
  token: string,
  key: string,
  mayStillSend: () => boolean = () => true,
): Promise<PushResponse> {
  const end = Date.now() + DEADLINE_MS
  const send = async () =>
    attemptPush(http, vendor, pushRequest(vendor, campaign, token, key), token, end - Date.now())
  const repeatable = isRepeatable(vendor)
  let maybeApplied = false
  for (let attempt = 1; ; attempt++) {
    const response = mayStillSend() ? await send().catch(unsentResponse) : TOO_LATE
    maybeApplied ||= response.kind === 'unknown' || response.kind === 'unavailable'
    const pause = 200 * 2 ** attempt * (0.5 + Math.random() / 2)
    const again = retryPause(response, pause)
    if (again === undefined || !repeatable || attempt === ATTEMPTS || Date.now() + again > end)
      return { ...response, maybeApplied: maybeApplied && response.kind !== 'ok' }
    await wait(again)
  }
}

async function attemptPush(
  http: Http,
  vendor: Vendor,
  request: ReturnType<typeof pushRequest>,
  token: string,
  leftMs: number,
): Promise<PushResponse> {
  try {
    const limits = { timeoutMs: Math.max(1, leftMs), maxBytes: MAX_BYTES }
    return classify(vendor, readResponse(await http.send({ ...request, ...limits }), token))
  } catch (error) {
    if (!(error instanceof NoResponse)) throw error
    return {
      kind: error.sent ? 'unknown' : 'unreachable',
      maybeApplied: false,
      message: error.message,
    }
  }
}

/** The response for a request that cannot be built. */
function unsentResponse(error: unknown): PushResponse {
  if (!(error instanceof NoAddress)) throw error
  return { kind: 'failed', maybeApplied: false, message: error.message }
}
