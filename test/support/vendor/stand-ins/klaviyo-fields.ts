// The fields and errors of klaviyo.ts, from klaviyo/openapi stable/apis (revision 2026-07-15): JSON:API in, JSON:API out.
import { z } from 'zod'
import type { Said } from '../stage.ts'
import type { Fault } from './faults.ts'

const message = z.object({
  type: z.literal('campaign-message'),
  attributes: z.object({
    definition: z.looseObject({
      channel: z.literal(['email', 'sms', 'mobile_push']),
      label: z.string().optional(),
      content: z.looseObject({}).optional(),
    }),
  }),
})
const attributes = z.object({
  name: z.string().min(1),
  audiences: z.object({ included: z.array(z.string()), excluded: z.array(z.string()).nullish() }),
  send_strategy: z.looseObject({ method: z.string() }).nullish(),
  send_options: z.looseObject({}).nullish(),
  tracking_options: z.looseObject({}).nullish(),
})
export const changedMessage = z.object({ data: message.extend({ id: z.string() }) })
export const created = z.object({
  data: z.object({
    type: z.literal('campaign'),
    attributes: attributes.extend({
      'campaign-messages': z.object({ data: z.array(message).min(1) }),
    }),
  }),
})
export const changed = z.object({
  data: z.object({ type: z.literal('campaign'), id: z.string(), attributes: attributes.partial() }),
})

export const JSON_API = { 'content-type': 'application/vnd.api+json' }

export const said = (status: number, body: unknown): Said => ({ status, headers: JSON_API, body })

export function failed(status: number, code: string, detail: string, pointer?: string): Said {
  const source = pointer === undefined ? {} : { source: { pointer } }
  return said(status, {
    errors: [{ id: '9ad43b8d', status, code, title: 'Invalid input.', detail, ...source }],
  })
}
export const GONE = failed(404, 'not_found', 'A campaign with that id does not exist.')

export const refuse = ({ path, why, message, field }: Fault) =>
  failed(
    400,
    'invalid',
    why === 'missing' ? `The field '${field}' is required.` : message,
    `/${path.replaceAll('.', '/')}`,
  )
