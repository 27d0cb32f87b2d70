// A press of Sync that is named by a key alone: what a script does, and does again.
import type { Request } from 'express'
import type { Campaign } from '../../campaigns/campaign.ts'
import type { Context } from '../../context.ts'
import { type Intent, newIntent } from '../../sync/intent.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { authorizationNeeded } from '../http/script-callers.ts'
import { performSync } from './perform-sync.ts'

export interface KeyedPress {
  owner: string
  vendor: Vendor
  campaign: Campaign
  /** The same key is the same press: it is pushed once, and told the same again. */
  key: string
}

/** Gives the intent as it ended. @throws HttpProblem 409 when a person is needed first */
export async function pressByKey(
  context: Context,
  req: Request,
  { owner, vendor, campaign, key }: KeyedPress,
): Promise<Intent> {
  const referrer = `/campaigns/${campaign.id}`
  const person = req.identity?.name
  const asked = { vendor: vendor.id, campaign: campaign.id, referrer, person }
  const intent = newIntent(owner, asked, key)
  const outcome = await performSync(context, req, { owner, vendor, campaign, intent })
  if (outcome?.next !== 'authorize') return outcome?.intent ?? intent
  const waiting = { campaign: campaign.id, intent: outcome.intent.id }
  throw await authorizationNeeded(context, req, owner, vendor, waiting)
}
