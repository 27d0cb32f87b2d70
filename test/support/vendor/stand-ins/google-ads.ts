// Google Ads campaigns and budgets, from googleapis/googleapis google/ads/googleads/v25 (services, resources, errors; f8291d2, 2026-08-22).
// Unknown: the word for a second campaign on a budget that is not shared, so that is let through; a retry time (none is sent).
import { z } from 'zod'
import type { Said } from '../stage.ts'
import type { Describe, Kit } from './base.ts'
import { check, pageOf } from './faults.ts'
import {
  failed,
  mutation,
  onBudget,
  onCampaign,
  refuse,
  refused,
  together,
} from './google-ads-fields.ts'
import { kindOf, make, mutate } from './google-ads-mutate.ts'
import type { Call } from './routes.ts'

const HOST = '/googleads.googleapis.com/{version}/customers/{customer}'

export const googleAds: Describe = (kit) => ({
  shared: true,
  tokens: {
    authorize: 'GET /accounts.google.com/o/oauth2/v2/auth',
    token: ['POST /oauth2.googleapis.com/token'],
    client: 'either',
    pkce: 'optional',
    refresh: 'unnamed',
    granted: ({ access, refresh, scope }) => ({
      body: {
        access_token: access,
        refresh_token: refresh,
        expires_in: 3599,
        token_type: 'Bearer',
        scope,
      },
    }),
    refused: (fault) => ({
      status: fault === 'bad_client' ? 401 : 400,
      body: {
        error: fault === 'bad_client' ? 'invalid_client' : 'invalid_grant',
        error_description: 'Bad Request',
      },
    }),
  },
  ended: failed(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.'),
  forbidden: failed(403, 'PERMISSION_DENIED', 'The caller does not have permission'),
  limited: failed(429, 'RESOURCE_EXHAUSTED', 'Resource has been exhausted (e.g. check quota).'),
  missing: failed(404, 'NOT_FOUND', 'Requested entity was not found.'),
  before: ({ headers, url }) =>
    headers['developer-token'] || url.pathname.endsWith('userinfo')
      ? undefined
      : refused(
          'authenticationError',
          'DEVELOPER_TOKEN_PARAMETER_MISSING',
          'The developer token is missing.',
        ),
  routes: {
    [`POST ${HOST}/campaigns:mutate`]: ({ data, params }) =>
      check(z.object(mutation(onCampaign)), data, refuse, ({ operations, validateOnly }) =>
        mutate(
          kit,
          params.customer,
          operations.map((each) => ['campaign', each]),
          validateOnly,
          (results) => ({ results }),
        ),
      ),
    [`POST ${HOST}/campaignBudgets:mutate`]: ({ data, params }) =>
      check(z.object(mutation(onBudget)), data, refuse, ({ operations, validateOnly }) =>
        mutate(
          kit,
          params.customer,
          operations.map((each) => ['budget', each]),
          validateOnly,
          (results) => ({ results }),
        ),
      ),
    [`POST ${HOST}/googleAds:mutate`]: ({ data, params }) =>
      check(together, data, refuse, ({ mutateOperations, validateOnly }) =>
        mutate(kit, params.customer, mutateOperations.map(kindOf), validateOnly, (results) => ({
          mutateOperationResponses: results.map(({ resourceName }) =>
            resourceName.includes('campaignBudgets')
              ? { campaignBudgetResult: { resourceName } }
              : { campaignResult: { resourceName } },
          ),
        })),
      ),
    [`POST ${HOST}/googleAds:search`]: (call) => search(kit, call),
    'GET /openidconnect.googleapis.com/v1/userinfo': (call) => ({
      body: { sub: kit.account(call).id, email: `${kit.account(call).name}@acme.example` },
    }),
  },
  add: (name) =>
    make(kit, 'campaign', '1234567890', {
      name,
      status: 'PAUSED',
      containsEuPoliticalAdvertising: 'DOES_NOT_CONTAIN_EU_POLITICAL_ADVERTISING',
    }),
})

const asked = z.object({ query: z.string(), pageToken: z.string().optional() })

/** Knows one query: campaigns by exact name that are not removed. */
function search({ memory, pageSize }: Kit, { data }: Call): Said {
  return check(asked, data, refuse, ({ query, pageToken }) => {
    const name = /FROM campaign WHERE campaign\.name = '((?:[^'\\]|\\.)*)'/
      .exec(query)?.[1]
      ?.replace(/\\(.)/g, '$1')
    if (name === undefined)
      return refused('queryError', 'UNEXPECTED_INPUT', 'Not a query that this stand-in knows.')
    const found = memory
      .listed()
      .filter(({ fields }) => fields.name === name && fields.status !== 'REMOVED')
    const page = pageOf(found, Number(pageToken ?? 0), Math.min(10_000, pageSize))
    const results = page.items.map(({ fields: { resourceName, name, campaignBudget } }) => ({
      campaign: { resourceName, name, campaignBudget },
    }))
    return {
      body: page.next === undefined ? { results } : { results, nextPageToken: String(page.next) },
    }
  })
}
