// Paths of this app's own routes that several pages link to.
import type { Intent } from '../../sync/intent.ts'

/** What the person goes to the connect route for; `intent` is then finished without another press. */
type ConnectPurpose = { campaign: string; intent?: string } | { run: string } | { choice: string }

/** The connect route of a vendor: for a campaign, a run, or the choice between two accounts. */
export function connectPath(vendor: string, purpose: ConnectPurpose): string {
  if ('run' in purpose) return `/connect/${vendor}/run/${purpose.run}`
  if ('choice' in purpose) return `/connect/${vendor}/account/${purpose.choice}`
  const query = purpose.intent === undefined ? '' : `?intent=${purpose.intent}`
  return `/connect/${vendor}/${purpose.campaign}${query}`
}

/** The connect route for an intent that waits for access. */
export function intentConnectPath({
  vendor,
  campaign,
  id,
}: Pick<Intent, 'vendor' | 'campaign' | 'id'>): string {
  return connectPath(vendor, { campaign, intent: id })
}

/** The route that finishes an approved intent. */
export function resumePath(campaign: string, intent: string): string {
  return `/campaigns/${campaign}/sync?intent=${intent}`
}
