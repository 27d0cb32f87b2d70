// Meta ad campaigns, from facebook/facebook-business-sdk-codegen api_specs (AdAccount, Campaign, enum_types; ad2b0b6) and the guide "ad set budget sharing" (v24.0).
// Unknown: the state of a campaign without `status` (played as ACTIVE), a limit of the name; `filtering` and error_user_msg are in guides, not in api_specs.
import { z } from 'zod'
import type { Said } from '../stage.ts'
import type { Describe, Kit } from './base.ts'
import { check, count, pageOf } from './faults.ts'
import type { Fields } from './memory.ts'
import { campaign, created, failed, GONE, parsed, refuse } from './meta-fields.ts'
import type { Call } from './routes.ts'

const HOST = '/graph.facebook.com/{version}'

/** When to come back, in minutes: guide "rate limiting" of the Graph API. */
const USAGE = {
  '5': [{ type: 'ads_management', call_count: 100, estimated_time_to_regain_access: 19 }],
}

export const meta: Describe = (kit) => ({
  shared: true,
  tokens: {
    authorize: 'GET /www.facebook.com/v25.0/dialog/oauth',
    token: [`POST ${HOST}/oauth/access_token`],
    client: 'form',
    granted: ({ access }) => ({
      body: { access_token: access, token_type: 'bearer', expires_in: 5_184 },
    }),
    refused: (fault) =>
      failed(fault === 'bad_client' ? 101 : 100, 'Error validating verification code.'),
  },
  ended: failed(190, 'Error validating access token: Session has expired.', 463),
  forbidden: failed(200, '(#200) Permissions error'),
  limited: {
    ...failed(80_004, 'There have been too many calls to this ad-account.'),
    headers: { 'x-business-use-case-usage': JSON.stringify(USAGE) },
  },
  missing: failed(100, 'Unknown path components'),
  open: {
    // Documented as GET; a second exchange, for a token of about 60 days.
    [`GET ${HOST}/oauth/access_token`]: ({ url }) => {
      const granted = kit.tokens.exchange(url.searchParams.get('fb_exchange_token') ?? '')
      return granted
        ? { body: { access_token: granted.access, token_type: 'bearer', expires_in: 5_183_944 } }
        : failed(190, 'Invalid OAuth access token.')
    },
  },
  routes: {
    [`POST ${HOST}/act_{account}/campaigns`]: ({ data }) =>
      check(created, data, refuse, ({ execution_options, ...fields }) => {
        if (
          !fields.lifetime_budget &&
          !fields.daily_budget &&
          !fields.is_adset_budget_sharing_enabled
        )
          return failed(
            100,
            'Invalid parameter',
            undefined,
            'Must specify True or False in is_adset_budget_sharing_enabled field',
          )
        if (fields.lifetime_budget && !fields.stop_time)
          return failed(100, 'Invalid parameter', undefined, 'A lifetime budget needs an end time')
        if (execution_options?.includes('validate_only')) return { body: { success: true } }
        return { body: { id: make(kit, fields) } }
      }),
    [`GET ${HOST}/act_{account}/campaigns`]: (call) => list(kit, call),
    [`GET ${HOST}/me`]: (call) => ({ body: kit.account(call) }),
    [`POST ${HOST}/{id}`]: ({ data, params: { id = '' } }) =>
      check(campaign.omit({ objective: true }), data, refuse, (fields) =>
        kit.memory.update(id, fields) ? { body: { success: true } } : GONE,
      ),
    [`GET ${HOST}/{id}`]: ({ params: { id = '' } }) => {
      const body = kit.memory.get(id)
      return body ? { body } : GONE
    },
  },
  add: (name) => make(kit, { name, status: 'PAUSED' }),
})

function make({ memory }: Kit, fields: Fields): string {
  const id = `12021${memory.nextNumber()}`
  memory.create(id, { status: 'ACTIVE', ...fields, id }, { live: fields.status !== 'PAUSED' })
  return id
}

const filters = z.array(z.object({ field: z.string(), operator: z.string(), value: z.string() }))

function list({ memory, pageSize }: Kit, { url }: Call): Said {
  const filtering = url.searchParams.get('filtering')
  const wanted = filters.safeParse(parsed(filtering ?? '[]'))
  if (!wanted.success) return failed(100, '(#100) param filtering must be an array.')
  const found = memory
    .listed()
    .filter(({ fields }) =>
      wanted.data.every(({ field, operator, value }) =>
        operator === 'EQUAL' ? fields[field] === value : String(fields[field]).includes(value),
      ),
    )
  const start = count(url.searchParams.get('after'), 0, 1e6)
  const page = pageOf(
    found,
    start,
    Math.min(count(url.searchParams.get('limit'), 25, 500), pageSize),
  )
  const cursors = { before: String(start), after: String(page.next ?? found.length) }
  const next = page.next === undefined ? {} : { next: `https:/${url.pathname}?after=${page.next}` }
  const data = page.items.map(({ fields: { id, name, status } }) => ({ id, name, status }))
  return { body: { data, paging: { cursors, ...next } } }
}
