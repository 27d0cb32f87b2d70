// The campaign fields that a vendor file names. Campaigns may have more than the known ones; a near miss is a fault.
import type { Campaign } from '../campaigns/campaign.ts'
import { closest } from './closest.ts'
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

/** The fields that this app knows of a campaign. */
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

function fieldsIn(path: FieldPath, value: string): string[] {
  if (isNeed(path)) return [value]
  const isCondition = ['when', '$if'].includes(String(path.at(-1)))
  const names = isCondition ? [value] : readableNames(value)
  return names.flatMap((name) => (name.startsWith('campaign.') ? [name.slice(9)] : []))
}

/** `api.needs.0` */
function isNeed(path: FieldPath): boolean {
  return path[0] === 'api' && path[1] === 'needs'
}
