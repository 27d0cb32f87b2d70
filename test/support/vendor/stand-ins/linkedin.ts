// LinkedIn ad campaigns, from learn.microsoft.com "Create and Manage Campaigns" (li-lms-2026-02), api-evangelist/linkedin linkedin-marketing-campaigns.yml,
// and for errors and x-restli-id api-evangelist/linkedin-ads errors, conventions (8c372d8, from learn.microsoft.com error-responses, api-guide/concepts).
// No machine-readable source of writes: required fields are the field table's. A DRAFT may be let through without some; that is not played.
// Unknown: unique names (none are asked for; a code for it exists), a limit of the name, the serviceErrorCode of a refused field. No header says when to come back.
import { z } from 'zod'
import type { Said } from '../stage.ts'
import type { Describe, Kit } from './base.ts'
import { check, count, type Fault, pageOf } from './faults.ts'
import type { Fields } from './memory.ts'
import type { Call } from './routes.ts'

const CURRENCY = 'EUR'
const money = z.strictObject({
  amount: z.string().regex(/^\d+(\.\d+)?$/, 'must be a real number as text'),
  currencyCode: z.literal(CURRENCY, `must be the account's currency, ${CURRENCY}`),
})
const campaign = z.object({
  account: z.string().regex(/^urn:li:sponsoredAccount:\d+$/),
  campaignGroup: z.string().regex(/^urn:li:sponsoredCampaignGroup:\d+$/),
  name: z.string().min(1),
  type: z.literal(['TEXT_AD', 'SPONSORED_UPDATES', 'SPONSORED_INMAILS', 'DYNAMIC']),
  costType: z.literal(['CPM', 'CPC', 'CPV']),
  status: z.literal(['ACTIVE', 'PAUSED', 'ARCHIVED', 'COMPLETED', 'CANCELED', 'DRAFT']).optional(),
  locale: z.object({ country: z.string().length(2), language: z.string().length(2) }),
  offsiteDeliveryEnabled: z.boolean(),
  politicalIntent: z.literal(['POLITICAL', 'NOT_POLITICAL', 'NOT_DECLARED']),
  unitCost: money,
  totalBudget: money.optional(),
  pacingStrategy: z.literal(['ACCELERATED', 'LIFETIME']).optional(),
  runSchedule: z.object({ start: z.int(), end: z.int().optional() }).optional(),
  targetingCriteria: z.object({
    include: z.object({
      and: z.array(z.object({ or: z.record(z.string(), z.array(z.string())) })).min(1),
    }),
  }),
})
const created = campaign.refine(
  ({ totalBudget, pacingStrategy }) => !totalBudget || pacingStrategy === 'LIFETIME',
  {
    path: ['pacingStrategy'],
    message: 'totalBudget is for lifetime pacing',
  },
)
const patched = z.object({
  patch: z.object({ $set: campaign.omit({ pacingStrategy: true }).partial().strict() }),
})

const CAMPAIGNS = '/api.linkedin.com/rest/adAccounts/{account}/adCampaigns'

export const linkedin: Describe = (kit) => ({
  shared: true,
  tokens: {
    authorize: 'GET /www.linkedin.com/oauth/v2/authorization',
    token: ['POST /www.linkedin.com/oauth/v2/accessToken'],
    client: 'form',
    granted: ({ access, scope }) => ({
      body: { access_token: access, expires_in: 5_184_000, scope },
    }),
    refused: (fault) => ({
      status: fault === 'bad_client' ? 401 : 400,
      body: {
        error: fault === 'bad_client' ? 'invalid_client' : 'invalid_request',
        error_description: 'Unable to retrieve access token',
      },
    }),
  },
  ended: failed(401, 'The token used in the request has been revoked by the user', 65_601),
  forbidden: failed(403, 'Not enough permissions to access: POST /adCampaigns', 100),
  limited: failed(429, 'Resource level throttle limit reached'),
  missing: failed(404, 'Not Found'),
  before: ({ headers }) => {
    if (!/^\d{6}$/.test(String(headers['linkedin-version'])))
      return failed(400, 'A version must be present.')
    return headers['x-restli-protocol-version'] === '2.0.0'
      ? undefined
      : failed(400, 'Rest.li protocol 2.0.0 is needed.')
  },
  routes: {
    [`POST ${CAMPAIGNS}`]: ({ data }) =>
      check(created, data, refuse, (fields) => ({
        status: 201,
        headers: { 'x-restli-id': make(kit, fields) },
      })),
    [`POST ${CAMPAIGNS}/{id}`]: ({ data, headers, params: { id = '' } }) => {
      if (headers['x-restli-method'] !== 'PARTIAL_UPDATE')
        return failed(400, 'X-RestLi-Method is needed')
      return check(patched, data, refuse, ({ patch }) =>
        kit.memory.update(id, patch.$set) ? { status: 204 } : GONE,
      )
    },
    [`GET ${CAMPAIGNS}/{id}`]: ({ params: { id = '' } }) => {
      const fields = kit.memory.get(id)
      return fields ? { body: fields } : GONE
    },
    [`GET ${CAMPAIGNS}`]: (call) => list(kit, call),
  },
  add: (name) => make(kit, { name, status: 'DRAFT' }),
})

function failed(status: number, message: string, serviceErrorCode?: number): Said {
  return { status, body: { status, serviceErrorCode, message } }
}

const GONE = failed(404, 'Campaign was not found')

/** The newer envelope, which campaigns have: a constant `code`, and the reason in `errorDetails`. */
function refuse({ path, field, why, message }: Fault): Said {
  const at = `/${path.replaceAll('.', '/')}`
  const code =
    field === 'currencyCode' ? 'CURRENCY_MISMATCH' : (CODES[why] ?? 'INVALID_VALUE_FOR_FIELD')
  const description = why === 'missing' ? `${at} is required but missing` : `${at} ${message}`
  const errorDetails = {
    inputErrors: [{ code, description, input: { inputPath: { fieldPath: at } } }],
  }
  const errorDetailType = 'com.linkedin.common.error.BadRequest'
  return {
    status: 400,
    body: { status: 400, code, message: description, errorDetailType, errorDetails },
  }
}

const CODES: Partial<Record<Fault['why'], string>> = {
  missing: 'MISSING_FIELD',
  too_long: 'FIELD_LENGTH_TOO_LONG',
  unknown: 'FIELD_NOT_ALLOWED',
}

function make({ memory }: Kit, fields: Fields): string {
  const id = memory.nextNumber()
  memory.create(
    String(id),
    { status: 'ACTIVE', ...fields, id },
    { live: (fields.status ?? 'ACTIVE') === 'ACTIVE' },
  )
  return String(id)
}

/** `q=search&search=(name:(values:List(a,b)))`; inside, `( ) , :` of a value are percent-encoded once more (Rest.li 2.0). */
function list({ memory, pageSize }: Kit, { url }: Call): Said {
  const search = url.searchParams.get('search') ?? ''
  const names = /name:\(values:List\(([^()]*)\)\)/.exec(search)?.[1]
  if (url.searchParams.get('q') !== 'search' || (search !== '' && names === undefined))
    return failed(400, 'Invalid query parameters passed to request')
  const wanted = names?.split(',').map(decodeURIComponent)
  const found = memory
    .listed()
    .filter(({ fields }) => wanted?.includes(String(fields.name)) ?? true)
  const size = Math.min(count(url.searchParams.get('pageSize'), 100, 1000), pageSize)
  const page = pageOf(found, count(url.searchParams.get('pageToken'), 0, 1e6), size)
  const metadata = page.next === undefined ? {} : { nextPageToken: String(page.next) }
  return { body: { elements: page.items.map(({ fields }) => fields), metadata } }
}
