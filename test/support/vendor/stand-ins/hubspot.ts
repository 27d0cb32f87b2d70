// HubSpot marketing campaigns, from HubSpot-public-api-spec-collection Campaigns Public Api 177944/v3, Auth/Oauth 279897/v3, Account Info v3 (9989379).
// Unknown: a required property (`properties` is a free map; names are from HubSpot's clients), how `name` filters (played as a substring), unique names (none), words of categories.
import { z } from 'zod'
import type { Said } from '../stage.ts'
import type { Describe, Kit } from './base.ts'
import { check, count, pageOf } from './faults.ts'
import {
  budget,
  CAMPAIGNS,
  CORRELATION,
  campaign,
  failed,
  GONE,
  HOST,
  lacksScope,
  refuse,
  TOKEN_FAULTS,
} from './hubspot-fields.ts'
import type { Call } from './routes.ts'

export const hubspot: Describe = (kit) => ({
  tokens: {
    authorize: 'GET /app.hubspot.com/oauth/authorize',
    // v1 ends on 2027-02-16.
    token: [`POST ${HOST}/oauth/v1/token`, `POST ${HOST}/oauth/v3/token`],
    client: 'form',
    pkce: 'optional',
    refresh: 'same',
    granted: ({ access, refresh }) => ({
      body: {
        token_type: 'bearer',
        access_token: access,
        refresh_token: refresh,
        expires_in: 1800,
      },
    }),
    refused: (fault) => ({
      status: 400,
      body: {
        status: TOKEN_FAULTS[fault],
        message: 'missing or invalid',
        correlationId: CORRELATION,
      },
    }),
  },
  ended: failed(401, 'EXPIRED_AUTHENTICATION', 'The OAuth token used to make this call expired'),
  forbidden: failed(403, 'MISSING_SCOPES', 'This app has not been granted all required scopes'),
  limited: {
    status: 429,
    body: {
      status: 'error',
      message: 'You have reached your ten_secondly_rolling limit.',
      errorType: 'RATE_LIMIT',
      correlationId: CORRELATION,
      policyName: 'TEN_SECONDLY_ROLLING',
    },
  },
  missing: failed(404, 'OBJECT_NOT_FOUND', 'resource not found'),
  before: (call) => lacksScope(kit, call),
  routes: {
    [`POST ${CAMPAIGNS}`]: ({ data }) =>
      check(campaign, data, refuse, ({ properties }) => ({
        status: 201,
        body: make(kit, properties),
      })),
    [`PATCH ${CAMPAIGNS}/{id}`]: ({ data, params: { id = '' } }) =>
      check(campaign, data, refuse, ({ properties }) => {
        const before = properties_.safeParse(kit.memory.get(id))
        if (!before.success) return GONE
        return {
          body: kit.memory.update(id, { properties: { ...before.data.properties, ...properties } }),
        }
      }),
    [`GET ${CAMPAIGNS}/{id}`]: ({ params: { id = '' } }) => {
      const body = kit.memory.get(id)
      return body ? { body } : GONE
    },
    [`GET ${CAMPAIGNS}`]: (call) => list(kit, call),
    [`POST ${CAMPAIGNS}/{id}/budget`]: ({ data, params: { id = '' } }) =>
      check(budget, data, refuse, (item) => {
        if (kit.memory.get(id) === undefined) return GONE
        const number = kit.memory.nextNumber()
        return {
          status: 201,
          body: kit.memory.create(
            String(number),
            { ...item, id: number, campaign: id },
            { kind: 'budget' },
          ),
        }
      }),
    [`PUT ${CAMPAIGNS}/{id}/budget/{budget}`]: ({ data, params }) =>
      check(budget, data, refuse, (item) => {
        const body = kit.memory.update(params.budget ?? '', item)
        return body ? { body } : GONE
      }),
    [`GET ${HOST}/account-info/v3/details`]: (call) => ({
      body: { portalId: Number(kit.account(call).id), uiDomain: 'app.hubspot.com' },
    }),
  },
  add: (hs_name) => String(make(kit, { hs_name }).id),
})

function make({ memory }: Kit, properties: Partial<Record<string, string>>) {
  const id = `0000-${memory.nextNumber()}`
  return memory.create(id, {
    id,
    properties,
    createdAt: '2026-11-26T08:00:00Z',
    updatedAt: '2026-11-26T08:00:00Z',
  })
}

const properties_ = z.object({ properties: z.record(z.string(), z.string()) })

function list({ memory, pageSize }: Kit, { url }: Call): Said {
  const wanted = url.searchParams.get('name')?.toLowerCase() ?? ''
  const named = memory
    .listed()
    .filter(({ fields }) =>
      (properties_.parse(fields).properties.hs_name ?? '').toLowerCase().includes(wanted),
    )
  const size = Math.min(count(url.searchParams.get('limit'), 50, 100), pageSize)
  const page = pageOf(named, count(url.searchParams.get('after'), 0, 1e6), size)
  const results = page.items.map(({ fields }) => fields)
  const paging = page.next === undefined ? undefined : { next: { after: String(page.next) } }
  return { body: { total: named.length, results, paging } }
}
