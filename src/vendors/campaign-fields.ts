// The campaign fields that a vendor file names: a near miss is a fault, and a hash of each tells which ones changed.
import type { Campaign } from '../campaigns/campaign.ts'
import { fingerprint } from '../store/stored-text.ts'
import { closest } from './faults.ts'
import { oncePerVersion } from './once-per-version.ts'
import { type FieldPath, readableNames, strings } from './template.ts'

type Known<T> = keyof { [K in keyof T as string extends K ? never : K]: T[K] }

const FIELDS = {
  id: true,
  name: true,
  type: true,
  status: true,
  startDate: true,
  endDate: true,
  budget: true,
  currency: true,
  owner: true,
  description: true,
} satisfies Record<Known<Campaign>, true>

export const CAMPAIGN_FIELDS: readonly string[] = Object.keys(FIELDS)

/** `"${campaign.nmae}": did you mean "${campaign.name}"?`, for each name in this text that is a near miss. */
export function campaignFieldFaults(path: FieldPath, value: string): string[] {
  const isPlainName = isNeed(path)
  return fieldsIn(path, value).flatMap((field) => {
    const meant = closest(field, CAMPAIGN_FIELDS)
    if (meant === undefined) return []
    return isPlainName
      ? [`"${field}": did you mean "${meant}"?`]
      : [`"\${campaign.${field}}": did you mean "\${campaign.${meant}}"?`]
  })
}

/** The fields that a file names and this app does not know, each once. */
export function unknownCampaignFields({ api }: { api: object }): string[] {
  const named = [...strings(api, ['api'])].flatMap(([path, value]) => fieldsIn(path, value))
  return [...new Set(named)].filter((field) => !CAMPAIGN_FIELDS.includes(field))
}

interface Sending {
  api: { create?: unknown; push: { body?: unknown } }
}

const sentFields = new WeakMap<object, readonly string[]>()

/** The fields that are sent to a vendor, each once; undefined: the whole campaign is. */
function fieldsSent({ api }: Sending): readonly string[] | undefined {
  if (!api.create && api.push.body === undefined) return undefined
  const known = sentFields.get(api)
  if (known) return known
  const fields = [...strings(api, ['api'])].flatMap(([path, value]) => fieldsIn(path, value))
  const sent = [...new Set(fields)]
  sentFields.set(api, sent)
  return sent
}

/** A short hash of each field that is sent and has a value: enough to see that one has changed, and not what it was. */
export const fieldHashes = oncePerVersion(hashesOf)

function hashesOf(vendor: Sending, campaign: Campaign): Readonly<Record<string, string>> {
  const values = new Map(Object.entries(campaign))
  const fields = fieldsSent(vendor) ?? [...values.keys()]
  const hashes = fields.flatMap((field) => {
    const value = values.get(field)
    const isThere = value !== undefined && value !== null && value !== ''
    return isThere ? [[field, fingerprint(`${field} ${JSON.stringify(value)}`).slice(0, 6)]] : []
  })
  return Object.fromEntries(hashes)
}

/** The fields whose hash is another now, those that have come or gone included. */
export function fieldsChanged(
  vendor: Sending,
  campaign: Campaign,
  before: Readonly<Record<string, string>>,
): string[] {
  const now = fieldHashes(vendor, campaign)
  const fields = new Set([...Object.keys(now), ...Object.keys(before)])
  return [...fields].filter((field) => now[field] !== before[field])
}

/** `startDate` → `start date`. */
export function fieldText(field: string): string {
  return field.replaceAll(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`)
}

function fieldsIn(path: FieldPath, value: string): string[] {
  if (isNeed(path)) return [value]
  const isCondition = ['when', '$if'].includes(String(path.at(-1)))
  const names = isCondition ? [value] : readableNames(value)
  return names.flatMap((name) => (name.startsWith('campaign.') ? [name.slice(9)] : []))
}

function isNeed(path: FieldPath): boolean {
  return path[0] === 'api' && path[1] === 'needs'
}
