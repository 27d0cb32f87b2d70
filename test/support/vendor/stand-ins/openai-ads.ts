// OpenAI Ads campaigns, from developers.openai.com/ads api-reference/campaigns, authentication, api-overview (read in public copies, 2026).
// People make keys, one for each ad account; partners also have OAuth (auth.openai.com/api/accounts, OpenAI-Ad-Account header), which is not played. Idempotency-Key is shown for POST /campaigns; what another body with the same key gives is not said (the first answer comes again).
// Unknown: the shape of errors (OpenAI's usual one is played), the status of a bad field (400), a header of the rate limit, unique names (none).
import { z } from 'zod'
import type { Said } from '../stage.ts'
import type { Describe, Kit } from './base.ts'
import { check, count, type Fault, pageOf } from './faults.ts'
import type { Fields } from './memory.ts'
import type { Call } from './routes.ts'

const time = z.int().min(946_684_800).max(4_102_444_800)
const created = z.object({
  name: z.string().min(3).max(1000).regex(/\S/),
  description: z.string().nullish(),
  start_time: time.nullish(),
  end_time: time.nullish(),
  status: z.literal(['active', 'paused']),
  budget: z.object({ lifetime_spend_limit_micros: z.int().min(1_000_000) }),
  bidding_type: z.literal(['impressions', 'clicks', 'conversions']).optional(),
  targeting: z.looseObject({}).nullish(),
})
const changed = created
  .omit({ bidding_type: true })
  .extend({
    status: z.literal(['active', 'paused', 'archived']),
    bidding_type: z.undefined('cannot be updated'),
  })
  .partial()

const HOST = '/api.ads.openai.com/v1'

export const openaiAds: Describe = (kit) => ({
  ended: failed(401, 'Incorrect API key provided.', 'invalid_api_key'),
  forbidden: failed(
    403,
    'You have insufficient permissions for this operation.',
    'insufficient_permissions',
  ),
  limited: failed(429, 'Rate limit reached.', 'rate_limit_exceeded'),
  missing: failed(404, 'Invalid URL', null),
  idempotency: 'idempotency-key',
  routes: {
    [`POST ${HOST}/campaigns`]: ({ data }) =>
      check(created, data, refuse, (fields) => ({ body: make(kit, fields) })),
    [`POST ${HOST}/campaigns/{id}`]: ({ data, params: { id = '' } }) =>
      check(changed, data, refuse, (fields) => {
        const body = kit.memory.update(id, fields)
        return body ? { body } : GONE
      }),
    [`POST ${HOST}/campaigns/{id}/archive`]: ({ params: { id = '' } }) => {
      const body = kit.memory.update(id, { status: 'archived' })
      return body ? { body } : GONE
    },
    [`GET ${HOST}/campaigns/{id}`]: ({ params: { id = '' } }) => {
      const body = kit.memory.get(id)
      return body ? { body } : GONE
    },
    [`GET ${HOST}/campaigns`]: (call) => list(kit, call),
    [`GET ${HOST}/ad_account`]: (call) => ({
      body: { ...kit.account(call), timezone: 'UTC', currency_code: 'EUR' },
    }),
  },
  add: (name) => String(make(kit, { name, status: 'paused' }).id),
})

function failed(status: number, message: string, code: string | null, param?: string): Said {
  return {
    status,
    body: { error: { message, type: 'invalid_request_error', param: param ?? null, code } },
  }
}
const GONE = failed(404, 'No campaign with that id.', 'not_found')

const refuse = ({ path, why, message }: Fault) =>
  failed(
    400,
    why === 'missing' ? `Missing required parameter: '${path}'.` : `Invalid '${path}': ${message}`,
    why === 'missing' ? 'missing_required_parameter' : 'invalid_value',
    path,
  )

function make({ memory }: Kit, fields: Fields): Fields {
  const id = `cmpn_${memory.nextNumber()}`
  return memory.create(
    id,
    { id, bidding_type: 'impressions', ...fields },
    { live: fields.status === 'active' },
  )
}

/** Newest first unless `order=asc`; a cursor is the id of the last item. */
function list({ memory, pageSize }: Kit, { url }: Call): Said {
  const found =
    url.searchParams.get('order') === 'asc' ? memory.listed() : memory.listed().reverse()
  const after = found.findIndex(({ id }) => id === url.searchParams.get('after'))
  const size = Math.min(count(url.searchParams.get('limit'), 20, 500), pageSize)
  const page = pageOf(found, after + 1, size)
  const data = page.items.map(({ fields }) => fields)
  return {
    body: {
      object: 'list',
      data,
      first_id: page.items.at(0)?.id ?? null,
      last_id: page.items.at(-1)?.id ?? null,
      has_more: page.next !== undefined,
    },
  }
}
