// Has a vendor judge a campaign without making one, where its API can: by `api.validateOnly` and an access token of yours.
import type { Http } from '../http/client.ts'
import { classify } from '../vendors/classify-response.ts'
import { readResponse } from '../vendors/match.ts'
import { withoutResponse } from '../vendors/push.ts'
import { operationRequest } from '../vendors/request.ts'
import { fill } from '../vendors/template.ts'
import type { Vendor } from '../vendors/vendor.ts'
import type { Finding } from './probe.ts'

const TIMEOUT_MS = 10_000
const DAY_MS = 86_400_000

/** Sends the first request of `create` so that nothing is made; undefined where the vendor's file says no way to. */
export async function judge(
  http: Http,
  vendor: Vendor,
  token: string,
): Promise<Finding | undefined> {
  const [operation] = vendor.api.create ?? []
  const { validateOnly } = vendor.api
  if (!operation || !validateOnly) return undefined
  const body = { ...Object(operation.body), ...validateOnly }
  const filling = { campaign: sampleOf(vendor), token, known: {} }
  try {
    const request = operationRequest(vendor, { ...operation, body }, filling)
    const limits = { timeoutMs: TIMEOUT_MS, maxBytes: 1_000_000 }
    const response = readResponse(await http.send({ ...request, ...limits }), token)
    return findingOf(classify(vendor, response, { ok: [{ status: '2xx' }] }))
  } catch (error) {
    return findingOf(withoutResponse(error))
  }
}

function findingOf({ kind, status, message }: ReturnType<typeof classify>): Finding {
  const said = message ?? (status === undefined ? kind : `HTTP ${status}`)
  if (kind === 'ok') return { sign: '✓', text: 'it would take a campaign like this; none was made' }
  if (kind === 'expired') return { sign: '✗', text: `the access token is not good (${said})` }
  if (kind === 'failed' || kind === 'forbidden' || kind === 'exists')
    return { sign: '✗', text: `it would not take a campaign (${said})` }
  return { sign: '!', text: `it could not judge a campaign now (${said})` }
}

/** A campaign with every field, next month. */
function sampleOf({ api, values }: Vendor) {
  const day = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10)
  const currency = api.currency === undefined ? '' : fill(api.currency, values)
  return {
    id: 'vendor-check',
    name: `Campaign Sync check ${day(0)}`,
    type: 'Email',
    status: 'Planned',
    startDate: day(30),
    endDate: day(60),
    budget: 100,
    currency: currency === '' ? 'EUR' : currency,
    description: 'Judged, and not made',
  }
}
