// ActiveCampaign v3 campaigns, from developers.activecampaign.com (errors, rate-limits, pagination, url), api-evangelist/activecampaign conventions and errors (3866776), withone.ai "Create Campaign", "Edit a Campaign".
// People make keys; the whole host is the customer's. A bad key is a 403, as a missing permission is: the two cannot be told apart. No idempotency.
// Unknown: a limit of the name, the answer of an edit and its refusal of a campaign that is gone (played as 404), whether a list filters by name, the body of any error but 400.
import { z } from 'zod'
import type { Said } from '../stage.ts'
import type { Describe, Kit } from './base.ts'
import { check, count, type Fault, pageOf } from './faults.ts'
import type { Fields } from './memory.ts'
import type { Call } from './routes.ts'

const changed = z
  .object({
    name: z.string(),
    type: z.string(),
    canSplitContent: z.boolean(),
    listIds: z.array(z.int()),
    segmentId: z.string(),
  })
  .partial()
const created = changed.required({ name: true, type: true })

const HOST = '/acme.api-us1.com/api/3'

export const activecampaign: Describe = (kit) => ({
  token: ({ headers }) => String(headers['api-token'] ?? ''),
  ended: failed(403, 'You do not have permission to perform this action.'),
  forbidden: failed(403, 'You do not have permission to perform this action.'),
  limited: {
    ...failed(429, 'Too Many Requests'),
    headers: { 'retry-after': '1', 'ratelimit-limit': '5', 'ratelimit-remaining': '0' },
  },
  missing: failed(404, 'Not Found'),
  routes: {
    // Singular at creation, plural elsewhere; an id as a number here and as text in lists.
    [`POST ${HOST}/campaign`]: ({ data }) =>
      check(created, data, refuse, (fields) => ({
        body: { ...make(kit, fields), canSplitContent: false },
      })),
    [`PUT ${HOST}/campaigns/{id}/edit`]: ({ data, params: { id = '' } }) =>
      check(changed, data, refuse, (fields) => {
        const body = kit.memory.update(id, fields)
        return body ? { body } : GONE
      }),
    [`GET ${HOST}/campaigns`]: (call) => list(kit, call),
    [`GET ${HOST}/campaigns/{id}`]: ({ params: { id = '' } }) => {
      const campaign = kit.memory.get(id)
      return campaign ? { body: { campaign: { ...campaign, id } } } : GONE
    },
    // A failure is told as 200.
    [`DELETE ${HOST}/campaigns/{id}`]: ({ params: { id = '' } }) => ({
      body: { succeeded: kit.memory.remove(id) ? 1 : 0 },
    }),
    [`GET ${HOST}/users/me`]: (call) => ({
      body: { user: { id: kit.account(call).id, username: kit.account(call).name } },
    }),
  },
  add: (name) => String(make(kit, { name, type: 'single' }).id),
})

function failed(status: number, message: string): Said {
  return { status, body: { message } }
}
const GONE = failed(404, 'No Result found for Campaign')

const refuse = ({ field, why }: Fault): Said => ({
  status: 400,
  body: {
    errors: [
      why === 'missing' ? `Field ${field} is required` : `Field ${field} must be of type string`,
    ],
  },
})

/** status 0 is a draft. */
function make({ memory }: Kit, fields: Fields): Fields {
  const id = memory.nextNumber()
  return memory.create(String(id), { id, status: '0', ...fields })
}

function list({ memory, pageSize }: Kit, { url }: Call): Said {
  const found = memory.listed()
  const size = Math.min(count(url.searchParams.get('limit'), 20, 100), pageSize)
  const page = pageOf(found, count(url.searchParams.get('offset'), 0, 1e6), size)
  const campaigns = page.items.map(({ id, fields }) => ({ ...fields, id }))
  return { body: { campaigns, meta: { total: String(found.length) } } }
}
