// The quick way through a JSON file without faults. Whatever it cannot vouch for is read again, with lines (json.ts).
import { type Campaign, campaignSchema } from './campaign.ts'
import { DEEPEST, parsed } from './json-text.ts'
import { isGiven } from './row.ts'

const NAME_END = /"\s*:/g

/** The campaigns, as `jsonRows` and `checkRows` give them; undefined when there may be a fault. */
export function quickCampaigns(text: string): Campaign[] | undefined {
  const root = parsed(text)
  const list = Array.isArray(root) ? root : listIn(root)
  if (!list) return undefined
  // JSON.parse lets the last of two equal names win: then the text has more names than the objects.
  if (namesIn(root, 0) !== (text.match(NAME_END)?.length ?? 0)) return undefined
  const campaigns: Campaign[] = []
  const ids = new Set<string>()
  for (const row of list) {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) return undefined
    const { data } = campaignSchema.safeParse(
      Object.fromEntries(Object.entries(row).filter(hasValue)),
    )
    if (!data || ids.has(data.id)) return undefined
    ids.add(data.id)
    campaigns.push(data)
  }
  return campaigns
}

/** `{ "campaigns": […] }` and nothing beside it. */
function listIn(root: unknown): unknown[] | undefined {
  if (typeof root !== 'object' || root === null || !('campaigns' in root)) return undefined
  return Object.keys(root).length === 1 && Array.isArray(root.campaigns)
    ? root.campaigns
    : undefined
}

/** How many names the objects have; NaN, which equals nothing, when they are nested too deep. */
function namesIn(value: unknown, depth: number): number {
  if (typeof value !== 'object' || value === null) return 0
  if (depth > DEEPEST) return Number.NaN
  const inner = Object.values(value)
  let names = Array.isArray(value) ? 0 : inner.length
  for (const one of inner) names += namesIn(one, depth + 1)
  return names
}

function hasValue([, value]: [string, unknown]): boolean {
  return isGiven(value)
}
