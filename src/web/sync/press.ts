// A press of Sync as it is received: its fields, and the version of the campaign that was shown beside the button.
import type { Request } from 'express'
import { z } from 'zod'
import type { Campaign } from '../../campaigns/campaign.ts'
import type { Context } from '../../context.ts'
import { badRequest } from '../../errors.ts'
import { pollUntil } from '../../poll-until.ts'
import { type Intent, isFinal, resultOf } from '../../sync/intent.ts'
import type { SyncRequest } from '../../sync/sync-request.ts'
import { contentHash } from '../../vendors/request.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { intentIdSchema } from './resume.ts'

/** Visible ASCII, as an Idempotency-Key. */
const PRESS = /^[\x21-\x7e]{1,255}$/
export const pressSchema = z.object({
  vendor: z.string().optional(),
  /** The value of one rendered button, or a caller's own: the same one sent twice is one press. */
  click: z.string().regex(PRESS).optional(),
  intent: intentIdSchema.optional(),
  /** What the person decided about a push whose end is uncertain. */
  send: z.enum(['again', 'new']).optional(),
  /** The key of that push: the decision is about no later one. */
  key: z.string().max(64).optional(),
  /** Where the vendor has, or may have, an object of this campaign: make a new one, or use the one of this id. */
  choice: z.literal('create').optional(),
  use: z.string().min(1).max(200).optional(),
  /** The version of the campaign that was shown beside the button. */
  shown: z.string().max(64).optional(),
})
const NO_FIELDS: z.infer<typeof pressSchema> = {}
/** The click value of a button that this app rendered. */
const renderedClickSchema = z.uuidv4()

/** ms; the file is polled each second, and two polls must agree. */
const CATCH_UP_MS = 2_200
const POLL_EVERY_MS = 100

/**
 * Reads the form, or a JSON caller's body and Idempotency-Key.
 * @throws HttpProblem 400
 */
export function readPress(req: Request) {
  const header = req.get('idempotency-key')
  if (header !== undefined && !PRESS.test(header))
    throw badRequest('Idempotency-Key must be 1 to 255 characters without spaces.')
  const isForm = typeof req.body === 'object' && req.body !== null
  const { data } = isForm ? pressSchema.safeParse(req.body) : { data: NO_FIELDS }
  if (!data)
    throw badRequest('The form’s fields were not understood. Open the campaign and press Sync.')
  if (header !== undefined) return { ...data, click: header, rendered: undefined }
  return { ...data, rendered: data.click && renderedClickSchema.safeParse(data.click).data }
}

/**
 * What the person chose. Of a click that is sent twice the first one has the choice, and the second is told its end.
 * @param offering the stored intent of this press, for this vendor and campaign
 * @throws HttpProblem 400 for an object that was not offered there
 */
export function objectChoiceOf(
  { choice, use }: z.infer<typeof pressSchema>,
  offering: Intent | undefined,
): SyncRequest['objectChoice'] {
  if (use === undefined) return choice && { create: true }
  const result = offering && resultOf(offering)
  if (result?.candidates?.some(({ id }) => id === use)) return { use }
  if (offering && (!result || isFinal(offering))) return undefined
  throw badRequest(
    'This object was not offered for this campaign. Nothing was sent. Open the campaign and press Sync: what could be it is shown anew.',
  )
}

/** Waits for the version that was shown, and returns the current one otherwise. Does not wait for the version before. */
export async function shownVersion(
  { campaigns }: Pick<Context, 'campaigns'>,
  vendor: Vendor,
  campaign: Campaign,
  shown: string | undefined,
): Promise<Campaign> {
  const isShown = (version: Campaign | undefined) =>
    version !== undefined && contentHash(vendor, version) === shown
  if (shown === undefined || isShown(campaign) || isShown(campaigns.before(campaign.id)))
    return campaign
  const caughtUp = async () => isShown(campaigns.get(campaign.id))
  await pollUntil(caughtUp, { every: POLL_EVERY_MS, deadline: Date.now() + CATCH_UP_MS })
  return campaigns.get(campaign.id) ?? campaign
}
