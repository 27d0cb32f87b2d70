// Files: where those are that come with the app; those that settings name, read without waiting, made or watched by polling.
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { findPackageJSON } from 'node:module'
import { dirname, join } from 'node:path'

const MOST_BYTES = 1e6

const REASONS: Record<string, string> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'this process is not allowed to read it',
  EPERM: 'this process is not allowed to read it',
}

/** The path of a file that comes with the app, below the folder of package.json: for code in src/, and bundled in dist/. */
export function ownFile(...path: string[]): string {
  return join(dirname(findPackageJSON(import.meta.url) ?? '.'), ...path)
}

/** Its text, without a byte order mark. @throws Error in words that follow the name of the file */
export function readTextFile(file: string): string {
  const { isFile, size } = orReason(() => {
    const found = statSync(file)
    return { isFile: found.isFile(), size: found.size }
  })
  if (!isFile) throw new Error('is not a file but a folder, a pipe or a device')
  if (size > MOST_BYTES) throw new Error('is larger than 1 MB')
  const bytes = orReason(() => readFileSync(file))
  const mark = bytes.subarray(0, 2).toString('hex')
  if (mark === 'fffe' || mark === 'feff') throw new Error('is UTF-16: save it as UTF-8')
  return new TextDecoder().decode(bytes)
}

function orReason<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    throw new Error(REASONS[code] ?? `cannot be read (${code})`)
  }
}

/** With those above it. Node's recursive mkdir never ends where none can be made (/proc/x). @throws Error of the file system */
export function makeFolder(path: string): void {
  if (existsSync(path)) return
  if (dirname(path) !== path) makeFolder(dirname(path))
  try {
    mkdirSync(path)
  } catch (error) {
    if (!existsSync(path)) throw error // otherwise another process has made it
  }
}

/**
 * `changed` runs at the start, and when two checks in a row found the same new state, so that a file still being
 * written is not read. `files` is asked at each check.
 */
export function watchFiles(
  files: () => string[],
  everyMs: number,
  changed: () => Promise<void>,
): { close(): void } {
  let seen: string | undefined
  let reported: string | undefined
  let timer = setTimeout(check, everyMs).unref()
  let closed = false

  async function check(): Promise<void> {
    const mark = await markOf(files)
    if (mark === seen && mark !== reported) {
      reported = mark
      await changed()
    }
    seen = mark
    if (!closed) timer = setTimeout(check, everyMs).unref()
  }

  return {
    close() {
      closed = true
      clearTimeout(timer)
    },
  }
}

async function markOf(files: () => string[]): Promise<string> {
  try {
    const marks = await Promise.all(files().map(async (file) => `${file} ${await stateOf(file)}`))
    return marks.join('\n')
  } catch (error) {
    return String(error)
  }
}

async function stateOf(file: string): Promise<string> {
  try {
    const { mtimeNs, ctimeNs, size, ino } = await stat(file, { bigint: true })
    return [mtimeNs, ctimeNs, size, ino].join()
  } catch (error) {
    return String(error)
  }
}
