// One campaign as it stands in a file, and its check against the schema.
import { type Campaign, campaignSchema } from './campaign.ts'
import type { Faults } from './faults.ts'

/** What a reader of a format gives: nothing is checked yet. Lines count from 1. */
export interface Row {
  line: number
  fields: Map<string, { line: number; value: unknown }>
}

/**
 * The campaigns of the rows, in their order. Empty text and null mean "not given". Each fault of a field and
 * each id that is already taken is added to `faults`; ids are compared exactly, never normalised.
 */
export function checkRows(rows: readonly Row[], faults: Faults): Campaign[] {
  const campaigns: Campaign[] = []
  const lineOfId = new Map<unknown, number>()
  for (const row of rows) {
    const campaign = checkRow(row, faults)
    if (campaign) campaigns.push(campaign)
    const id = row.fields.get('id')
    if (!id || !isGiven(id.value)) continue
    const taken = lineOfId.get(id.value)
    if (taken === undefined) lineOfId.set(id.value, id.line)
    else
      faults.add({
        line: id.line,
        field: 'id',
        problem: `is already on line ${taken}`,
        got: id.value,
      })
  }
  return campaigns
}

function checkRow({ line, fields }: Row, faults: Faults): Campaign | undefined {
  const given: [string, unknown][] = []
  for (const [field, found] of fields) if (isGiven(found.value)) given.push([field, found.value])
  const result = campaignSchema.safeParse(Object.fromEntries(given))
  if (result.success) return result.data
  for (const { path, message } of result.error.issues) {
    const field = String(path[0])
    const found = fields.get(field)
    const got = isGiven(found?.value) ? found?.value : undefined
    faults.add({ line: found?.line ?? line, field, problem: message, got })
  }
}

/** Empty text and null mean "not given". */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}
