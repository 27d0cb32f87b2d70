// The campaign source: serves the last valid version of a campaign file, and polls for changes.
import { createHash } from 'node:crypto'
import { watchFiles } from '../files.ts'
import type { Campaign } from './campaign.ts'
import { CampaignFileError, singleFault } from './faults.ts'
import { hasLastBreak, parseCampaigns, readBytes } from './read.ts'
import { inThisSeason, SAMPLE_FILE } from './sample.ts'

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
