// Klaviyo campaigns, from klaviyo/openapi stable/apis/{create_campaign,update_campaign,get_campaigns,update_campaign_message}.json (revision 2026-07-15) and developers.klaviyo.com set_up_oauth, rate_limits_and_error_handling.
// From revision 2026-10-15 a campaign has another shape (definition, audiences apart): this one plays 2026-07-15. Unknown: unique names (none), a limit of the name, the words of `code`, whether a refresh gives a new refresh token (the same is played).
import { z } from 'zod'
import type { Said } from '../stage.ts'
import type { Describe, Kit } from './base.ts'
import { check, count, pageOf } from './faults.ts'
import {
  changed,
  changedMessage,
  created,
  failed,
  GONE,
  JSON_API,
  refuse,
  said,
} from './klaviyo-fields.ts'
import type { Fields } from './memory.ts'
import type { Call } from './routes.ts'

const HOST = '/a.klaviyo.com'
const CAMPAIGNS = `${HOST}/api/campaigns`

export const klaviyo: Describe = (kit) => ({
  tokens: {
    authorize: 'GET /www.klaviyo.com/oauth/authorize',
    token: [`POST ${HOST}/oauth/token`],
    client: 'basic',
    pkce: 'required',
    refresh: 'same',
    granted: ({ access, refresh, scope }) => ({
      body: {
        access_token: access,
        refresh_token: refresh,
        expires_in: 3600,
        token_type: 'Bearer',
        scope,
      },
    }),
    refused: (fault) => ({
      status: 400,
      body: { error: fault === 'bad_client' ? 'invalid_client' : 'invalid_grant' },
    }),
  },
  ended: failed(401, 'not_authenticated', 'Authentication credentials were not provided.'),
  forbidden: failed(403, 'permission_denied', 'You do not have permission to perform this action.'),
  limited: {
    ...failed(429, 'throttled', 'Request was throttled.'),
    headers: { ...JSON_API, 'retry-after': '7' },
  },
  missing: failed(404, 'not_found', 'The path could not be found.'),
  before: (call) => badHeaders(call),
  routes: {
    [`POST ${CAMPAIGNS}`]: ({ data }) =>
      check(created, data, refuse, ({ data: { attributes } }) =>
        said(201, { data: view(make(kit, attributes)) }),
      ),
    [`PATCH ${CAMPAIGNS}/{id}`]: ({ data, params: { id = '' } }) =>
      check(changed, data, refuse, ({ data: { attributes, id: named } }) => {
        if (named !== id)
          return failed(409, 'conflict', 'The id does not match the path.', '/data/id')
        const before = withAttributes.safeParse(kit.memory.get(id))
        if (!before.success) return GONE
        const merged = { ...before.data.attributes, ...attributes }
        return said(200, { data: view(kit.memory.update(id, { attributes: merged }) ?? {}) })
      }),
    // Subject and sender are the message's, a resource of its own.
    [`PATCH ${HOST}/api/campaign-messages/{id}`]: ({ data, params: { id = '' } }) =>
      check(changedMessage, data, refuse, ({ data: { attributes } }) => {
        const campaign = kit.memory.all().find(({ fields }) => fields.message_id === id)
        if (!campaign) return GONE
        kit.memory.update(campaign.id, { message: attributes })
        return said(200, { data: { type: 'campaign-message', id, attributes } })
      }),
    [`GET ${CAMPAIGNS}/{id}`]: ({ params: { id = '' } }) => {
      const data = kit.memory.get(id)
      return data ? said(200, { data: view(data) }) : GONE
    },
    [`GET ${CAMPAIGNS}`]: (call) => list(kit, call),
    [`GET ${HOST}/api/accounts`]: (call) =>
      said(200, {
        data: [
          {
            type: 'account',
            id: kit.account(call).id,
            attributes: { contact_information: { organization_name: kit.account(call).name } },
          },
        ],
      }),
  },
  add: (name) =>
    String(make(kit, { name, audiences: { included: [] }, 'campaign-messages': { data: [] } }).id),
})

function badHeaders({ headers, method }: Call): Said | undefined {
  if (!/^\d{4}-\d\d-\d\d(\.\w+)?$/.test(String(headers.revision)))
    return failed(400, 'invalid', 'A revision header is required.')
  const isJsonApi = headers['content-type']?.startsWith(JSON_API['content-type']) ?? false
  return method === 'GET' || isJsonApi
    ? undefined
    : failed(415, 'unsupported_media_type', 'Unsupported media type in request.')
}

const withAttributes = z.object({ attributes: z.looseObject({ name: z.string() }) })

/** Made as a draft: only a send job sends it. */
function make({ memory }: Kit, sent: z.infer<typeof created>['data']['attributes']): Fields {
  const { 'campaign-messages': messages, ...attributes } = sent
  const number = memory.nextNumber()
  const state = { status: 'Draft', archived: false }
  return memory.create(`01K${number}`, {
    id: `01K${number}`,
    message_id: `01M${number}`,
    attributes: { ...attributes, ...state },
    message: messages.data[0]?.attributes,
  })
}

const view = ({ id, message_id, attributes }: Fields) => ({
  type: 'campaign',
  id,
  attributes,
  relationships: { 'campaign-messages': { data: [{ type: 'campaign-message', id: message_id }] } },
})

function list({ memory, pageSize, at }: Kit, { url }: Call): Said {
  const filter = url.searchParams.get('filter') ?? ''
  if (!filter.includes('equals(messages.channel,'))
    return failed(400, 'invalid', 'A channel filter is required.')
  const part =
    /contains\(name,(["'])((?:[^\\]|\\.)*?)\1\)/.exec(filter)?.[2]?.replace(/\\(.)/g, '$1') ?? ''
  const found = memory
    .listed()
    .filter(({ fields }) => withAttributes.parse(fields).attributes.name.includes(part))
  const size = Math.min(count(url.searchParams.get('page[size]'), 100, 100), pageSize)
  const page = pageOf(found, count(url.searchParams.get('page[cursor]'), 0, 1e6), size)
  const next = new URL(`${url.pathname}${url.search}`, at())
  next.searchParams.set('page[cursor]', String(page.next))
  const data = page.items.map(({ fields }) => view(fields))
  return said(200, {
    data,
    links: { self: `https:/${url.pathname}`, next: page.next === undefined ? null : next.href },
  })
}
