// Reads a campaign file: its bytes, its text, its rows, its campaigns.
import { isUtf8 } from 'node:buffer'
import { readFile, stat } from 'node:fs/promises'
import { extname } from 'node:path'
import type { Campaign } from './campaign.ts'
import { csvRows } from './csv.ts'
import { checkRows, collectFaults, type Fault, singleFault } from './faults.ts'
import { jsonRows, quickCampaigns } from './json.ts'

const MOST_BYTES = 50e6
const NEWLINE = 0x0a
const CARRIAGE_RETURN = 0x0d

const REASONS: Record<string, string> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'this process is not allowed to read it',
  EPERM: 'this process is not allowed to read it',
}

/** The file's bytes. Rejects with a CampaignFileError when it is missing, unreadable, no file or over 50 MB. */
export async function readBytes(file: string): Promise<Buffer> {
  const found = await orFault(file, stat(file))
  if (!found.isFile())
    throw singleFault(file, { problem: 'is not a file but a folder or a device' })
  if (found.size > MOST_BYTES) {
    throw singleFault(file, { problem: `is larger than 50 MB (${Math.ceil(found.size / 1e6)} MB)` })
  }
  return await orFault(file, readFile(file))
}

/**
 * The campaigns of a file, in its order. The format is told by the name (.json, .csv), else by the first
 * character. `isClosed`: a CSV has to end with a line break. Throws a CampaignFileError with every fault.
 */
export function parseCampaigns(file: string, bytes: Buffer, isClosed = false): Campaign[] {
  const text = decode(file, bytes)
  if (text.trim() === '') throw singleFault(file, { problem: 'is empty' })
  const json = isJson(file, text)
  const quick = json ? quickCampaigns(text) : undefined
  if (quick) return quick
  const faults = collectFaults(file)
  const rows = json ? jsonRows(text, faults) : csvRows(text, faults)
  const campaigns = checkRows(rows, faults)
  faults.throwIfAny()
  if (isClosed && !json && !hasLastBreak(bytes)) throw singleFault(file, cutOff(text))
  return campaigns
}

/** Whether the last line is ended by a line break, as most programs write it. */
export function hasLastBreak(bytes: Buffer): boolean {
  const last = bytes.at(-1)
  return last === NEWLINE || last === CARRIAGE_RETURN
}

function cutOff(text: string): Fault {
  const line = text.split(/\r\n|\n|\r/).length
  const problem =
    'ends without a line break, as the version before did not; it is being written, or was cut off'
  return { line, problem }
}

async function orFault<Result>(file: string, reading: Promise<Result>): Promise<Result> {
  try {
    return await reading
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    throw singleFault(file, { problem: REASONS[code] ?? `cannot be read (${code})` }, { cause })
  }
}

/** Without the byte order mark. A file in another encoding would show its names wrongly: it is refused. */
function decode(file: string, bytes: Buffer): string {
  if (isUtf8(bytes)) return new TextDecoder().decode(bytes)
  throw singleFault(file, {
    line: firstBadLine(bytes),
    problem: 'is not UTF-8 text; save it as UTF-8',
  })
}

function firstBadLine(bytes: Buffer): number {
  let line = 1
  let start = 0
  for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
    if (!isUtf8(bytes.subarray(start, end))) return line
    start = end + 1
    line += 1
  }
  return line
}

function isJson(file: string, text: string): boolean {
  const extension = extname(file).toLowerCase()
  if (extension === '.json' || extension === '.csv') return extension === '.json'
  return /^\s*[[{]/.test(text)
}
