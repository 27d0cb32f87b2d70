// What the commands on hashes do in the embedded store: a row for each field.
import type { CommandOf } from '../commands.ts'
import type { EmbeddedFile } from './file.ts'

/** Gives the reply. @throws Error in Redis' words when what is stored is no whole number */
export function executeOnHash(
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

/** 0 for what is absent. @throws as Redis does */
export function integer(text: string | null): number {
  if (text === null || /^(0|-?[1-9]\d{0,15})$/.test(text)) return Number(text)
  throw new Error('ERR value is not an integer')
}
