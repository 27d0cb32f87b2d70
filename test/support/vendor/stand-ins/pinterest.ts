// Pinterest ad campaigns, from pinterest/api-description v5/openapi.yaml (5.23) and developers.pinterest.com managing-campaigns.
// A refusal of one item comes inside a 200, as `exceptions`. Unknown: a limit of the name, unique names (none), PKCE (let through), a header of the rate limit. Codes and words of exceptions, and most codes of errors, are ours.
import { z } from 'zod'
import type { Said } from '../stage.ts'
import type { Describe, Kit } from './base.ts'
import { check, count, type Fault, pageOf } from './faults.ts'
import type { Fields } from './memory.ts'
import type { Call } from './routes.ts'

const micros = z.int().min(0).nullable()
const changed = z
  .object({
    ad_account_id: z.string().regex(/^\d+$/),
    name: z.string().min(1),
    objective_type: z.literal([
      'AWARENESS',
      'CONSIDERATION',
      'VIDEO_VIEW',
      'WEB_CONVERSION',
      'CATALOG_SALES',
      'VIDEO_COMPLETION',
    ]),
    status: z.literal(['ACTIVE', 'PAUSED', 'ARCHIVED', 'DRAFT']),
    lifetime_spend_cap: micros,
    daily_spend_cap: micros,
    start_time: z.int().nullable(),
    end_time: z.int().nullable(),
  })
  .partial()
const created = changed.required({ ad_account_id: true, name: true, objective_type: true })
const batch = z.array(z.looseObject({})).min(1).max(30)

const HOST = '/api.pinterest.com/v5'
const CAMPAIGNS = `${HOST}/ad_accounts/{account}/campaigns`

export const pinterest: Describe = (kit) => ({
  shared: true,
  tokens: {
    authorize: 'GET /www.pinterest.com/oauth/',
    token: [`POST ${HOST}/oauth/token`],
    client: 'basic',
    pkce: 'optional',
    refresh: 'rotates',
    granted: ({ access, refresh, scope }) => ({
      body: {
        access_token: access,
        token_type: 'bearer',
        expires_in: 2_592_000,
        refresh_token: refresh,
        refresh_token_expires_in: 5_184_000,
        response_type: 'authorization_code',
        scope,
      },
    }),
    refused: (fault) =>
      failed(
        fault === 'bad_client' ? 401 : 400,
        fault === 'bad_client' ? 2 : 283,
        'Invalid request',
      ),
  },
  ended: failed(401, 2, 'Authentication failed.'),
  forbidden: failed(403, 29, 'You are not permitted to access that resource.'),
  limited: failed(429, 8, 'This request exceeded a rate limit.'),
  missing: failed(404, 0, 'Not found.'),
  routes: {
    [`POST ${CAMPAIGNS}`]: ({ data }) =>
      each(data, (item) => check(created, item, refuse, (fields) => ({ body: make(kit, fields) }))),
    [`PATCH ${CAMPAIGNS}`]: ({ data }) =>
      each(data, (item) =>
        check(changed.extend({ id: z.string() }), item, refuse, ({ id, ...fields }) => {
          const body = kit.memory.update(id, fields)
          return body ? { body } : exception(2902, 'Campaign not found.')
        }),
      ),
    [`GET ${CAMPAIGNS}`]: (call) => list(kit, call),
    [`GET ${CAMPAIGNS}/{id}`]: ({ params: { id = '' } }) => {
      const body = kit.memory.get(id)
      return body ? { body } : failed(404, 0, 'Campaign not found.')
    },
    [`GET ${HOST}/user_account`]: (call) => ({
      body: {
        id: kit.account(call).id,
        username: kit.account(call).name,
        account_type: 'BUSINESS',
      },
    }),
  },
  add: (name) => String(make(kit, { name, status: 'PAUSED' }).id),
})

function failed(status: number, code: number, message: string): Said {
  return { status, body: { code, message } }
}

const exception = (code: number, message: string) => failed(400, code, message)

const refuse = ({ path, why, message }: Fault) =>
  exception(1, why === 'missing' ? `'${path}' is a required property` : `${path}: ${message}`)

/** Each item of the list has an answer of its own. */
const each = (data: unknown, judge: (item: unknown) => Said): Said =>
  check(batch, data, refuse, (items) => {
    const said = items.map(judge)
    return {
      body: {
        items: said.map(({ status, body }) =>
          status === undefined ? { data: body, exceptions: [] } : { exceptions: [body] },
        ),
      },
    }
  })

function make({ memory }: Kit, fields: Fields): Fields {
  const id = `6267${memory.nextNumber()}`
  const whole = { status: 'ACTIVE', ...fields, id }
  return memory.create(id, whole, { live: whole.status === 'ACTIVE' })
}

function list({ memory, pageSize }: Kit, { url }: Call): Said {
  const states = url.searchParams.getAll('entity_statuses').flatMap((each) => each.split(','))
  const wanted = states.length > 0 ? states : ['ACTIVE', 'PAUSED']
  const found = memory.listed().filter(({ fields }) => wanted.includes(String(fields.status)))
  const size = Math.min(count(url.searchParams.get('page_size'), 25, 250), pageSize)
  const page = pageOf(found, count(url.searchParams.get('bookmark'), 0, 1e6), size)
  const bookmark = page.next === undefined ? null : String(page.next)
  return { body: { items: page.items.map(({ fields }) => fields), bookmark } }
}
