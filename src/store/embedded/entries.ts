// What a command of the embedded store does first: it looks at its arguments and at what lies under the key.
import { whole } from '../step.ts'
import type { EmbeddedFile } from './file.ts'

export { atLeastOne, whole } from '../step.ts'

/** What lies under the key now; an entry past its end is removed on the way. */
export function find({ statements }: EmbeddedFile, key: string) {
  const row = statements.find.get(Date.now(), key)
  if (!row) return undefined
  if (row.expired === 1) {
    statements.remove.run(key)
    return undefined
  }
  return { kind: String(row.kind), value: String(row.value) }
}

/** @throws when something of another kind lies under the key */
export function findKind(
  file: EmbeddedFile,
  key: string,
  kind: 'string' | 'list' | 'hash' | 'zset',
): string | undefined {
  const entry = find(file, key)
  if (entry && entry.kind !== kind) {
    throw new Error('WRONGTYPE Operation against a key holding the wrong kind of value')
  }
  return entry?.value
}

/** As far away as SQLite's integers and JavaScript's agree. */
export const endAfter = (ms: number) => Math.min(Date.now() + ms, Number.MAX_SAFE_INTEGER)

/** The key ends in so many seconds; undefined leaves it as it is. */
export function endIn(
  { statements }: EmbeddedFile,
  key: string,
  seconds: number | undefined,
): void {
  if (seconds !== undefined) statements.setEnd.run(endAfter(whole(seconds) * 1000), key)
}
