// The fields and errors of google-ads.ts, from googleapis/googleapis google/ads/googleads/v25 (resources, errors).
import { z } from 'zod'
import type { Said } from '../stage.ts'
import type { Fault } from './faults.ts'

const name = z
  .string()
  .min(1)
  .regex(/^[^\0\n\r]*$/, 'must not have NUL, LF or CR')
const time = z.string().regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/, 'yyyy-MM-dd HH:mm:ss')
const micros = z.union([z.int().min(0), z.string().regex(/^\d+$/)])
const campaign = z
  .strictObject({
    resourceName: z.string(),
    name,
    status: z.literal(['ENABLED', 'PAUSED', 'REMOVED']),
    advertisingChannelType: z.string(),
    manualCpc: z.object({}),
    campaignBudget: z.string().regex(/^customers\/\d+\/campaignBudgets\/-?\d+$/),
    startDateTime: time,
    endDateTime: time,
    containsEuPoliticalAdvertising: z.literal([
      'CONTAINS_EU_POLITICAL_ADVERTISING',
      'DOES_NOT_CONTAIN_EU_POLITICAL_ADVERTISING',
    ]),
  })
  .partial()
const newCampaign = campaign.required({
  name: true,
  advertisingChannelType: true,
  campaignBudget: true,
})
const budget = z
  .strictObject({
    resourceName: z.string(),
    name,
    explicitlyShared: z.boolean(),
    period: z.literal(['DAILY', 'CUSTOM_PERIOD']),
    amountMicros: micros,
    totalAmountMicros: micros,
  })
  .partial()
const change = <T extends z.ZodType, C extends z.ZodType>(created: C, updated: T) =>
  z.union([
    z.strictObject({ create: created }),
    z.strictObject({ update: updated, updateMask: z.string().min(1) }),
    z.strictObject({ remove: z.string() }),
  ])
export const onCampaign = change(newCampaign, campaign)
export const onBudget = change(budget, budget)
export const mutation = <T extends z.ZodType>(operations: T) => ({
  operations: z.array(operations).min(1),
  validateOnly: z.boolean().optional(),
})
export const together = z.object({
  mutateOperations: z
    .array(
      z.union([
        z.strictObject({ campaignBudgetOperation: onBudget }),
        z.strictObject({ campaignOperation: onCampaign }),
      ]),
    )
    .min(1),
  validateOnly: z.boolean().optional(),
})
export type Change = z.infer<typeof onCampaign> | z.infer<typeof onBudget>

export function failed(code: number, status: string, message: string, details?: unknown): Said {
  return { status: code, body: { error: { code, message, status, details } } }
}

export function refused(kind: string, code: string, message: string): Said {
  const failure = {
    '@type': 'type.googleapis.com/google.ads.googleads.v25.errors.GoogleAdsFailure',
    errors: [{ errorCode: { [kind]: code }, message }],
  }
  return failed(400, 'INVALID_ARGUMENT', 'Request contains an invalid argument.', [failure])
}

export const refuse = ({ path, why, message }: Fault) =>
  refused('fieldError', why === 'missing' ? 'REQUIRED' : 'INVALID_VALUE', `${path}: ${message}`)
