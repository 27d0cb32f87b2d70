// A campaign: what is pushed. The schema names each fault of a campaign file.
import { z } from 'zod'

/** `[A-Za-z0-9_-]{1,64}`: nothing that means anything in a URL, a path or a store key. */
export const CAMPAIGN_ID = /^[A-Za-z0-9_-]{1,64}$/

const isoDate = z.iso.date('must be a date, YYYY-MM-DD')

export const campaignSchema = z.strictObject({
  id: z.string().regex(CAMPAIGN_ID, 'must be 1 to 64 of A-Z a-z 0-9 _ -'),
  name: z.string().trim().min(1, 'must not be empty').max(200, 'must be at most 200 characters'),
  type: z.string().trim().min(1).max(60).default('Email'),
  status: z.string().trim().min(1).max(60).default('Planned'),
  startDate: isoDate.optional(),
  endDate: isoDate.optional(),
  /** In whole units of `currency`, not cents. */
  budget: z.coerce.number().finite().min(0).max(1e12).optional(),
  currency: z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code, like EUR').default('EUR'),
  owner: z.string().trim().max(120).optional(),
  description: z.string().max(5000).optional(),
})

/** What is pushed to a vendor. It comes from a campaign source; this app never changes it. */
export type Campaign = z.infer<typeof campaignSchema>
