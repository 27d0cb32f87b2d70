// Pushes one campaign: builds the request, sends it, classifies the response, retries only where that is safe.
import type { Campaign } from '../campaigns/campaign.ts'
import type { Http } from '../http/client.ts'
import { classify, type PushResponse } from './classify-response.ts'
import { readResponse } from './match.ts'
import { takesKey } from './operations.ts'
import { pushRequest } from './request.ts'
import { sendRepeatedly } from './send-operation.ts'
import type { Vendor } from './vendor.ts'

export type { PushResponse } from './classify-response.ts'

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
  return sendRepeatedly(isRepeatable(vendor), mayStillSend, async (timeoutMs) => {
    const request = pushRequest(vendor, campaign, token, key)
    const response = await http.send({ ...request, timeoutMs, maxBytes: MAX_BYTES })
    return classify(vendor, readResponse(response, token))
  })
}
