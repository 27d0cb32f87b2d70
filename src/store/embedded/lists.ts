// Lists of the embedded store, each a JSON array in its row.
import { endIn, findKind, whole } from './entries.ts'
import type { EmbeddedFile } from './file.ts'

export function listCommands(file: EmbeddedFile) {
  const { statements, command } = file
  const read = (key: string) => {
    const items: unknown = JSON.parse(findKind(file, key, 'list') ?? '[]')
    return Array.isArray(items) ? items.map(String) : []
  }
  const write = (key: string, items: string[]) =>
    items.length > 0
      ? statements.putKeepingEnd.run(key, 'list', JSON.stringify(items), null)
      : statements.remove.run(key)
  return {
    lPush: command((key: string, value: string, seconds?: number) => {
      const items = [value, ...read(key)]
      write(key, items)
      endIn(file, key, seconds)
      return items.length
    }),
    lRange: command((key: string, start: number, stop: number) => span(read(key), start, stop)),
    lTrim: command((key: string, start: number, stop: number) => {
      write(key, span(read(key), start, stop))
      return 'OK'
    }),
  }
}

/** Both ends count, and negative ones count from the end. */
export function span(items: string[], start: number, stop: number): string[] {
  const from = whole(start)
  const to = whole(stop)
  return items.slice(from, to === -1 ? undefined : to + 1)
}
