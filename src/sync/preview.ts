// What a press of Sync would send of a campaign, as far as is known before: pure, and without anything secret.
import type { Campaign } from '../campaigns/campaign.ts'
import type { Operation } from '../vendors/api-schema.ts'
import { incompleteness } from '../vendors/needs.ts'
import type { Known } from '../vendors/operations.ts'
import {
  campaignScope,
  type Filling,
  NoAddress,
  operationRequest,
  pushRequest,
} from '../vendors/request.ts'
import { hasValue } from '../vendors/template.ts'
import type { Vendor } from '../vendors/vendor.ts'

/** `push`: the vendor has one request for both. `find`: it is looked for, and created when it is not there. */
type Plan = 'push' | 'update' | 'find' | 'create' | 'continue'

interface PreviewedRequest {
  method: string
  url: string
  headers: Record<string, string>
  body?: string
}

export interface Preview {
  plan: Plan
  requests: PreviewedRequest[]
  lacks?: string
  /** Why the requests cannot be shown: a value that only access brings is in their address. */
  unknown?: string
}

/** In place of a token: characters that stay as they are in an address. */
const TOKEN = 'hidden-access-token'
const MASK = '••••'
const KEY = 'a-key-of-its-own'

/** @param known what is linked of the account whose access there is; undefined: nothing, or there is no access */
export function previewOf(vendor: Vendor, campaign: Campaign, known?: Known): Preview {
  const plan = planOf(vendor, known)
  const lacks = incompleteness(vendor, campaign)?.message
  const about = { plan, ...(lacks !== undefined && { lacks }) }
  try {
    return { ...about, requests: requestsOf(plan, vendor, campaign, known) }
  } catch (error) {
    if (!(error instanceof NoAddress)) throw error
    return { ...about, requests: [], unknown: error.message }
  }
}

function planOf({ api }: Vendor, known: Known | undefined): Plan {
  if (!api.create) return 'push'
  if (known) return known.steps >= api.create.length ? 'update' : 'continue'
  return api.find ? 'find' : 'create'
}

function requestsOf(plan: Plan, vendor: Vendor, campaign: Campaign, known: Known | undefined) {
  if (plan === 'push') return [masked(vendor, pushRequest(vendor, campaign, TOKEN, KEY))]
  const { create = [], update = [], find } = vendor.api
  const filling = { campaign, token: TOKEN, known: known?.values ?? {} }
  const search = plan === 'find' && find ? [operationRequest(vendor, find, filling)] : []
  const operations = plan === 'update' ? update : create.slice(known?.steps ?? 0)
  const changes = changesOf(vendor, operations, filling)
  return [...search, ...changes].map((request) => masked(vendor, request))
}

/** One after the other: `{name}` stands for what an earlier response will bring. */
function changesOf(vendor: Vendor, operations: Operation[], { campaign, token, known }: Filling) {
  let values = known
  return operations.flatMap((operation) => {
    const scope = campaignScope(vendor, campaign, values)
    const isLeftOut = operation.when !== undefined && !hasValue(scope, operation.when)
    if (isLeftOut) return []
    const filling = { campaign, token, known: values, key: KEY }
    const request = operationRequest(vendor, operation, filling)
    const kept = Object.keys(operation.keep).map((name) => [name, `{${name}}`])
    values = { ...Object.fromEntries(kept), ...values }
    return [request]
  })
}

type Built = Omit<PreviewedRequest, 'body'> & { body?: string | Buffer | undefined }

/** A header that a vendor file fills with a value from settings or access may be a secret: it is shown as one. */
function masked(
  { api }: Vendor,
  { method, url, headers, body }: ReturnType<typeof pushRequest>,
): Built & PreviewedRequest {
  const operations = [...(api.create ?? []), ...(api.update ?? []), ...(api.find ? [api.find] : [])]
  const templates = [api, ...operations].flatMap(({ headers }) => Object.entries(headers ?? {}))
  const filled = templates.filter(([, template]) => /\$\{(?!campaign\.|known\.)/.test(template))
  const secret = new Set(filled.map(([name]) => name.toLowerCase()))
  const auth = api.auth.name.toLowerCase()
  const hide = (text: string) => text.replaceAll(TOKEN, MASK)
  const shown = Object.entries(headers ?? {}).map(([name, value]) => {
    if (secret.has(name)) return [name, MASK]
    const isToken = name === auth && !String(value).includes(TOKEN)
    return [name, isToken ? MASK : hide(String(value))]
  })
  return {
    method,
    url: hide(url).replaceAll('%7B', '{').replaceAll('%7D', '}'),
    headers: Object.fromEntries(shown),
    ...(body !== undefined && { body: hide(readable(String(body))) }),
  }
}

function readable(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    return body
  }
}
