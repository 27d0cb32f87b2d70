// Constant Contact V3 e-mail campaigns, from api-evangelist/constant-contact constant-contact-v3-openapi.yml (api.cc.email/v3/swagger.yaml, 3.0.178).
// Unknown: the words of error_key (any is fine), a header that says when to come back, the revocation endpoint.
import { z } from 'zod'
import type { Said } from '../stage.ts'
import type { Describe, Kit } from './base.ts'
import { check, count, type Fault, pageOf } from './faults.ts'
import type { Fields } from './memory.ts'
import type { Call } from './routes.ts'

const name = z.string().min(1).max(80)
const content = z.object({
  from_name: z.string().min(1).max(100),
  from_email: z.email(),
  reply_to_email: z.email(),
  subject: z.string().min(1).max(200),
  html_content: z.string().min(1),
})
const created = z.object({
  name,
  email_campaign_activities: z
    .array(content.extend({ format_type: z.literal([1, 2, 5]) }))
    .length(1),
})

const HOST = '/api.cc.email/v3'

export const constantContact: Describe = (kit) => ({
  tokens: {
    authorize: 'GET /authz.constantcontact.com/oauth2/default/v1/authorize',
    token: ['POST /authz.constantcontact.com/oauth2/default/v1/token'],
    client: 'basic',
    // Documented for clients without a secret only; what it does beside a secret is not said.
    pkce: 'optional',
    refresh: 'rotates',
    refreshScope: 'offline_access',
    granted: ({ access, refresh, scope }) => ({
      body: {
        token_type: 'Bearer',
        expires_in: 86_400,
        access_token: access,
        refresh_token: refresh,
        scope,
      },
    }),
    refused: (fault) => ({
      status: fault === 'bad_client' ? 401 : 400,
      body: { error: fault === 'bad_client' ? 'invalid_client' : 'invalid_grant' },
    }),
  },
  ended: { status: 401, body: { error_key: 'unauthorized', error_message: 'Unauthorized' } },
  forbidden: failed(403, 'forbidden', 'Forbidden'),
  limited: {
    status: 429,
    body: { error_key: 'too_many_requests', error_message: 'Too many requests' },
  },
  missing: failed(404, 'not_found', 'Not found'),
  routes: {
    [`POST ${HOST}/emails`]: (call) =>
      check(created, call.data, refuse, ({ name, email_campaign_activities: [activity] }) =>
        isTaken(kit, name) ? TAKEN : { body: view(make(kit, name, { ...activity })) },
      ),
    [`GET ${HOST}/emails`]: (call) => list(kit, call),
    [`GET ${HOST}/emails/{id}`]: ({ params }) => one(kit, params.id),
    [`PATCH ${HOST}/emails/{id}`]: ({ params: { id = '' }, data }) =>
      check(z.object({ name }), data, refuse, (changed) => {
        if (kit.memory.get(id) === undefined) return failed(404, 'not_found', 'No such campaign')
        if (isTaken(kit, changed.name, id)) return TAKEN
        kit.memory.update(id, changed)
        return one(kit, id)
      }),
    // The whole activity: what is left out is gone, contact lists that a person chose too.
    [`PUT ${HOST}/emails/activities/{activity}`]: ({ params: { activity = '' }, data, members }) =>
      check(content, data, refuse, (whole) => {
        const found = kit.memory.all().find(({ fields }) => fields.activity_id === activity)
        if (!found) return failed(404, 'not_found', 'No such activity')
        kit.memory.update(found.id, { activity: { ...members, ...whole } })
        return { body: { campaign_activity_id: activity, campaign_id: found.id, ...whole } }
      }),
    [`GET ${HOST}/account/summary`]: (call) => ({
      body: {
        encoded_account_id: kit.account(call).id,
        organization_name: kit.account(call).name,
        contact_email: 'dana@acme.example',
      },
    }),
  },
  add: (name) => String(make(kit, name, {}).campaign_id),
})

const failed = (status: number, error_key: string, error_message: string): Said => ({
  status,
  body: [{ error_key, error_message }],
})
const TAKEN = failed(409, 'conflict', 'The campaign name is already in use')

const refuse = ({ path, message }: Fault) => failed(400, 'validation', `#/${path}: ${message}`)

const isTaken = ({ memory }: Kit, name: string, except?: string) =>
  memory.all().some(({ id, fields }) => id !== except && fields.name === name)

function make({ memory }: Kit, name: string, activity: Fields): Fields {
  const number = memory.nextNumber()
  const campaign_id = `c-${number}`
  return memory.create(campaign_id, {
    campaign_id,
    activity_id: `a-${number}`,
    name,
    current_status: 'Draft',
    activity,
  })
}

const view = ({ campaign_id, activity_id, name, current_status }: Fields) => ({
  campaign_id,
  name,
  current_status,
  campaign_activities: [{ campaign_activity_id: activity_id, role: 'primary_email' }],
})

function one({ memory }: Kit, id = ''): Said {
  const fields = memory.get(id)
  return fields ? { body: view(fields) } : failed(404, 'not_found', 'No such campaign')
}

function list({ memory, pageSize }: Kit, { url }: Call): Said {
  const size = Math.min(count(url.searchParams.get('limit'), 50, 500), pageSize)
  const page = pageOf(memory.listed(), count(url.searchParams.get('cursor'), 0, 1e6), size)
  const campaigns = page.items.map(({ fields: { campaign_id, name, current_status } }) => ({
    campaign_id,
    name,
    current_status,
  }))
  const href = `/v3/emails?limit=${size}&cursor=${page.next}`
  return { body: { campaigns, _links: page.next === undefined ? {} : { next: { href } } } }
}
