// Salesforce Campaign records, from developer.salesforce.com dome-upsert and salesforce-field-reference-campaign (guide of v68.0), error codes of errorcodes.htm.
// Upsert by an external id field that the org must have made. Unknown: the word for a date of another form (let through), restricted picklists (any Type passes).
import { z } from 'zod'
import type { Said } from '../stage.ts'
import type { Describe, Kit } from './base.ts'
import { check, type Fault } from './faults.ts'

const campaign = z.strictObject({
  Name: z.string().min(1).max(80),
  Type: z.string().max(40).nullish(),
  Status: z.string().max(40).nullish(),
  StartDate: z.string().nullish(),
  EndDate: z.string().nullish(),
  BudgetedCost: z.number().nullish(),
  Description: z.string().max(32_000).nullish(),
  IsActive: z.boolean().optional(),
})
const FIELD = 'Campaign_Sync_Id__c'
const HOST = '/acme.my.salesforce.com'
const RECORD = `${HOST}/services/data/{version}/sobjects/Campaign/{field}/{value}`

export const salesforce: Describe = (kit) => ({
  tokens: {
    authorize: 'GET /login.salesforce.com/services/oauth2/authorize',
    token: ['POST /login.salesforce.com/services/oauth2/token'],
    client: 'either',
    pkce: 'optional',
    refresh: 'unnamed',
    refreshScope: 'refresh_token',
    // No expires_in: the session length of the org counts.
    granted: ({ access, refresh, scope }) => ({
      body: {
        access_token: access,
        refresh_token: refresh,
        token_type: 'Bearer',
        instance_url: `${kit.at()}${HOST}`,
        id: 'https://login.salesforce.com/id/00D/005',
        issued_at: '1278448384422',
        scope,
      },
    }),
    refused: (fault) => ({
      status: 400,
      body: {
        error: fault === 'bad_client' ? 'invalid_client' : 'invalid_grant',
        error_description: 'expired authorization code',
      },
    }),
  },
  ended: failed(401, 'INVALID_SESSION_ID', 'Session expired or invalid'),
  forbidden: failed(403, 'INSUFFICIENT_ACCESS', 'insufficient access rights on object id'),
  limited: failed(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.'),
  missing: failed(404, 'NOT_FOUND', 'The requested resource does not exist'),
  routes: {
    [`PATCH ${RECORD}`]: ({ data, params: { field, value = '' }, url }) => {
      if (field !== FIELD)
        return failed(
          404,
          'NOT_FOUND',
          'Provided external ID field does not exist or is not accessible',
        )
      const [known, ...more] = found(kit, value)
      if (more.length > 0) return several(kit, value)
      if (known) return change(kit, known.id, data)
      if (url.searchParams.get('updateOnly') === 'true') return NONE
      return check(campaign, data, refuse, (fields) => {
        const id = `701${String(kit.memory.nextNumber()).padStart(12, '0')}`
        kit.memory.create(
          id,
          { Id: id, [FIELD]: value, IsActive: false, ...fields },
          { live: fields.IsActive === true },
        )
        return { status: 201, body: { id, success: true, errors: [], created: true } }
      })
    },
    [`GET ${RECORD}`]: ({ params: { value = '' } }) => {
      const [known, ...more] = found(kit, value)
      return more.length > 0 ? several(kit, value) : known ? { body: known.fields } : NONE
    },
    [`GET ${HOST}/services/oauth2/userinfo`]: (call) => ({
      body: { user_id: kit.account(call).id, preferred_username: kit.account(call).name },
    }),
  },
  add: (value) => {
    const id = `701${String(kit.memory.nextNumber()).padStart(12, '0')}`
    kit.memory.create(id, { Id: id, [FIELD]: value, Name: value })
    return id
  },
})

function failed(status: number, errorCode: string, message: string, fields?: string[]): Said {
  return { status, body: [{ message, errorCode, fields }] }
}
const NONE = failed(404, 'NOT_FOUND', 'The requested resource does not exist')

const WORDS: Partial<Record<Fault['why'], string>> = {
  missing: 'REQUIRED_FIELD_MISSING',
  too_long: 'STRING_TOO_LONG',
  unknown: 'INVALID_FIELD',
}

const refuse = ({ field, why, message }: Fault) =>
  failed(400, WORDS[why] ?? 'INVALID_TYPE_ON_FIELD_IN_RECORD', `${field}: ${message}`, [field])

/** Exact and at once: no index is asked. */
const found = ({ memory }: Kit, value: string) =>
  memory.all().filter(({ fields }) => fields[FIELD] === value)

/** The value is there twice: where each record is. */
const several = (kit: Kit, value: string): Said => ({
  status: 300,
  body: found(kit, value).map(({ id }) => `/services/data/v64.0/sobjects/Campaign/${id}`),
})

function change({ memory }: Kit, id: string, data: unknown): Said {
  return check(campaign.partial(), data, refuse, (fields) => {
    memory.update(id, fields)
    return { body: { id, success: true, errors: [], created: false } }
  })
}
