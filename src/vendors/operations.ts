// One campaign at a vendor that makes and changes objects: update what is linked, else look for it, else create it.
import { setTimeout as wait } from 'node:timers/promises'
import type { Campaign } from '../campaigns/campaign.ts'
import type { Http } from '../http/client.ts'
import type { Operation } from './api-schema.ts'
import type { PushResponse } from './classify-response.ts'
import { type Candidate, findCampaign, findVersions } from './find.ts'
import { sendOperation, takesKey } from './push.ts'
import type { Vendor } from './vendor.ts'

/** What is known of the campaign's object at the vendor: kept values by name, `id` first of all. */
export interface Known {
  values: Record<string, string>
  /** How many requests of `create` are done. */
  steps: number
}

export interface OperationRequest {
  vendor: Vendor
  campaign: Campaign
  token: string
  /** Idempotency-Key of the first request of `create`. */
  key: string
  known?: Known
  /** ms since 1970 when a request was sent whose end is not known; absent: there is none. */
  uncertainSince?: number
  /** As that request may have sent it, where the campaign has changed since. */
  sentBefore?: Campaign
  /** The person's choice: make a new object in place of the one that is linked (`insteadOf`), or use the one of this id. */
  objectChoice?: { create: true; insteadOf?: string | undefined } | { use: string }
  mayStillSend(): boolean
  /** Those of these objects that are another campaign's. */
  linkedElsewhere(ids: string[]): Promise<ReadonlySet<string>>
  /** Keeps what is known, before anything that relies on it. */
  keep(known: Known): Promise<void>
  /** The same of what a search has found; false when it is another campaign's by now. */
  keepFound(known: Known): Promise<boolean>
}

/** Brings the campaign to the vendor. Never throws for what a vendor does; rejects when `keep` does. */
export async function operate(http: Http, request: OperationRequest): Promise<PushResponse> {
  const { objectChoice, vendor } = request
  const steps = vendor.api.create?.length ?? 0
  if (objectChoice && 'use' in objectChoice) {
    const chosen = { values: { id: objectChoice.use }, steps }
    await request.keep(chosen)
    return update(http, request, chosen)
  }
  const known = objectChoice ? undefined : request.known
  if (known && known.steps >= steps) return update(http, request, known)
  if (known) return isLost(request, known) ? UNSETTLED : create(http, request, known)
  if (objectChoice) {
    // Else a lost answer to this would be looked for at the object that was linked before.
    await request.keep(NOTHING)
    return create(http, request, NOTHING)
  }
  return findFirst(http, request)
}

const NOTHING: Known = { values: {}, steps: 0 }

/** The next request of `create` may have been applied, and its vendor cannot tell that it comes again. */
function isLost({ vendor, uncertainSince }: OperationRequest, { steps }: Known): boolean {
  return uncertainSince !== undefined && !vendor.api.create?.[steps]?.idempotencyHeader
}

/** One match is the campaign; none lets it be created; several, or a search that cannot see all, is the person's to say. */
async function findFirst(http: Http, request: OperationRequest): Promise<PushResponse> {
  const { vendor, uncertainSince } = request
  const search = vendor.api.find
  const isOpen = uncertainSince !== undefined
  if (!search) return isOpen && !takesKey(vendor) ? UNSETTLED : create(http, request, NOTHING)
  if (isOpen) await settled(uncertainSince + search.settleSeconds * 1000)
  const found = await findVersions(http, request)
  if (found.kind === 'one') return takeAndUpdate(http, request, found.values)
  if (found.kind === 'none') return create(http, request, NOTHING)
  if (found.kind === 'failed') return { ...found.response, maybeApplied: isOpen }
  return ambiguous(vendor, found.candidates, found.isComplete)
}

/** Longer than this nobody is kept waiting: the next press looks again. */
const MOST_WAIT_MS = 6_000

async function settled(at: number): Promise<void> {
  await wait(Math.max(0, Math.min(MOST_WAIT_MS, at - Date.now())))
}

const UNSETTLED: PushResponse = { kind: 'unknown', maybeApplied: true }

function ambiguous(vendor: Vendor, candidates: Candidate[], isComplete: boolean): PushResponse {
  const message = isComplete
    ? `${vendor.name} has ${candidates.length} that could be it`
    : `${vendor.name} has more than could be looked through`
  return { kind: 'ambiguous', maybeApplied: false, message, candidates: candidates.slice(0, 5) }
}

/** Uses what was found: linked from now on, and changed to what the campaign says. */
async function takeAndUpdate(
  http: Http,
  request: OperationRequest,
  values: Record<string, string>,
): Promise<PushResponse> {
  const { vendor, keepFound } = request
  const known = { values, steps: vendor.api.create?.length ?? 0 }
  if (await keepFound(known)) return update(http, request, known)
  return ambiguous(vendor, [{ id: values.id ?? '' }], true)
}

/** Sends what is missing of `create`; each request's values are kept before the next one is sent. */
async function create(http: Http, request: OperationRequest, from: Known): Promise<PushResponse> {
  const { vendor, key } = request
  let known = from
  let last: PushResponse = DONE
  for (const [index, operation] of (vendor.api.create ?? []).entries()) {
    if (index < from.steps) continue
    const stepKey = index === 0 ? key : `${key}-s${index + 1}`
    const response = await send(http, request, operation, known, stepKey)
    if (response?.kind === 'exists') return afterExists(http, request, response)
    if (response && response.kind !== 'ok') return stopped(response, index, known)
    last = response ?? last
    known = { values: { ...known.values, ...response?.values }, steps: index + 1 }
    await request.keep(known)
  }
  return { ...last, externalId: known.values.id }
}

const DONE: PushResponse = { kind: 'ok', maybeApplied: false }

/** The vendor has one of that name: it is looked for again, and only if it is the one it is used. */
async function afterExists(
  http: Http,
  request: OperationRequest,
  refusal: PushResponse,
): Promise<PushResponse> {
  const refused = { ...refusal, kind: 'failed' as const }
  const found = await findCampaign(http, request)
  return found.kind === 'one' ? takeAndUpdate(http, request, found.values) : refused
}

/** Some of it is there: that is said, and the next press goes on at the request that is missing. */
function stopped(response: PushResponse, index: number, known: Known): PushResponse {
  const isCertain = response.kind !== 'unknown' && !response.maybeApplied
  if (index === 0 || response.kind === 'expired' || !isCertain) return response
  return { ...response, kind: 'partly', externalId: known.values.id }
}

/** Sets what the campaign says. The same request again changes nothing, so it may be repeated. */
async function update(http: Http, request: OperationRequest, known: Known): Promise<PushResponse> {
  const operations = request.vendor.api.update ?? []
  if (operations.length === 0) return { ...CANNOT_CHANGE, externalId: known.values.id }
  let last: PushResponse = DONE
  let values = known.values
  for (const operation of operations) {
    const response = await send(http, request, operation, { ...known, values }, undefined)
    const isSo =
      response?.kind === 'exists' && operation.whole && (await isFound(http, request, values.id))
    if (response && response.kind !== 'ok' && !isSo) return { ...response, externalId: values.id }
    last = isSo ? DONE : (response ?? last)
    values = { ...values, ...response?.values }
  }
  const isNew = Object.entries(values).some(([name, value]) => known.values[name] !== value)
  if (isNew) await request.keep({ ...known, values })
  return { ...last, externalId: values.id }
}

/** Whether a search finds the very object that is linked. */
async function isFound(http: Http, request: OperationRequest, id = ''): Promise<boolean> {
  const found = await findCampaign(http, request)
  return found.kind === 'one' && found.values.id === id
}

const CANNOT_CHANGE: PushResponse = {
  kind: 'failed',
  maybeApplied: false,
  message: 'it is there already, and this vendor’s file names no way to change it',
}

function send(
  http: Http,
  request: OperationRequest,
  operation: Operation,
  known: Known,
  key: string | undefined,
): Promise<PushResponse | undefined> {
  return sendOperation(http, { ...request, operation, known: known.values, key })
}
