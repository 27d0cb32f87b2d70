// TikTok ad campaigns, from tiktok/tiktok-business-api-sdk python_sdk/docs (CampaignCreateBody, CampaignUpdateBody, FilteringCampaignGet; f809c39) and api-evangelist/tiktok-ads errors (9269bfa).
// Unknown: the words of 40002 and 40007, whether campaign_name filters exactly (played as a part of the name), the answer of campaign/create, user/info, what request_id promises.
import { z } from 'zod'
import type { Said } from '../stage.ts'
import type { Describe, Kit } from './base.ts'
import { check, count, type Fault, pageOf } from './faults.ts'
import type { Fields } from './memory.ts'
import type { Call } from './routes.ts'

const ADVERTISER = '700'
const created = z.looseObject({
  advertiser_id: z.string().min(1),
  campaign_name: z.string().min(1).max(512),
  objective_type: z.string().min(1),
  budget_mode: z
    .literal([
      'BUDGET_MODE_INFINITE',
      'BUDGET_MODE_DAY',
      'BUDGET_MODE_TOTAL',
      'BUDGET_MODE_DYNAMIC_DAILY_BUDGET',
    ])
    .optional(),
  budget: z.number().optional(),
  operation_status: z.literal(['ENABLE', 'DISABLE']).optional(),
})
const changed = created
  .partial()
  .required({ advertiser_id: true })
  .extend({ campaign_id: z.string().min(1) })

const HOST = '/business-api.tiktok.com/open_api/v1.3'

export const tiktokAds: Describe = (kit) => ({
  shared: true,
  tokens: {
    authorize: 'GET /business-api.tiktok.com/portal/auth',
    token: [`POST ${HOST}/oauth2/access_token/`],
    client: 'form',
    names: { client: 'app_id', secret: 'secret', code: 'auth_code', back: 'auth_code' },
    granted: ({ access }) =>
      yes({ access_token: access, advertiser_ids: [ADVERTISER], scope: [4, 5] }),
    refused: (fault) =>
      no(
        40_002,
        fault === 'bad_client' ? 'secret is invalid' : 'auth_code is invalid or has been used',
      ),
  },
  token: ({ headers }) => String(headers['access-token'] ?? ''),
  ended: no(40_105, 'Access token is incorrect or has been revoked.'),
  forbidden: no(40_001, 'No permission to operate advertiser'),
  limited: no(40_100, 'Too many requests. Please retry in some time.'),
  missing: no(40_006, 'Unknown path'),
  routes: {
    [`POST ${HOST}/campaign/create/`]: ({ data }) =>
      check(created, data, refuse, (fields) => {
        if (fields.advertiser_id !== ADVERTISER)
          return no(40_001, 'No permission to operate advertiser')
        if (isTaken(kit, fields.campaign_name)) return TAKEN
        return yes({ campaign_id: make(kit, fields) })
      }),
    [`POST ${HOST}/campaign/update/`]: ({ data }) =>
      check(changed, data, refuse, ({ campaign_id, ...fields }) => {
        if (fields.campaign_name && isTaken(kit, fields.campaign_name, campaign_id)) return TAKEN
        return kit.memory.update(campaign_id, fields)
          ? yes({ campaign_id })
          : no(40_007, 'Campaign does not exist')
      }),
    [`GET ${HOST}/campaign/get/`]: (call) => list(kit, call),
    [`GET ${HOST}/user/info/`]: (call) =>
      yes({ core_user_id: kit.account(call).id, display_name: kit.account(call).name }),
  },
  add: (campaign_name) => make(kit, { campaign_name, operation_status: 'DISABLE' }),
})

/** HTTP 200 whatever happens; `code` tells. */
function no(code: number, message: string, data: unknown = {}): Said {
  return { body: { code, message, request_id: '202611260800', data } }
}
const yes = (data: unknown) => no(0, 'OK', data)
const TAKEN = no(40_002, 'Campaign name already exists. Please try another one.')

const refuse = ({ path, why, message }: Fault) =>
  no(
    40_002,
    why === 'missing' ? `${path}: Missing data for required field.` : `${path}: ${message}`,
  )

const isTaken = ({ memory }: Kit, name: string, except?: string) =>
  memory.all().some(({ id, fields }) => id !== except && fields.campaign_name === name)

function make({ memory }: Kit, fields: Fields): string {
  const campaign_id = `17${memory.nextNumber()}`
  memory.create(
    campaign_id,
    { operation_status: 'ENABLE', ...fields, campaign_id },
    { live: fields.operation_status !== 'DISABLE' },
  )
  return campaign_id
}

const filter = z.object({
  campaign_name: z.string().optional(),
  campaign_ids: z.array(z.string()).optional(),
})

function list({ memory, pageSize }: Kit, { url }: Call): Said {
  if (!url.searchParams.get('advertiser_id'))
    return no(40_002, 'advertiser_id: Missing data for required field.')
  const wanted = filter.safeParse(parsed(url.searchParams.get('filtering') ?? '{}'))
  if (!wanted.success) return no(40_002, 'filtering: Invalid value.')
  const { campaign_name = '', campaign_ids } = wanted.data
  const found = memory
    .listed()
    .filter(
      ({ id, fields }) =>
        (campaign_ids?.includes(id) ?? true) &&
        String(fields.campaign_name).includes(campaign_name),
    )
  const size = Math.min(count(url.searchParams.get('page_size'), 10, 1000), pageSize)
  const number = Math.max(count(url.searchParams.get('page'), 1, 1e6), 1)
  const page = pageOf(found, (number - 1) * size, size)
  const page_info = {
    page: number,
    page_size: size,
    total_number: found.length,
    total_page: Math.ceil(found.length / size),
  }
  return yes({ list: page.items.map(({ fields }) => fields), page_info })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
