// Brevo e-mail campaigns, from npm @getbrevo/brevo 6.0.3 (emailCampaigns) and api-evangelist/brevo errors (Brevo's OpenAPI documents), developers.brevo.com limit-headers.
// People make keys. Unknown: a limit of the name, unique names (none). "Mandatory if" of subject and body is played only when they are there: a draft needs none.
import { z } from 'zod'
import type { Said } from '../stage.ts'
import type { Describe, Kit } from './base.ts'
import { check, count, type Fault, pageOf } from './faults.ts'
import type { Fields } from './memory.ts'
import type { Call } from './routes.ts'

const sender = z
  .object({ name: z.string().optional(), email: z.email().optional(), id: z.int().optional() })
  .refine(
    ({ email, id }) => (email === undefined) !== (id === undefined),
    'Only one of email and id',
  )
const changed = z
  .looseObject({
    name: z.string().min(1),
    sender,
    subject: z.string().min(1),
    htmlContent: z.string().min(11).max(1_000_000),
    recipients: z.object({ listIds: z.array(z.int()) }).partial(),
    scheduledAt: z.string(),
  })
  .partial()
const created = changed.required({ name: true, sender: true })

const HOST = '/api.brevo.com/v3'
const CAMPAIGNS = `${HOST}/emailCampaigns`

export const brevo: Describe = (kit) => ({
  token: ({ headers }) => String(headers['api-key'] ?? ''),
  ended: failed(401, 'unauthorized', 'Key not found'),
  forbidden: failed(403, 'permission_denied', 'You are not permitted to do this.'),
  limited: {
    ...failed(429, 'too_many_requests', 'Too many requests'),
    headers: {
      'x-sib-ratelimit-limit': '100',
      'x-sib-ratelimit-remaining': '0',
      'x-sib-ratelimit-reset': '17',
    },
  },
  missing: failed(404, 'document_not_found', 'Path not found'),
  routes: {
    [`POST ${CAMPAIGNS}`]: ({ data }) =>
      check(created, data, refuse, (fields) => ({
        status: 201,
        body: { id: Number(make(kit, fields)) },
      })),
    [`PUT ${CAMPAIGNS}/{id}`]: ({ data, params: { id = '' } }) =>
      check(changed, data, refuse, (fields) =>
        kit.memory.update(id, fields) ? { status: 204 } : GONE,
      ),
    [`GET ${CAMPAIGNS}/{id}`]: ({ params: { id = '' } }) => {
      const body = kit.memory.get(id)
      return body ? { body } : GONE
    },
    [`GET ${CAMPAIGNS}`]: (call) => list(kit, call),
    [`GET ${HOST}/account`]: (call) => ({
      body: { companyName: kit.account(call).name, organization_id: kit.account(call).id },
    }),
  },
  add: (name) => make(kit, { name, sender: { email: 'dana@acme.example' } }),
})

function failed(status: number, code: string, message: string): Said {
  return { status, body: { code, message } }
}
const GONE = failed(404, 'document_not_found', 'Campaign ID does not exist')

const refuse = ({ path, why }: Fault) =>
  why === 'missing'
    ? failed(400, 'missing_parameter', `${path} is missing`)
    : failed(400, 'invalid_parameter', `${path} is not valid`)

/** A draft until it has a time to be sent at. */
function make({ memory }: Kit, fields: Fields): string {
  const id = memory.nextNumber()
  const live = fields.scheduledAt !== undefined
  memory.create(
    String(id),
    { id, type: 'classic', status: live ? 'queued' : 'draft', ...fields },
    { live },
  )
  return String(id)
}

function list({ memory, pageSize }: Kit, { url }: Call): Said {
  const status = url.searchParams.get('status')
  const found = memory
    .listed()
    .filter(({ fields }) => status === null || fields.status === status)
    .reverse()
  const size = Math.min(count(url.searchParams.get('limit'), 50, 100), pageSize)
  const page = pageOf(found, count(url.searchParams.get('offset'), 0, 1e6), size)
  return { body: { campaigns: page.items.map(({ fields }) => fields), count: found.length } }
}
