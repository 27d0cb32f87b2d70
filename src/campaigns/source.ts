// The campaign source: serves the last valid version of a campaign file, and polls for changes.
import { createHash } from 'node:crypto'
import { ownFile, watchFiles } from '../files.ts'
import type { Campaign } from './campaign.ts'
import { CampaignFileError, singleFault } from './faults.ts'
import { hasLastBreak, parseCampaigns, readBytes } from './read.ts'

/** A list is never changed: a new version is a new list. */
export interface CampaignSource {
  get(id: string): Campaign | undefined
  /** In the version that was served before. */
  before(id: string): Campaign | undefined
  all(): readonly Campaign[]
  /** Why the file's current version is not served, for people. */
  problem(): string | undefined
  /** Never rejects: see `problem`. */
  refresh(): Promise<void>
  close(): void
}

type Log = (event: string, fields: object) => void

/** `hash` is of the content, or of the reason why it could not be read. */
type Version =
  | { hash: string; campaigns: readonly Campaign[]; endsInBreak: boolean }
  | { hash: string; campaigns?: never; error: CampaignFileError }

/**
 * Serves the last good version and checks the file every `checkEveryMs`; logs `campaigns.loaded` and
 * `campaigns.refused` once a version. Replace the file by renaming a new one over it; in Docker mount its folder.
 * @throws CampaignFileError with every fault
 */
export async function openCampaigns(
  file: string,
  log: Log,
  checkEveryMs = 1000,
): Promise<CampaignSource> {
  let version = await readVersion(file)
  if (!version.campaigns) throw version.error
  let serving = index(version.campaigns)
  let previous = serving
  let { endsInBreak } = version
  log('campaigns.loaded', { count: serving.list.length })

  async function check(): Promise<void> {
    const next = await readVersion(file, version, endsInBreak)
    if (next === version) return
    version = next
    if (version.campaigns) {
      previous = serving
      endsInBreak = version.endsInBreak
      serving = index(version.campaigns)
      log('campaigns.loaded', { count: serving.list.length })
    } else log('campaigns.refused', { file, faults: version.error.faults })
  }

  let lastCheck = Promise.resolve()
  const refresh = () => {
    lastCheck = lastCheck.then(check, check)
    return lastCheck
  }
  const watch = watchFiles(() => [file], checkEveryMs, refresh)
  return {
    get: (id) => serving.byId.get(id),
    before: (id) => previous.byId.get(id),
    all: () => serving.list,
    problem: () => (version.campaigns ? undefined : problemOf(version.error)),
    refresh,
    close: () => watch.close(),
  }
}

/**
 * `known` itself when nothing changed. `isClosed`: the last version ended with a line break, so a CSV without one is
 * half of a file.
 */
async function readVersion(file: string, known?: Version, isClosed = false): Promise<Version> {
  let hash = ''
  try {
    const bytes = await readBytes(file)
    hash = createHash('sha256').update(bytes).digest('hex')
    if (known?.hash === hash) return known
    const parsed = parseCampaigns(file, bytes, isClosed)
    const campaigns = file === SAMPLE_FILE ? inThisSeason(parsed, new Date()) : parsed
    return { hash, campaigns, endsInBreak: hasLastBreak(bytes) }
  } catch (cause) {
    const error =
      cause instanceof CampaignFileError
        ? cause
        : singleFault(file, { problem: String(cause) }, { cause })
    hash ||= error.message
    return known?.hash === hash ? known : { hash, error }
  }
}

function index(list: readonly Campaign[]): {
  list: readonly Campaign[]
  byId: ReadonlyMap<string, Campaign>
} {
  return { list, byId: new Map(list.map((campaign) => [campaign.id, campaign])) }
}

function problemOf({ count, firstFault }: CampaignFileError): string {
  const faults = count === 1 ? '1 fault' : `${count} faults, the first`
  return `The campaign file cannot be used as it is now, so its last good version is shown. ${faults}: ${firstFault}.`
}

export const SAMPLE_FILE = ownFile('src', 'campaigns', 'sample.json')

/** Days after its start for which a campaign stays in its year. */
const PAST_DAYS = 90

/** Moves start and end by as many years as bring the start to at most ninety days before `today`. */
export function inThisSeason(campaigns: readonly Campaign[], today: Date): Campaign[] {
  const earliest = new Date(today.getTime() - PAST_DAYS * 86_400_000)
  return campaigns.map((campaign) => {
    const { startDate, endDate } = campaign
    if (startDate === undefined) return campaign
    const years = yearsTo(startDate, earliest.toISOString().slice(0, 10))
    return {
      ...campaign,
      startDate: later(startDate, years),
      ...(endDate !== undefined && { endDate: later(endDate, years) }),
    }
  })
}

/** The least number of years, forward or back, that brings a day to `earliest` or after. */
function yearsTo(day: string, earliest: string): number {
  const years = Number(earliest.slice(0, 4)) - Number(day.slice(0, 4))
  return later(day, years) >= earliest ? years : years + 1
}

/** The same day of another year; the 28th for the 29th of February. */
function later(day: string, years: number): string {
  const monthDay = day.slice(4) === '-02-29' ? '-02-28' : day.slice(4)
  return `${Number(day.slice(0, 4)) + years}${monthDay}`
}
