// Tells when files have changed, by polling: file events miss renames, network drives and Docker mounts.
import { stat } from 'node:fs/promises'

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
