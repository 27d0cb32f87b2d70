// Where a person goes once access is there: on with what they had asked for, or back to where they were.

import { campaignOf } from '../../access/token-key.ts'
import type { Context } from '../../context.ts'
import { ourPage, runOfPage } from '../http/return-to.ts'

/**
 * Lets the waiting intent or run go on, and says where; without an intent, back to where access was asked for. An
 * intent that the store has lost is asked for again: a page with its Sync button.
 */
export async function resume(
  { config, intents, runs }: Context,
  owner: string,
  {
    intent: id,
    referrer,
    subject,
  }: { intent?: string | undefined; referrer: string; subject?: string },
): Promise<string> {
  await runs.returned(owner, runOfPage(referrer), true)
  const intent = id === undefined ? undefined : await intents.get(owner, id)
  const campaign = campaignOf(subject)
  if (!intent && id !== undefined && campaign !== undefined) return resumePath(campaign, id) // which asks
  if (!intent) return ourPage(referrer, config.publicUrl) ?? '/campaigns'
  if (intent.state === 'waiting') await intents.save(owner, { ...intent, approved: true })
  return resumePath(intent.campaign, intent.id)
}

export function resumePath(campaign: string, intent: string): string {
  return `/campaigns/${campaign}/sync?intent=${intent}`
}
