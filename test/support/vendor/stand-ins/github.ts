// GitHub issues, from github/rest-api-description (npm @octokit/openapi 23.0.2, api.github.com.json) and docs.github.com (PKCE, rate limits, token errors).
// The headers of a rate limit and the needed User-Agent are in the guides, not in the description. Labels of people without push access are dropped: not played.
import { z } from 'zod'
import type { Said } from '../stage.ts'
import type { Describe, Kit } from './base.ts'
import { check, count, type Fault, pageOf } from './faults.ts'
import type { Fields } from './memory.ts'
import type { Call } from './routes.ts'

const changed = z
  .object({
    title: z.string().min(1).max(256),
    body: z.string().max(65_536),
    labels: z.array(z.string()),
    state: z.literal(['open', 'closed']),
    state_reason: z.string(),
  })
  .partial()
const created = changed.required({ title: true })

const HOST = '/api.github.com'
const ISSUES = `${HOST}/repos/{owner}/{repo}/issues`

export const github: Describe = (kit) => ({
  shared: true,
  tokens: {
    authorize: 'GET /github.com/login/oauth/authorize',
    token: ['POST /github.com/login/oauth/access_token'],
    client: 'either',
    pkce: 'optional',
    granted: ({ access, scope }) => ({
      body: { access_token: access, token_type: 'bearer', scope },
    }),
    // As HTTP 200, which RFC 6749 does not have.
    refused: (fault) => ({
      body: {
        error: fault === 'bad_client' ? 'incorrect_client_credentials' : 'bad_verification_code',
      },
    }),
  },
  ended: failed(401, 'Bad credentials'),
  forbidden: failed(403, 'Resource not accessible by integration'),
  limited: {
    ...failed(403, 'API rate limit exceeded for user ID 1.'),
    headers: {
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000) + 60),
    },
  },
  missing: failed(404, 'Not Found'),
  before: ({ headers }) =>
    headers['user-agent'] ? undefined : failed(403, 'Request forbidden by administrative rules.'),
  routes: {
    [`POST ${ISSUES}`]: (call) =>
      check(created, call.data, refuse, (issue) => ({
        status: 201,
        body: make(kit, issue, call.params),
      })),
    [`PATCH ${ISSUES}/{number}`]: ({ data, params: { number = '' } }) =>
      check(changed, data, refuse, (issue) => {
        const body = kit.memory.update(number, labelled(issue))
        return body ? { body } : GONE
      }),
    [`GET ${ISSUES}/{number}`]: ({ params: { number = '' } }) => {
      const body = kit.memory.get(number)
      return body ? { body } : GONE
    },
    [`GET ${ISSUES}`]: (call) => list(kit, call),
    [`GET ${HOST}/user`]: (call) => ({
      body: { id: Number(kit.account(call).id), login: kit.account(call).name },
    }),
  },
  add: (title) => String(make(kit, { title }, {}).number),
})

function failed(status: number, message: string): Said {
  return {
    status,
    body: { message, documentation_url: 'https://docs.github.com/rest', status: String(status) },
  }
}
/** Of a deleted issue; of one that never was it is a 404, which is played for unknown paths only. */
const GONE = failed(410, 'This issue was deleted')

function refuse({ field, why, message }: Fault): Said {
  const code = why === 'missing' ? 'missing_field' : why === 'too_long' ? 'custom' : 'invalid'
  const body = {
    message: 'Validation Failed',
    errors: [{ resource: 'Issue', field, code, message }],
  }
  return {
    status: 422,
    body: { ...body, documentation_url: 'https://docs.github.com/rest', status: '422' },
  }
}

const labelled = ({ labels, ...issue }: z.infer<typeof changed>): Fields =>
  labels ? { ...issue, labels: labels.map((name) => ({ name })) } : issue

function make(
  { memory }: Kit,
  issue: z.infer<typeof created>,
  { owner, repo }: Record<string, string>,
) {
  const number = memory.nextNumber()
  const html_url = `https://github.com/${owner}/${repo}/issues/${number}`
  return memory.create(String(number), {
    number,
    html_url,
    state: 'open',
    body: null,
    labels: [],
    ...labelled(issue),
  })
}

const shown = z.object({ state: z.string(), labels: z.array(z.object({ name: z.string() })) })

function list({ memory, pageSize, at }: Kit, { url }: Call): Said {
  const state = url.searchParams.get('state') ?? 'open'
  const labels = url.searchParams.get('labels')?.split(',') ?? []
  const issues = memory
    .listed()
    .map(({ fields }) => fields)
    .filter((fields) => {
      const issue = shown.parse(fields)
      const names = issue.labels.map(({ name }) => name)
      return (
        (state === 'all' || issue.state === state) && labels.every((label) => names.includes(label))
      )
    })
  const size = Math.min(count(url.searchParams.get('per_page'), 30, 100), pageSize)
  const number = Math.max(count(url.searchParams.get('page'), 1, 1e6), 1)
  const page = pageOf(issues, (number - 1) * size, size)
  const next = new URL(url.pathname + url.search, at())
  next.searchParams.set('page', String(number + 1))
  return {
    headers: page.next === undefined ? {} : { link: `<${next.href}>; rel="next"` },
    body: page.items,
  }
}
