// Sends a push, or one request of a vendor's operations: classifies the response, and repeats it only where that is safe.
import { setTimeout as wait } from 'node:timers/promises'
import type { Campaign } from '../campaigns/campaign.ts'
import { type Http, NoResponse } from '../http/client.ts'
import type { Operation, ResponsePath } from './api-schema.ts'
import { classify, type PushResponse } from './classify-response.ts'
import { type ReadResponse, readResponse, valueAt } from './match.ts'
import { campaignScope, NoAddress, operationRequest, pushRequest } from './request.ts'
import { hasValue } from './template.ts'
import type { Vendor } from './vendor.ts'

export type { PushResponse } from './classify-response.ts'

/** Milliseconds for one request with its repeats. */
const DEADLINE_MS = 10_000
const ATTEMPTS = 3
const PUSH_MAX_BYTES = 1_000_000
const MAX_BYTES = 4_000_000

/** Whether a push may be sent again: the vendor takes an idempotency key, so that the same one applies once. */
export function isRepeatable(vendor: Vendor): boolean {
  const { create, push } = vendor.api
  if (create) return takesKey(vendor)
  return push.repeatable || push.idempotencyHeader !== undefined
}

/** Whether the first request of `create` may be sent again under its key. */
export function takesKey({ api }: Vendor): boolean {
  return api.create?.[0]?.idempotencyHeader !== undefined
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
    const response = await http.send({ ...request, timeoutMs, maxBytes: PUSH_MAX_BYTES })
    return classify(vendor, readResponse(response, token))
  })
}

export interface SentOperation {
  vendor: Vendor
  campaign: Campaign
  token: string
  operation: Operation
  /** Values kept from earlier responses, as `${known.NAME}`. */
  known: Record<string, string>
  /** Idempotency-Key; undefined where the request may be repeated without one. */
  key: string | undefined
  mayStillSend(): boolean
}

/** Gives undefined for one that is left out (`when`). Never throws for what a vendor does. */
export async function sendOperation(
  http: Http,
  sent: SentOperation,
): Promise<PushResponse | undefined> {
  const { operation, campaign, vendor, known, key } = sent
  const scope = campaignScope(vendor, campaign, known)
  if (operation.when !== undefined && !hasValue(scope, operation.when)) return undefined
  const mayRepeat = key === undefined || operation.idempotencyHeader !== undefined
  return sendRepeatedly(mayRepeat, sent.mayStillSend, (leftMs) => sendOnce(http, sent, leftMs))
}

/** Sends, and where it may be repeated again: at most 3 attempts and 10 s in all. */
async function sendRepeatedly(
  mayRepeat: boolean,
  mayStillSend: () => boolean,
  send: (leftMs: number) => Promise<PushResponse>,
): Promise<PushResponse> {
  const end = Date.now() + DEADLINE_MS
  let maybeApplied = false
  for (let attempt = 1; ; attempt++) {
    const left = Math.max(1, end - Date.now())
    const response = mayStillSend() ? await send(left).catch(withoutResponse) : TOO_LATE
    maybeApplied ||= response.kind === 'unknown' || response.kind === 'unavailable'
    const pause = retryPause(response, 200 * 2 ** attempt * (0.5 + Math.random() / 2))
    if (pause === undefined || !mayRepeat || attempt === ATTEMPTS || Date.now() + pause > end)
      return { ...response, maybeApplied: maybeApplied && response.kind !== 'ok' }
    await wait(pause)
  }
}

async function sendOnce(http: Http, sent: SentOperation, timeoutMs: number): Promise<PushResponse> {
  const { vendor, token, operation } = sent
  const request = operationRequest(vendor, operation, sent)
  const limits = { timeoutMs, maxBytes: MAX_BYTES }
  const response = readResponse(await http.send({ ...request, ...limits }), token)
  const result = classify(vendor, response, operation)
  if (result.kind !== 'ok') return result
  const values = keptValues(operation.keep, response)
  return { ...result, values, externalId: values.id ?? sent.known.id }
}

/** What it means that no response came: nothing was sent, or nobody knows. Other errors are thrown. */
export function withoutResponse(error: unknown): PushResponse {
  if (error instanceof NoAddress)
    return { kind: 'failed', maybeApplied: false, message: error.message }
  if (!(error instanceof NoResponse)) throw error
  const kind = error.sent ? 'unknown' : 'unreachable'
  return { kind, maybeApplied: false, message: error.message }
}

/** The lease is over: somebody else has taken the push over, or will. */
const TOO_LATE: PushResponse = {
  kind: 'unreachable',
  maybeApplied: false,
  message: 'this process stood still for too long, and sent nothing more',
}

/** Milliseconds until the next attempt makes sense; undefined when it does not. */
function retryPause(response: PushResponse, pause: number): number | undefined {
  if (response.kind === 'unknown' || response.kind === 'unreachable') return pause
  if (response.kind === 'unavailable') return Math.max(pause, (response.retryAfter ?? 0) * 1000)
  return undefined
}

export function keptValues(
  keep: Record<string, ResponsePath>,
  response: Pick<ReadResponse, 'json' | 'headers'>,
): Record<string, string> {
  const values: Record<string, string> = {}
  for (const [name, responsePath] of Object.entries(keep)) {
    const value = valueAt(responsePath, response)
    if (typeof value === 'string' || typeof value === 'number') values[name] = String(value)
  }
  return values
}
