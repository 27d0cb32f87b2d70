// Paths of this app that several pages link to.
import type { Intent } from '../../sync/intents.ts'

/** The connect route of an intent. */
export function connectPath({
  vendor,
  campaign,
  id,
}: Pick<Intent, 'vendor' | 'campaign' | 'id'>): string {
  return `/connect/${vendor}/${campaign}?intent=${id}`
}
