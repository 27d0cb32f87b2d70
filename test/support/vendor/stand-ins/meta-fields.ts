// The fields and errors of meta.ts, from facebook/facebook-business-sdk-codegen api_specs: forms whose lists are JSON.
import { z } from 'zod'
import type { Said } from '../stage.ts'
import type { Fault } from './faults.ts'

const OBJECTIVES = [
  'OUTCOME_APP_PROMOTION',
  'OUTCOME_AWARENESS',
  'OUTCOME_ENGAGEMENT',
  'OUTCOME_LEADS',
  'OUTCOME_SALES',
  'OUTCOME_TRAFFIC',
]
const json = (schema: z.ZodType) =>
  z
    .string()
    .refine((text) => schema.safeParse(parsed(text)).success, 'must be a JSON value of its type')
/** A form: values are text, lists are JSON. */
export const campaign = z
  .object({
    name: z.string().min(1),
    objective: z.literal(OBJECTIVES),
    status: z.literal(['ACTIVE', 'PAUSED', 'DELETED', 'ARCHIVED']),
    special_ad_categories: json(
      z.array(
        z.literal([
          'NONE',
          'EMPLOYMENT',
          'HOUSING',
          'CREDIT',
          'ISSUES_ELECTIONS_POLITICS',
          'ONLINE_GAMBLING_AND_GAMING',
          'FINANCIAL_PRODUCTS_SERVICES',
        ]),
      ),
    ),
    is_adset_budget_sharing_enabled: z.literal(['true', 'false']),
    lifetime_budget: z.string().regex(/^\d+$/, 'is an unsigned int, in minor units'),
    daily_budget: z.string().regex(/^\d+$/),
    start_time: z.string(),
    stop_time: z.string(),
    execution_options: json(z.array(z.literal(['validate_only', 'include_recommendations']))),
  })
  .partial()
export const created = campaign.required({
  name: true,
  objective: true,
  special_ad_categories: true,
})

export function failed(
  code: number,
  message: string,
  error_subcode?: number,
  error_user_msg?: string,
): Said {
  const error = {
    message,
    type: 'OAuthException',
    code,
    error_subcode,
    error_user_msg,
    fbtrace_id: 'A1b2',
  }
  return { status: 400, body: { error } }
}
export const GONE = failed(
  100,
  'Unsupported post request. Object with ID does not exist, cannot be loaded due to missing permissions, or does not support this operation.',
  33,
)

export const refuse = ({ field, why, message }: Fault) =>
  failed(
    100,
    why === 'missing'
      ? `(#100) The parameter ${field} is required`
      : `(#100) Param ${field} ${message}`,
    undefined,
    message,
  )

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
