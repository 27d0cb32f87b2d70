// Slack messages, from slackapi/slack-api-specs slack_web_openapi_v2.json (1.7.0, 2021), docs.slack.dev using-pkce and rate-limits.
// A message is public at once. Unknown: the error for PKCE at an app without that setting (any is let through); metadata is newer than the document.
import { z } from 'zod'
import type { Said } from '../stage.ts'
import type { Describe, Kit } from './base.ts'
import { check, count, type Fault, pageOf } from './faults.ts'
import type { Fields } from './memory.ts'
import type { Call } from './routes.ts'

const metadata = z.object({
  event_type: z.string(),
  event_payload: z.record(z.string(), z.unknown()),
})
const posted = z.object({
  channel: z.string().min(1),
  text: z.string().min(1).max(40_000),
  metadata: metadata.optional(),
})
const changed = posted.extend({ ts: z.string() })
const removed = z.object({ channel: z.string(), ts: z.string() })

const CHANNEL = 'C0123456'
const HOST = '/slack.com/api'
const HISTORY = 'channels:history'

export const slack: Describe = (kit) => ({
  tokens: {
    authorize: 'GET /slack.com/oauth/v2/authorize',
    token: [`POST ${HOST}/oauth.v2.access`],
    client: 'either',
    pkce: 'optional',
    granted: ({ access, scope }) => ({
      body: {
        ok: true,
        access_token: access,
        token_type: 'bot',
        scope,
        team: { id: 'T1', name: 'Acme' },
      },
    }),
    refused: (fault) => no(fault === 'bad_client' ? 'bad_client_secret' : 'invalid_code'),
  },
  ended: no('token_revoked'),
  forbidden: no('missing_scope', { needed: 'chat:write', provided: 'im:read' }),
  limited: {
    status: 429,
    headers: { 'retry-after': '30' },
    body: { ok: false, error: 'ratelimited' },
  },
  missing: no('unknown_method'),
  routes: {
    [`POST ${HOST}/chat.postMessage`]: ({ data }) =>
      check(posted, data, refuse, ({ channel, ...message }) => {
        if (!isKnown(channel)) return no('channel_not_found')
        const made = make(kit, message)
        return { body: { ok: true, channel: CHANNEL, ts: made.ts, message: made } }
      }),
    // Needs the channel's ID, which the first answer has, not its #name.
    [`POST ${HOST}/chat.update`]: ({ data }) =>
      check(changed, data, refuse, ({ channel, ts, ...message }) => {
        if (channel !== CHANNEL) return no('channel_not_found')
        return kit.memory.update(ts, message)
          ? { body: { ok: true, channel, ts, text: message.text } }
          : GONE
      }),
    [`POST ${HOST}/chat.delete`]: ({ data }) =>
      check(removed, data, refuse, ({ channel, ts }) =>
        kit.memory.remove(ts) ? { body: { ok: true, channel, ts } } : GONE,
      ),
    [`GET ${HOST}/conversations.history`]: (call) => list(kit, call),
    [`GET ${HOST}/auth.test`]: (call) => ({
      body: { ok: true, team: kit.account(call).name, team_id: kit.account(call).id, user: 'bot' },
    }),
  },
  add: (text) => String(make(kit, { text }).ts),
})

/** HTTP 200 for every refusal. */
function no(error: string, more: Fields = {}): Said {
  return { body: { ok: false, error, ...more } }
}
const GONE = no('message_not_found')

const refuse = ({ field, why }: Fault) =>
  no(
    field === 'channel'
      ? 'channel_not_found'
      : why === 'too_long'
        ? 'msg_too_long'
        : field === 'text'
          ? 'no_text'
          : 'invalid_arguments',
  )

const isKnown = (channel: string) => channel === CHANNEL || channel.startsWith('#')

function make({ memory }: Kit, message: Fields) {
  const ts = `1503435956.${String(memory.nextNumber()).padStart(6, '0')}`
  return memory.create(ts, { ts, type: 'message', ...message }, { live: true })
}

function list({ memory, pageSize, tokens }: Kit, { url, headers }: Call): Said {
  const provided = tokens.scopeOf(headers.authorization?.slice(7) ?? '') ?? ''
  if (!provided.includes(HISTORY)) return no('missing_scope', { needed: HISTORY, provided })
  if (url.searchParams.get('channel') !== CHANNEL) return no('channel_not_found')
  const whole = url.searchParams.get('include_all_metadata') === 'true'
  const size = Math.min(count(url.searchParams.get('limit'), 100, 999), pageSize)
  const page = pageOf(memory.listed(), count(url.searchParams.get('cursor'), 0, 1e6), size)
  const messages = page.items.map(({ fields: { metadata, ...message } }) =>
    whole ? { ...message, metadata } : message,
  )
  return {
    body: {
      ok: true,
      messages,
      has_more: page.next !== undefined,
      response_metadata: { next_cursor: String(page.next ?? '') },
    },
  }
}
