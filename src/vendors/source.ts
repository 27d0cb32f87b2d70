// The vendors as their files are now: a changed one is served when it is good, else its last good version is.
import { z } from 'zod'
import { readTextFile, watchFiles } from '../files.ts'
import { parseJson } from '../store/stored-text.ts'
import { type Loaded, sharedSettings } from './load.ts'
import type { Vendor } from './vendor.ts'

/** Files that may change while the app runs. */
export interface VendorFiles {
  /** Each time as it is now: a folder may have more. */
  list(): string[]
  /** With the settings of the start, and files that these name. */
  load(file: string): Loaded<Vendor>
}

export interface VendorSource {
  all(): Vendor[]
  /** Never rejects: what is refused is logged. */
  refresh(): Promise<void>
  close(): void
}

type Log = (event: string, fields: object) => void

/**
 * Serves `first`, and looks every `checkEveryMs` for files that changed or came. Logs `vendors.loaded` and
 * `vendors.refused` with the faults, once a version. A vendor whose file is gone stays until the next start.
 */
export function openVendors(
  first: Vendor[],
  files: VendorFiles,
  log: Log,
  checkEveryMs = 1000,
): VendorSource {
  let serving = first
  const texts = new Map(filesNow(files).map((file) => [file, textOf(file)]))
  const ids = new Map([...texts].map(([file, text]) => [file, idIn(text)]))

  function checkFile(file: string): void {
    const text = textOf(file)
    if (texts.get(file) === text || text === undefined) return
    texts.set(file, text)
    const loaded = files.load(file)
    const faults = loaded.faults ?? faultsAmong(loaded.vendor, file)
    if (faults.length > 0) log('vendors.refused', { file, faults })
    else if (loaded.vendor) serve(file, loaded.vendor)
  }

  function faultsAmong(vendor: Vendor, file: string): string[] {
    const id = ids.get(file)
    if (id !== undefined && id !== vendor.id)
      return [`${file}: id: was "${id}": another id needs a new start`]
    const others = serving.filter((other) => other.id !== id)
    return [sharedSettings(others, vendor) ?? []].flat()
  }

  function serve(file: string, vendor: Vendor): void {
    const isKnown = ids.get(file) !== undefined
    serving = isKnown
      ? serving.map((one) => (one.id === vendor.id ? vendor : one))
      : [...serving, vendor]
    ids.set(file, vendor.id)
    log('vendors.loaded', { vendor: vendor.id, file })
  }

  const refresh = async () => {
    for (const file of filesNow(files)) checkFile(file)
  }
  const watch = watchFiles(files.list, checkEveryMs, refresh)
  return { all: () => serving, refresh, close: watch.close }
}

/** None while a folder cannot be read. */
function filesNow(files: VendorFiles): string[] {
  try {
    return files.list()
  } catch {
    return []
  }
}

/** Undefined when there is none: a file that is being replaced is there again at the next look. */
function textOf(file: string): string | undefined {
  try {
    return readTextFile(file)
  } catch {
    return undefined
  }
}

const idSchema = z.object({ id: z.string() })

/** The id of a file that was good. */
function idIn(text: string | undefined): string | undefined {
  return idSchema.safeParse(parseJson(text ?? null)).data?.id
}
