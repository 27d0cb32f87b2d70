// What each command does in the embedded store. The types of its keys have been checked before.
import type { Command, CommandOf, Scored } from '../store.ts'
import { type EmbeddedFile, endAfter } from './file.ts'

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

function span(items: string[], { start, stop }: { start: number; stop: number }): string[] {
  return items.slice(start, stop === -1 ? undefined : stop + 1)
}

/** Gives the reply. @throws Error in Redis' words when what is stored is no whole number */
function executeOnHash(
  file: EmbeddedFile,
  command: CommandOf<'hSet' | 'hGetAll' | 'hMGet' | 'hDel' | 'hIncr'>,
): unknown {
  if ('hSet' in command) return setFields(file, command.hSet, command.fields)
  if ('hGetAll' in command) return readAll(file, command.hGetAll)
  if ('hMGet' in command) return readFields(file, command.hMGet, command.fields)
  if ('hDel' in command) return removeFields(file, command.hDel, [command.fields].flat())
  const { hIncr: key, field, by } = command
  const sum = integer(readField(file, key, field)) + by
  setFields(file, key, { [field]: String(sum) })
  return sum
}

export function readField(file: EmbeddedFile, key: string, field: string): string | null {
  return readFields(file, key, [field])[0] ?? null
}

function readFields(file: EmbeddedFile, key: string, fields: string[]): (string | null)[] {
  if (!file.find(key)) return fields.map(() => null)
  return fields.map((field) => {
    const row = file.statements.field.get(key, field)
    return row === undefined ? null : String(row.value)
  })
}

function readAll(file: EmbeddedFile, key: string): Record<string, string> {
  const rows = file.find(key) ? file.statements.fields.all(key) : []
  return Object.fromEntries(rows.map(({ field, value }) => [String(field), String(value)]))
}

function setFields(file: EmbeddedFile, key: string, fields: Record<string, string>): number {
  const { statements } = file
  if (!file.find(key)) statements.put.run(key, 'hash', '', null)
  let added = 0
  for (const [field, value] of Object.entries(fields)) {
    const { changes } = statements.addField.run(key, field, value)
    if (changes === 0) statements.setField.run(value, key, field)
    added += Number(changes)
  }
  return added
}

function removeFields(file: EmbeddedFile, key: string, fields: string[]): number {
  const { statements } = file
  if (!file.find(key)) return 0
  let removed = 0
  for (const field of fields) removed += Number(statements.removeField.run(key, field).changes)
  if (!statements.fields.get(key)) statements.remove.run(key)
  return removed
}

function integer(text: string | null): number {
  if (text === null || /^(0|-?[1-9]\d{0,15})$/.test(text)) return Number(text)
  throw new Error('ERR value is not an integer')
}

function executeOnSortedSet(
  file: EmbeddedFile,
  command: CommandOf<'zAdd' | 'zmScore' | 'zRangeByScoreWithScores'>,
): unknown {
  if ('zAdd' in command) return addMembers(file, command.zAdd, [command.members].flat())
  if ('zmScore' in command) return readScores(file, command.zmScore, command.members)
  const { zRangeByScoreWithScores: key, least, most } = command
  const rows = file.find(key) ? file.statements.scoresBetween.all(key, least, most) : []
  return rows.map(({ member, score }) => ({ value: String(member), score: Number(score) }))
}

function addMembers(file: EmbeddedFile, key: string, members: Scored[]): number {
  const { statements } = file
  if (!file.find(key)) statements.put.run(key, 'zset', '', null)
  let added = 0
  for (const { score, value } of members) {
    if (statements.score.get(key, value) === undefined) added += 1
    statements.setScore.run(key, value, score)
  }
  return added
}

function readScores(file: EmbeddedFile, key: string, members: string[]): (number | null)[] {
  if (!file.find(key)) return members.map(() => null)
  return members.map((member) => {
    const row = file.statements.score.get(key, member)
    return row === undefined ? null : Number(row.score)
  })
}
