// Checks the rows of a campaign file, and describes each fault: where it is and what to change.
import { basename } from 'node:path'
import { type Campaign, campaignSchema } from './campaign.ts'

/** Unchecked. Lines count from 1. */
export interface Row {
  line: number
  fields: Map<string, { line: number; value: unknown }>
}

/** Faults of fields and repeated ids are added to `faults`; ids are compared exactly. */
export function checkRows(rows: readonly Row[], faults: Faults): Campaign[] {
  const campaigns: Campaign[] = []
  const lineOfId = new Map<unknown, number>()
  for (const row of rows) {
    const campaign = checkRow(row, faults)
    if (campaign) campaigns.push(campaign)
    const id = row.fields.get('id')
    if (!id || !isGiven(id.value)) continue
    const firstLine = lineOfId.get(id.value)
    if (firstLine === undefined) lineOfId.set(id.value, id.line)
    else
      faults.add({
        line: id.line,
        field: 'id',
        problem: `is already on line ${firstLine}`,
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

/** One fault. `line` and `column` count from 1; `got` is the value as it was found. */
export interface Fault {
  line?: number
  column?: number
  field?: string
  problem: string
  got?: unknown
}

/** Every fault of one file, as it is read: the first 20 are kept, the rest are counted. */
export interface Faults {
  add(fault: Fault): void
  throwIfAny(): void
}

const KEPT = 20
const SHOWN_CHARACTERS = 60

export function collectFaults(file: string): Faults {
  const kept: Fault[] = []
  let count = 0
  return {
    add(fault) {
      count += 1
      if (kept.length < KEPT) kept.push(fault)
    },
    throwIfAny() {
      if (count > 0) throw new CampaignFileError(file, kept, count)
    },
  }
}

/** A campaign file that cannot be used. The message has a line for each fault: `path:LINE field "x": problem`. */
export class CampaignFileError extends Error {
  override readonly name = 'CampaignFileError'
  /** At most 20, then "and N more". */
  readonly faults: readonly string[]
  /** The first fault for a page: the file's name without its folders. */
  readonly firstFault: string
  readonly count: number

  constructor(file: string, kept: readonly Fault[], count: number, options?: ErrorOptions) {
    const faults = kept.map((fault) => describe(file, fault))
    if (count > faults.length) faults.push(`and ${count - faults.length} more`)
    super(faults.join('\n'), options)
    this.faults = faults
    this.firstFault = kept[0] ? describe(basename(file), kept[0]) : ''
    this.count = count
  }
}

export function singleFault(file: string, fault: Fault, options?: ErrorOptions): CampaignFileError {
  return new CampaignFileError(file, [fault], 1, options)
}

function describe(file: string, { line, column, field, problem, got }: Fault): string {
  const where = [file, line, column].filter((part) => part !== undefined).join(':')
  const what = field === undefined ? '' : ` field ${show(field)}`
  const sentence = `${where}${what}: ${problem}${got === undefined ? '' : ` (got ${show(got)})`}`
  return sentence.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, visible)
}

function show(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  if (typeof value !== 'string') return String(value)
  const cut = value.length > SHOWN_CHARACTERS ? `${value.slice(0, SHOWN_CHARACTERS)}…` : value
  return JSON.stringify(cut)
}

/** Escapes a control or bidi character, so that it cannot disturb a terminal or a log. */
function visible(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`
}
