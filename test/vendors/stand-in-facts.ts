// What the vendors' documents say beside their requests, for stand-ins.test.ts. Sources are in the first lines of each stand-in.
import { z } from 'zod'

/** Where the token is, when not at the top. */
export const ACCESS_TOKEN: Record<string, string> = { 'tiktok-ads': '/data/access_token' }

/** No draft there: what is made is public at once. */
export const LIVE = ['slack', 'x']

/** The campaign's id is in what is made there, so that its name says nothing about which one it is. */
export const MARKED = ['github', 'slack']

/** What the same create does again; an object of its own unless named here. */
export const DUPLICATES: Record<string, 'refused' | 'same'> = {
  'constant-contact': 'refused',
  'google-ads': 'refused',
  'tiktok-ads': 'refused',
  x: 'refused',
  salesforce: 'same',
  'openai-ads': 'same',
}

/** Where a rate limit says when to come back. The others document nothing. */
export const RETRY_HEADERS: Record<string, string> = {
  activecampaign: 'retry-after',
  brevo: 'x-sib-ratelimit-reset',
  github: 'x-ratelimit-reset',
  klaviyo: 'retry-after',
  meta: 'x-business-use-case-usage',
  slack: 'retry-after',
  x: 'x-rate-limit-reset',
}

interface Sent {
  body?: unknown
  headers: Record<string, string>
}

export interface Refused {
  id: string
  what: string
  campaign?: Record<string, unknown>
  /** To the documented request. */
  change?(operation: Sent): void
  expected: { status: number; body?: unknown }
}

const members = z.record(z.string(), z.unknown())

/** Removes the member at a dotted path of the body. */
const without = (path: string) => (operation: Sent) => {
  const names = path.split('.')
  const last = names.pop() ?? ''
  const parent = names.reduce<unknown>(
    (at, name) => Object.entries(at ?? {}).find(([key]) => key === name)?.[1],
    operation.body,
  )
  if (!members.safeParse(parent).success && !Array.isArray(parent))
    throw new Error(`nothing at ${path}`)
  Reflect.deleteProperty(Object(parent), last)
}

/** Puts a value at a member of the body. */
const put = (path: string, value: unknown) => (operation: Sent) => {
  const names = path.split('.')
  const last = names.pop() ?? ''
  const parent = names.reduce<unknown>(
    (at, name) => Object.entries(at ?? {}).find(([key]) => key === name)?.[1],
    operation.body,
  )
  Reflect.set(Object(parent), last, value)
}

/** Sends another value of a header, empty for none. */
const header =
  (name: string, value: string) =>
  ({ headers }: Sent) => {
    headers[name] = value
  }

const googleError = (kind: string, code: string) => ({
  error: { status: 'INVALID_ARGUMENT', details: [{ errors: [{ errorCode: { [kind]: code } }] }] },
})
const CREATE = 'mutateOperations.1.campaignOperation.create'

export const REFUSED: Refused[] = [
  {
    id: 'constant-contact',
    what: 'a name of 81 characters',
    change: put('name', 'n'.repeat(81)),
    expected: { status: 400, body: [{ error_key: 'validation' }] },
  },
  {
    id: 'constant-contact',
    what: 'an activity without content',
    change: without('email_campaign_activities.0.html_content'),
    expected: { status: 400 },
  },
  {
    id: 'eventbrite',
    what: 'a campaign without dates',
    change: put('event.start.utc', 'T09:00:00Z'),
    expected: { status: 400, body: { error: 'ARGUMENTS_ERROR' } },
  },
  {
    id: 'eventbrite',
    what: 'an event without a venue',
    change: without('event.online_event'),
    expected: { status: 400, body: { error: 'NO_VENUE' } },
  },
  {
    id: 'eventbrite',
    what: 'no currency',
    change: without('event.currency'),
    expected: { status: 400, body: { error: 'ARGUMENTS_ERROR' } },
  },
  {
    id: 'github',
    what: 'a title of 257 characters',
    change: put('title', 'n'.repeat(257)),
    expected: { status: 422, body: { message: 'Validation Failed', errors: [{ field: 'title' }] } },
  },
  {
    id: 'github',
    what: 'no title',
    change: without('title'),
    expected: { status: 422, body: { errors: [{ code: 'missing_field' }] } },
  },
  {
    id: 'google-ads',
    what: 'a line break in a name',
    change: put(`${CREATE}.name`, 'Spring\nlaunch'),
    expected: { status: 400, body: googleError('fieldError', 'INVALID_VALUE') },
  },
  {
    id: 'google-ads',
    what: 'a request without a developer token',
    change: header('developer-token', ''),
    expected: {
      status: 400,
      body: googleError('authenticationError', 'DEVELOPER_TOKEN_PARAMETER_MISSING'),
    },
  },
  {
    id: 'hubspot',
    what: 'an unknown property',
    change: put('properties.budget', '5'),
    expected: { status: 400, body: { status: 'error', category: 'VALIDATION_ERROR' } },
  },
  {
    id: 'hubspot',
    what: 'no properties',
    change: without('properties'),
    expected: { status: 400 },
  },
  ...['offsiteDeliveryEnabled', 'targetingCriteria', 'unitCost', 'politicalIntent'].map(
    (field) => ({
      id: 'linkedin',
      what: `a campaign without ${field}`,
      change: without(field),
      expected: { status: 400, body: { status: 400, code: 'MISSING_FIELD' } },
    }),
  ),
  {
    id: 'linkedin',
    what: 'money as a number',
    change: put('totalBudget.amount', 900),
    expected: { status: 400 },
  },
  {
    id: 'linkedin',
    what: 'a budget without an amount',
    change: without('totalBudget.amount'),
    expected: { status: 400 },
  },
  {
    id: 'linkedin',
    what: "another currency than the account's",
    change: put('totalBudget.currencyCode', 'USD'),
    expected: { status: 400, body: { code: 'CURRENCY_MISMATCH' } },
  },
  {
    id: 'linkedin',
    what: 'a total budget without lifetime pacing',
    change: without('pacingStrategy'),
    expected: { status: 400 },
  },
  {
    id: 'linkedin',
    what: 'a request without a version',
    change: header('LinkedIn-Version', ''),
    expected: { status: 400 },
  },
  {
    id: 'mailchimp',
    what: 'no type',
    change: without('type'),
    expected: { status: 400, body: { title: 'Invalid Resource', errors: [{ field: 'type' }] } },
  },
  {
    id: 'meta',
    what: 'no special ad categories',
    change: without('special_ad_categories'),
    expected: { status: 400, body: { error: { code: 100 } } },
  },
  {
    id: 'meta',
    what: 'neither a budget nor budget sharing',
    change: without('is_adset_budget_sharing_enabled'),
    expected: { status: 400, body: { error: { code: 100 } } },
  },
  {
    id: 'meta',
    what: 'a budget with cents as a decimal',
    change: put('lifetime_budget', 900.5),
    expected: { status: 400 },
  },
  {
    id: 'salesforce',
    what: 'a name of 81 characters',
    change: put('Name', 'n'.repeat(81)),
    expected: { status: 400, body: [{ errorCode: 'STRING_TOO_LONG', fields: ['Name'] }] },
  },
  {
    id: 'salesforce',
    what: 'no name',
    change: without('Name'),
    expected: { status: 400, body: [{ errorCode: 'REQUIRED_FIELD_MISSING' }] },
  },
  {
    id: 'salesforce',
    what: 'an unknown field',
    change: put('Budget', 5),
    expected: { status: 400, body: [{ errorCode: 'INVALID_FIELD' }] },
  },
  {
    id: 'slack',
    what: 'no channel',
    change: without('channel'),
    expected: { status: 200, body: { ok: false, error: 'channel_not_found' } },
  },
  {
    id: 'slack',
    what: 'no text',
    change: without('text'),
    expected: { status: 200, body: { ok: false, error: 'no_text' } },
  },
  {
    id: 'tiktok-ads',
    what: 'no objective',
    change: without('objective_type'),
    expected: { status: 200, body: { code: 40_002 } },
  },
  {
    id: 'tiktok-ads',
    what: 'a name of 513 characters',
    change: put('campaign_name', 'n'.repeat(513)),
    expected: { status: 200, body: { code: 40_002 } },
  },
  {
    id: 'x',
    what: 'a text of 281 characters',
    change: put('text', 'n'.repeat(281)),
    expected: { status: 400, body: { title: 'Invalid Request' } },
  },
  {
    id: 'x',
    what: '141 characters that weigh two',
    change: put('text', '春'.repeat(141)),
    expected: { status: 400 },
  },
  { id: 'x', what: 'an unknown member', change: put('draft', true), expected: { status: 400 } },
  {
    id: 'pinterest',
    what: 'no objective, inside a 200',
    change: without('0.objective_type'),
    expected: { status: 200, body: { items: [{ exceptions: [{ code: 1 }] }] } },
  },
  {
    id: 'klaviyo',
    what: 'no audiences',
    change: without('data.attributes.audiences'),
    expected: {
      status: 400,
      body: { errors: [{ source: { pointer: '/data/attributes/audiences' } }] },
    },
  },
  {
    id: 'klaviyo',
    what: 'a request without a revision',
    change: header('revision', ''),
    expected: { status: 400 },
  },
  {
    id: 'klaviyo',
    what: 'a plain JSON content type',
    change: header('Content-Type', 'application/json'),
    expected: { status: 415 },
  },
  {
    id: 'brevo',
    what: 'no sender',
    change: without('sender'),
    expected: { status: 400, body: { code: 'missing_parameter' } },
  },
  {
    id: 'brevo',
    what: 'a sender that is no address',
    change: put('sender.email', 'dana'),
    expected: { status: 400, body: { code: 'invalid_parameter' } },
  },
  {
    id: 'activecampaign',
    what: 'no type',
    change: without('type'),
    expected: { status: 400, body: { errors: ['Field type is required'] } },
  },
  {
    id: 'openai-ads',
    what: 'a name of two characters',
    campaign: { name: 'ab' },
    expected: { status: 400 },
  },
  { id: 'openai-ads', what: 'no budget', change: without('budget'), expected: { status: 400 } },
  {
    id: 'openai-ads',
    what: 'a budget below one unit',
    campaign: { budget: 0.5 },
    expected: { status: 400 },
  },
]

export const REFUSED_UPDATES: Refused[] = [
  {
    id: 'mailchimp',
    what: 'an update without a sender',
    change: without('settings.from_name'),
    expected: { status: 400, body: { errors: [{ field: 'settings.from_name' }] } },
  },
  {
    id: 'linkedin',
    what: 'an update that is not called partial',
    change: header('X-RestLi-Method', ''),
    expected: { status: 400 },
  },
  {
    id: 'linkedin',
    what: 'another pacing later',
    change: put('patch.$set.pacingStrategy', 'LIFETIME'),
    expected: { status: 400 },
  },
  {
    id: 'constant-contact',
    what: 'to rename to 81 characters',
    change: put('name', 'n'.repeat(81)),
    expected: { status: 400 },
  },
  {
    id: 'google-ads',
    what: 'an update without a mask',
    change: without('operations.0.updateMask'),
    expected: { status: 400 },
  },
  {
    id: 'tiktok-ads',
    what: 'an update without an advertiser',
    change: without('advertiser_id'),
    expected: { status: 200, body: { code: 40_002 } },
  },
  {
    id: 'slack',
    what: "an update by a channel's name",
    change: put('channel', '#plans'),
    expected: { status: 200, body: { error: 'channel_not_found' } },
  },
  {
    id: 'klaviyo',
    what: 'an update of another id',
    change: put('data.id', '01K1'),
    expected: { status: 409 },
  },
  {
    id: 'openai-ads',
    what: 'another bidding type later',
    change: put('bidding_type', 'clicks'),
    expected: { status: 400 },
  },
]
