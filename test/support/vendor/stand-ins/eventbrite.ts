// Eventbrite v3 events, from eustest/evb eventbriteapiv3public.apib (2019-03) and SahiBkom/eventbrite-api-rs (2019-08).
// Unknown: lifetime of a token, PKCE, a header of the rate limit. INVALID_DATE of a date in the past is not played: tests grow old.
import { z } from 'zod'
import type { Said } from '../stage.ts'
import type { Describe, Kit } from './base.ts'
import { check, count, type Fault, pageOf } from './faults.ts'
import type { Fields } from './memory.ts'
import type { Call } from './routes.ts'

const when = z.object({
  timezone: z.string().min(1),
  utc: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'INVALID'),
})
const changed = z.object({
  name: z.object({ html: z.string().min(1) }).optional(),
  summary: z.string().max(140).optional(),
  start: when.optional(),
  end: when.optional(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .optional(),
  online_event: z.boolean().optional(),
  venue_id: z.string().optional(),
})
const created = changed.required({ name: true, start: true, end: true, currency: true })

const HOST = '/www.eventbriteapi.com/v3'

export const eventbrite: Describe = (kit) => ({
  shared: true,
  tokens: {
    authorize: 'GET /www.eventbrite.com/oauth/authorize',
    token: ['POST /www.eventbrite.com/oauth/token'],
    client: 'form',
    granted: ({ access }) => ({ body: { access_token: access, token_type: 'bearer' } }),
    refused: (fault) => ({
      status: 400,
      body: {
        error: fault === 'bad_client' ? 'invalid_client' : 'invalid_grant',
        error_description: 'code is invalid or expired',
      },
    }),
  },
  ended: failed(400, 'INVALID_AUTH', 'Your authentication is not valid.'),
  forbidden: failed(403, 'NOT_AUTHORIZED', 'You are not authorized to perform that action.'),
  limited: failed(429, 'HIT_RATE_LIMIT', 'Your token has hit its rate limit.'),
  missing: failed(404, 'NOT_FOUND', 'The path you requested does not exist.'),
  routes: {
    [`POST ${HOST}/organizations/{organization}/events/`]: ({ data, params }) =>
      check(z.object({ event: created }), data, refuse, ({ event }) => {
        if (event.online_event !== true && !event.venue_id)
          return failed(400, 'NO_VENUE', 'An event needs a venue, or must be online.')
        if (event.end.utc <= event.start.utc)
          return failed(400, 'INVALID_DATE', 'The event must end after it starts.')
        return { body: make(kit, params.organization, event) }
      }),
    [`POST ${HOST}/events/{id}/`]: ({ data, params: { id = '' } }) =>
      check(z.object({ event: changed }), data, refuse, ({ event }) => {
        const fields = kit.memory.update(id, withText(event))
        return fields ? { body: fields } : GONE
      }),
    [`GET ${HOST}/events/{id}/`]: ({ params: { id = '' } }) => {
      const body = kit.memory.get(id)
      return body ? { body } : GONE
    },
    [`GET ${HOST}/organizations/{organization}/events`]: (call) => list(kit, call),
    [`POST ${HOST}/events/{id}/publish/`]: ({ params: { id = '' } }) =>
      kit.memory.update(id, { status: 'live' }) ? { body: { published: true } } : GONE,
    [`GET ${HOST}/users/me/`]: (call) => ({
      body: { ...kit.account(call), emails: [] },
    }),
  },
  add: (name) => String(make(kit, '5', { name: { html: name } }).id),
})

function failed(status_code: number, error: string, error_description: string): Said {
  return { status: status_code, body: { status_code, error, error_description } }
}
const GONE = failed(404, 'NOT_FOUND', 'The event you requested does not exist.')

const refuse = ({ path, why }: Fault) =>
  failed(
    400,
    'ARGUMENTS_ERROR',
    `There are errors with your arguments: ${path} - ${why === 'missing' ? 'MISSING' : 'INVALID'}`,
  )

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' }
const textOf = (html: string) =>
  html
    .replace(/<[^>]*>/g, '')
    .replace(/&(lt|gt|quot|#39|amp);/g, (all, name) => ENTITIES[name] ?? all)

/** The name as it is read, beside the name as it was written. */
const withText = <T extends { name?: { html: string } }>(event: T): Fields =>
  event.name
    ? { ...event, name: { html: event.name.html, text: textOf(event.name.html) } }
    : { ...event }

function make(
  { memory }: Kit,
  organization_id: string | undefined,
  event: { name: { html: string } },
) {
  const id = String(memory.nextNumber())
  const url = `https://www.eventbrite.com/e/${id}`
  return memory.create(id, { id, url, organization_id, status: 'draft', ...withText(event) })
}

const named = z.object({ name: z.object({ text: z.string() }) })

function list({ memory, pageSize }: Kit, { url }: Call): Said {
  const wanted = url.searchParams.get('name_filter')?.toLowerCase() ?? ''
  const states = url.searchParams.get('status')?.split(',')
  const events = memory
    .listed()
    .map(({ fields }) => fields)
    .filter((fields) => named.parse(fields).name.text.toLowerCase().includes(wanted))
    .filter(({ status }) => states === undefined || states.includes(String(status)))
  const size = Math.min(count(url.searchParams.get('page_size'), 50, 50), pageSize)
  const page = pageOf(events, count(url.searchParams.get('continuation'), 0, 1e6), size)
  const more = page.next === undefined ? {} : { continuation: String(page.next) }
  return {
    body: {
      pagination: {
        object_count: events.length,
        page_size: size,
        has_more_items: page.next !== undefined,
        ...more,
      },
      events: page.items,
    },
  }
}
