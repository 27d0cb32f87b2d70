// The intent a request names, and where its person goes once access is there.
import { z } from 'zod'
import { parseSubject } from '../../access/token-key.ts'
import type { Campaign } from '../../campaigns/campaign.ts'
import type { Context } from '../../context.ts'
import { approve, type Intent } from '../../sync/intent.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { resumePath } from '../http/paths.ts'
import { ourPage, runOfPage } from '../http/return-to.ts'

/** The id of an intent, and the value of a rendered Sync button, which becomes one. */
export const intentIdSchema = z.string().regex(/^[\w-]{16,64}$/)

/** The intent with this id, if it is this person's own and for this vendor and campaign. */
export async function intentOf(
  { intents }: Context,
  owner: string,
  { vendor, campaign }: { vendor: Vendor; campaign: Campaign },
  id: unknown,
): Promise<Intent | undefined> {
  const { data } = intentIdSchema.safeParse(id)
  if (data === undefined) return undefined
  const intent = intents.takeRemembered(owner, data)?.intent ?? (await intents.get(owner, data))
  return intent?.vendor === vendor.id && intent.campaign === campaign.id ? intent : undefined
}

/** What access was requested for: an intent or a run that waits, and the page to return to. */
export interface AccessPurpose {
  intent?: string | undefined
  referrer: string
  subject?: string
}

/**
 * Lets the waiting intent or run go on, and gives the path to go to: the page access was requested from when no
 * intent waits, a page with the Sync button when the store has lost the intent.
 */
export async function resume(
  context: Context,
  owner: string,
  { intent: id, referrer, subject }: AccessPurpose,
): Promise<string> {
  const { config, intents } = context
  await context.runHasAccess(owner, runOfPage(referrer))
  const intent = id === undefined ? undefined : await intents.change(owner, id, approve)
  const about = parseSubject(subject ?? '')
  if (!intent && id !== undefined && about?.kind === 'campaign') return resumePath(about.id, id)
  if (!intent) return ourPage(referrer, config.publicUrl) ?? '/campaigns'
  return resumePath(intent.campaign, intent.id)
}
