// A step on the embedded store: its commands in one transaction, if the guards hold.
import { createSteps, type Spelled, type StepOutcome, WRONG_TYPE } from '../step.ts'
import type { Command, Guard } from '../store.ts'
import { endAfter, find } from './entries.ts'
import type { EmbeddedFile } from './file.ts'
import { span } from './lists.ts'

export function stepCommands(file: EmbeddedFile) {
  return createSteps(
    file.command((guards, commands, spelled) => runStep(file, guards, commands, spelled)),
  )
}

function runStep(
  file: EmbeddedFile,
  guards: readonly Guard[],
  commands: readonly Command[],
  spelled: Spelled[],
): StepOutcome {
  checkTypes(file, guards, spelled)
  const found = guards.map(({ key, field }) =>
    field === undefined ? readString(file, key) : readField(file, key, field),
  )
  if (guards.some(({ is }, index) => found[index] !== is)) return { done: false, found }
  const replies = commands.map((command, index) => {
    const reply = execute(file, command)
    const { ms, keys: [key = ''] = [] } = spelled[index] ?? {}
    if (ms !== undefined) file.statements.setEnd.run(endAfter(ms), key)
    return reply
  })
  return { done: true, replies }
}

/** @throws naming all keys that hold another kind of value than their guard or command can use */
function checkTypes(file: EmbeddedFile, guards: readonly Guard[], spelled: Spelled[]): void {
  const uses = [
    ...guards.map(({ key, field }) => ({ key, kind: field === undefined ? 'string' : 'hash' })),
    ...spelled.flatMap(({ kind, keys }) => keys.map((key) => ({ key, kind }))),
  ]
  const wrong = uses.flatMap(({ key, kind }, index) => {
    const entry = kind === 'any' ? undefined : find(file, key)
    return entry && entry.kind !== kind ? [index + 1] : []
  })
  if (wrong.length > 0) throw new Error(`${WRONG_TYPE} ${wrong.join(' ')}`)
}

function execute(file: EmbeddedFile, command: Command): unknown {
  const { statements } = file
  if ('get' in command) return readString(file, command.get)
  if ('set' in command) return set(file, command)
  if ('del' in command) return remove(file, [command.del].flat())
  if ('getDel' in command) {
    const value = readString(file, command.getDel)
    statements.remove.run(command.getDel)
    return value
  }
  if ('incr' in command) {
    const sum = integer(readString(file, command.incr)) + (command.by ?? 1)
    statements.putKeepingEnd.run(command.incr, 'string', String(sum), null)
    return sum
  }
  if ('expire' in command) {
    if (!find(file, command.expire)) return 0
    return Number(statements.setEnd.run(endAfter(command.ms), command.expire).changes)
  }
  if ('lPush' in command || 'lRange' in command || 'lTrim' in command)
    return executeOnList(file, command)
  return executeOnHash(file, command)
}

function executeOnHash(
  file: EmbeddedFile,
  command: Extract<
    Command,
    | { hSet: string }
    | { hGetAll: string }
    | { hMGet: string }
    | { hDel: string }
    | { hIncr: string }
  >,
): unknown {
  const { statements } = file
  if ('hSet' in command) return setFields(file, command.hSet, command.fields)
  if ('hGetAll' in command) {
    const rows = find(file, command.hGetAll) ? statements.fields.all(command.hGetAll) : []
    return Object.fromEntries(rows.map(({ field, value }) => [String(field), String(value)]))
  }
  if ('hMGet' in command)
    return command.fields.map((field) => readField(file, command.hMGet, field))
  if ('hDel' in command) return removeFields(file, command.hDel, [command.fields].flat())
  const { hIncr, field, by } = command
  const sum = integer(readField(file, hIncr, field)) + by
  setFields(file, hIncr, { [field]: String(sum) })
  return sum
}

function executeOnList(
  file: EmbeddedFile,
  command: Extract<Command, { lPush: string } | { lRange: string } | { lTrim: string }>,
): unknown {
  if ('lRange' in command) return span(readList(file, command.lRange), command.start, command.stop)
  if ('lTrim' in command) {
    const { lTrim, start, stop } = command
    writeList(file, lTrim, span(readList(file, lTrim), start, stop))
    return 'OK'
  }
  const items = [command.value, ...readList(file, command.lPush)]
  writeList(file, command.lPush, items)
  return items.length
}

function readString(file: EmbeddedFile, key: string): string | null {
  return find(file, key)?.value ?? null
}

function readField(file: EmbeddedFile, key: string, field: string): string | null {
  if (!find(file, key)) return null
  const row = file.statements.field.get(key, field)
  return row === undefined ? null : String(row.value)
}

function set(
  file: EmbeddedFile,
  { set: key, value, ms, nx }: Extract<Command, { set: string }>,
): string | null {
  const { statements } = file
  const entry = find(file, key)
  if (nx && entry) return entry.value
  if (entry) statements.remove.run(key)
  statements.put.run(key, 'string', value, ms === undefined ? null : endAfter(ms))
  return nx ? null : 'OK'
}

function remove(file: EmbeddedFile, keys: string[]): number {
  let removed = 0
  for (const key of keys)
    if (find(file, key)) removed += Number(file.statements.remove.run(key).changes)
  return removed
}

function setFields(file: EmbeddedFile, key: string, fields: Record<string, string>): number {
  const { statements } = file
  if (!find(file, key)) statements.put.run(key, 'hash', '', null)
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
  if (!find(file, key)) return 0
  let removed = 0
  for (const field of fields) removed += Number(statements.removeField.run(key, field).changes)
  if (!statements.fields.get(key)) statements.remove.run(key)
  return removed
}

function readList(file: EmbeddedFile, key: string): string[] {
  const items: unknown = JSON.parse(find(file, key)?.value ?? '[]')
  return Array.isArray(items) ? items.map(String) : []
}

function writeList({ statements }: EmbeddedFile, key: string, items: string[]): void {
  if (items.length > 0) statements.putKeepingEnd.run(key, 'list', JSON.stringify(items), null)
  else statements.remove.run(key)
}

/** @throws as Redis does */
function integer(text: string | null): number {
  if (text === null || /^(0|-?[1-9]\d{0,15})$/.test(text)) return Number(text)
  throw new Error('ERR value is not an integer')
}
