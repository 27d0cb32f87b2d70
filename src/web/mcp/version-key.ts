// The key of an agent's sync that names none: the same while nothing changes, another one once the version of now is to be sent anew.
import type { Campaign } from '../../campaigns/campaign.ts'
import type { Context } from '../../context.ts'
import { type Intent, intentId, isFinal, resultOf } from '../../sync/intent.ts'
import type { LogEntry, Standing } from '../../sync/sync-log.ts'
import { contentHash } from '../../vendors/request.ts'
import type { Vendor } from '../../vendors/vendor.ts'

/** How often a day one version is sent anew. */
const MOST_TIMES = 100

/** A campaign may be changed and changed back: the last sync of a version counts until the vendor has, or may have, another. */
export async function versionKey(
  { intents, syncLog }: Pick<Context, 'intents' | 'syncLog'>,
  owner: string,
  vendor: Vendor,
  campaign: Campaign,
): Promise<string> {
  const content = contentHash(vendor, campaign)
  const [[standing], log] = await Promise.all([
    syncLog.standings(vendor.id, [campaign.id]),
    syncLog.read(vendor.id, campaign.id),
  ])
  const now = { content, standing, log }
  const about = { vendor: vendor.id, campaign: campaign.id }
  let last: { key: string; intent: Intent } | undefined
  for (let count = 1; count <= MOST_TIMES; count += 1) {
    const key = count === 1 ? `mcp:${content}` : `mcp:${content}-${count}`
    const intent = await intents.get(owner, intentId(owner, about, key))
    if (!intent) return last && !isSuperseded(last.intent, now) ? last.key : key
    last = { key, intent }
  }
  return last?.key ?? `mcp:${content}`
}

interface Now {
  content: string
  standing: Standing | undefined
  /** The newest first. */
  log: LogEntry[]
}

/** What is not final goes on under its key. */
function isSuperseded(intent: Intent, { content, standing, log }: Now): boolean {
  if (!isFinal(intent)) return false
  if (intent.content !== content) return true
  const { kind, at, accepted } = standing ?? { kind: 'failed', at: 0 }
  // Clocks of two instances may differ, the order of the log does not; times count for what it no longer holds.
  const line = log.findIndex((one) => one.intent === intent.id)
  const isLater = line === -1 ? at > (resultOf(intent)?.at ?? 0) : line > 0
  return isLater && (kind === 'unknown' || kind === 'partly' || accepted !== content)
}
