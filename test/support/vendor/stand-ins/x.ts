// X posts, from xdevplatform/docs openapi.json (2.167), changelog.mdx (edit_options) and the OAuth 2.0 guides: a code lives 30 seconds, PKCE is the only flow.
// A post is public at once. Not in the document: the 280 weighted characters (guide), the refusal of a duplicate (common knowledge), the refusal of an edit that is too late (its words are ours).
import { z } from 'zod'
import type { Said } from '../stage.ts'
import type { Describe, Kit } from './base.ts'
import { check, count, type Fault, pageOf } from './faults.ts'
import type { Fields } from './memory.ts'
import type { Call } from './routes.ts'

/** Guide "counting characters": these weigh 1, all others 2. */
const LIGHT = [
  [0, 0x10ff],
  [0x2000, 0x200d],
  [0x2010, 0x201f],
  [0x2032, 0x2037],
] as const
const weightOf = (code: number) => (LIGHT.some(([from, to]) => code >= from && code <= to) ? 1 : 2)
const weight = (text: string) =>
  [...text].reduce((sum, each) => sum + weightOf(each.codePointAt(0) ?? 0), 0)

const post = z.strictObject({
  text: z
    .string()
    .min(1)
    .refine((text) => weight(text) <= 280, 'Your Tweet text is too long.'),
  edit_options: z.strictObject({ previous_post_id: z.string() }).optional(),
})
const HOST = '/api.x.com/2'

export const x: Describe = (kit) => ({
  tokens: {
    authorize: 'GET /x.com/i/oauth2/authorize',
    token: [`POST ${HOST}/oauth2/token`],
    client: 'basic',
    pkce: 'required',
    refresh: 'rotates',
    refreshScope: 'offline.access',
    granted: ({ access, refresh, scope }) => ({
      body: {
        token_type: 'bearer',
        expires_in: 7200,
        access_token: access,
        scope,
        refresh_token: refresh,
      },
    }),
    refused: (fault) => ({
      status: fault === 'bad_client' ? 401 : 400,
      body: {
        error: fault === 'bad_client' ? 'unauthorized_client' : 'invalid_request',
        error_description: 'Value passed for the authorization code was invalid.',
      },
    }),
  },
  ended: failed(401, 'Unauthorized', 'Unauthorized'),
  forbidden: failed(403, 'Forbidden', 'You are not permitted to perform this action.'),
  limited: {
    ...failed(429, 'Too Many Requests', 'Too Many Requests'),
    headers: {
      'x-rate-limit-remaining': '0',
      'x-rate-limit-reset': String(Math.ceil(Date.now() / 1000) + 60),
    },
  },
  missing: failed(404, 'Not Found Error', 'Not found'),
  routes: {
    [`POST ${HOST}/tweets`]: ({ data }) =>
      check(post, data, refuse, ({ text, edit_options }) => {
        if (kit.memory.all().some(({ fields }) => fields.text === text)) return DUPLICATE
        const id = edit_options ? edit(kit, edit_options.previous_post_id, text) : make(kit, text)
        return id === undefined
          ? GONE
          : { status: 201, body: { data: { id, text, edit_history_tweet_ids: [id] } } }
      }),
    [`DELETE ${HOST}/tweets/{id}`]: ({ params: { id = '' } }) =>
      kit.memory.remove(id) ? { body: { data: { deleted: true } } } : GONE,
    [`GET ${HOST}/users/me`]: (call) => ({
      body: { data: { id: kit.account(call).id, username: kit.account(call).name } },
    }),
    [`GET ${HOST}/users/{user}/tweets`]: (call) => list(kit, call),
  },
  add: (text) => make(kit, text),
})

function failed(status: number, title: string, detail: string, errors?: unknown): Said {
  return { status, body: { title, type: 'about:blank', status, detail, errors } }
}
const DUPLICATE = failed(
  403,
  'Forbidden',
  'You are not allowed to create a Tweet with duplicate content.',
)
const GONE = failed(404, 'Not Found Error', 'Could not find tweet with id.')

const refuse = ({ path, message }: Fault) =>
  failed(400, 'Invalid Request', 'One or more parameters to your request was invalid.', [
    { message, parameters: { [path]: [] } },
  ])

function make({ memory }: Kit, text: string): string {
  const id = `19${memory.nextNumber()}`
  memory.create(id, { id, text }, { live: true })
  return id
}

/** An edit is a post of another id that takes the place of the first. */
function edit({ memory }: Kit, before: string, text: string): string | undefined {
  if (memory.get(before) === undefined) return undefined
  const id = `19${memory.nextNumber()}`
  memory.move(before, id)
  memory.update(id, { id, text })
  return id
}

function list({ memory, pageSize }: Kit, { url }: Call): Said {
  const size = Math.min(count(url.searchParams.get('max_results'), 10, 100), pageSize)
  const page = pageOf(
    memory.listed(),
    count(url.searchParams.get('pagination_token'), 0, 1e6),
    size,
  )
  const data: Fields[] = page.items.map(({ fields }) => fields)
  const next = page.next === undefined ? {} : { next_token: String(page.next) }
  return {
    body: { ...(data.length > 0 ? { data } : {}), meta: { result_count: data.length, ...next } },
  }
}
