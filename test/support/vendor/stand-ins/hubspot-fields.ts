// The fields, scopes and errors of hubspot.ts, from HubSpot-public-api-spec-collection Campaigns Public Api 177944/v3 and the campaigns guide.
import { z } from 'zod'
import type { Said } from '../stage.ts'
import type { Kit } from './base.ts'
import type { Fault } from './faults.ts'
import type { Call } from './routes.ts'

const PROPERTIES = [
  'hs_name',
  'hs_start_date',
  'hs_end_date',
  'hs_notes',
  'hs_audience',
  'hs_currency_code',
  'hs_campaign_status',
  'hs_utm',
  'hs_owner',
  'hs_goal',
  'hs_color_hex',
]
export const campaign = z.strictObject({
  properties: z.partialRecord(z.enum(PROPERTIES), z.string()),
})
export const budget = z.strictObject({
  name: z.string(),
  amount: z.number(),
  order: z.int(),
  description: z.string().optional(),
})

export const HOST = '/api.hubapi.com'
export const CAMPAIGNS = `${HOST}/marketing/v3/campaigns`

export const CORRELATION = '6f2d2f0e-3a3c-4b5d-9a55-2a6f7b1c0d11'
export const TOKEN_FAULTS = {
  bad_client: 'BAD_CLIENT_ID',
  bad_code: 'BAD_AUTH_CODE',
  bad_refresh_token: 'BAD_REFRESH_TOKEN',
}

export function failed(status: number, category: string, message: string, errors?: unknown): Said {
  return {
    status,
    body: { status: 'error', message, correlationId: CORRELATION, category, errors },
  }
}
export const GONE = failed(404, 'OBJECT_NOT_FOUND', 'Campaign not found')

export const refuse = ({ path, why, message }: Fault) =>
  failed(400, 'VALIDATION_ERROR', 'Property values were not valid', [
    { message: why === 'unknown' ? `Property "${path}" does not exist` : message, in: path },
  ])

/** The guide: read is needed for every endpoint of campaigns, write for changes. */
export function lacksScope({ tokens }: Kit, { method, url, headers }: Call): Said | undefined {
  if (!url.pathname.startsWith(CAMPAIGNS)) return undefined
  const scopes = tokens.scopeOf(headers.authorization?.slice(7) ?? '')?.split(' ') ?? []
  const needed = [
    'marketing.campaigns.read',
    ...(method === 'GET' ? [] : ['marketing.campaigns.write']),
  ]
  const lacking = needed.filter((scope) => !scopes.includes(scope))
  return lacking.length > 0
    ? failed(403, 'MISSING_SCOPES', 'One or more of the required scopes are missing', [
        { context: { requiredGranularScopes: lacking } },
      ])
    : undefined
}
