// What each command does in the embedded store. The types of its keys have been checked before.
import type { Command, CommandOf } from '../commands.ts'
import { type EmbeddedFile, endAfter } from './file.ts'
import { executeOnHash, integer } from './hashes.ts'
import { executeOnSortedSet } from './sorted-sets.ts'

/** Gives the reply. @throws Error in Redis' words when what is stored is no whole number */
export function execute(file: EmbeddedFile, command: Command): unknown {
  if ('get' in command) return file.find(command.get)?.value ?? null
  if ('set' in command) return set(file, command)
  if ('del' in command) return [command.del].flat().filter((key) => remove(file, key)).length
  if ('getDel' in command) return getDel(file, command.getDel)
  if ('incr' in command) return incr(file, command)
  if ('expire' in command) return expire(file, command)
  if ('lPush' in command) return lPush(file, command)
  if ('lRange' in command) return span(readList(file, command.lRange), command)
  if ('lTrim' in command) return lTrim(file, command)
  if ('zAdd' in command || 'zmScore' in command || 'zRangeByScoreWithScores' in command)
    return executeOnSortedSet(file, command)
  return executeOnHash(file, command)
}

function set(file: EmbeddedFile, { set: key, value, ms, nx, keepTtl }: CommandOf<'set'>) {
  const { statements } = file
  const entry = file.find(key)
  if (nx && entry) return entry.value
  if (entry?.kind === 'hash') statements.removeFields.run(key)
  if (entry?.kind === 'zset') statements.removeScores.run(key)
  const write = keepTtl ? statements.putKeepingEnd : statements.put
  write.run(key, 'string', value, ms === undefined ? null : endAfter(ms))
  return nx ? null : 'OK'
}

function remove(file: EmbeddedFile, key: string): boolean {
  return file.find(key) !== undefined && file.statements.remove.run(key).changes === 1
}

function getDel(file: EmbeddedFile, key: string): string | null {
  const value = file.find(key)?.value ?? null
  file.statements.remove.run(key)
  return value
}

function incr(file: EmbeddedFile, { incr: key, by = 1 }: CommandOf<'incr'>): number {
  const sum = integer(file.find(key)?.value ?? null) + by
  file.statements.putKeepingEnd.run(key, 'string', String(sum), null)
  return sum
}

function expire(file: EmbeddedFile, { expire: key, ms }: CommandOf<'expire'>): number {
  if (!file.find(key)) return 0
  if (ms > 0) file.statements.setEnd.run(endAfter(ms), key)
  else file.statements.remove.run(key)
  return 1
}

function lPush(file: EmbeddedFile, { lPush: key, value }: CommandOf<'lPush'>): number {
  const items = [value, ...readList(file, key)]
  writeList(file, key, items)
  return items.length
}

function lTrim(file: EmbeddedFile, command: CommandOf<'lTrim'>): string {
  writeList(file, command.lTrim, span(readList(file, command.lTrim), command))
  return 'OK'
}

function readList(file: EmbeddedFile, key: string): string[] {
  const items: unknown = JSON.parse(file.find(key)?.value ?? '[]')
  return Array.isArray(items) ? items.map(String) : []
}

function writeList({ statements }: EmbeddedFile, key: string, items: string[]): void {
  if (items.length > 0) statements.putKeepingEnd.run(key, 'list', JSON.stringify(items), null)
  else statements.remove.run(key)
}

/** Both ends are included, and negative ones count from the end. */
function span(items: string[], { start, stop }: { start: number; stop: number }): string[] {
  return items.slice(start, stop === -1 ? undefined : stop + 1)
}
