// Sees that a file has changed, by looking: file events miss renames, network drives and Docker mounts.
import { stat } from 'node:fs/promises'

/**
 * Calls `changed` after each change of the file (content, rename over it, deletion), once two looks in a row,
 * `every` ms apart, found it the same: so a file that is still being written is left alone. The first
 * call comes without a change, for one that came before the watch. Does not keep the process alive.
 */
export function watchFile(
  file: string,
  every: number,
  changed: () => Promise<void>,
): { close(): void } {
  let seen: string | undefined
  let told: string | undefined
  let timer = setTimeout(look, every).unref()
  let closed = false

  async function look(): Promise<void> {
    const mark = await markOf(file)
    if (mark === seen && mark !== told) {
      told = mark
      await changed()
    }
    seen = mark
    if (!closed) timer = setTimeout(look, every).unref()
  }

  return {
    close() {
      closed = true
      clearTimeout(timer)
    },
  }
}

async function markOf(file: string): Promise<string> {
  try {
    const { mtimeNs, ctimeNs, size, ino } = await stat(file, { bigint: true })
    return [mtimeNs, ctimeNs, size, ino].join()
  } catch (error) {
    return String(error)
  }
}
