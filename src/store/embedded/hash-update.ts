// Reading some fields of a hash, and changing some when others are as expected: one transaction each.

import type { HashUpdate } from '../store.ts'
import { atLeastOne, findKind, whole } from './entries.ts'
import type { EmbeddedFile } from './file.ts'

export function hashUpdateCommands(file: EmbeddedFile) {
  const { statements, command } = file
  const read = (key: string, field: string) => {
    const row = statements.field.get(key, field)
    return row === undefined ? null : String(row.value)
  }
  return {
    hMGet: command((key: string, fields: string[]) => {
      const names = atLeastOne('hmget', fields)
      const there = findKind(file, key, 'hash') !== undefined
      return names.map((field) => (there ? read(key, field) : null))
    }),

    hUpdate: command((key: string, { expect = {}, set = {}, add = {} }: HashUpdate) => {
      const there = findKind(file, key, 'hash') !== undefined
      for (const [field, value] of Object.entries(expect))
        if (!there || read(key, field) !== value) return 0
      if (!there && Object.keys({ ...set, ...add }).length > 0)
        statements.put.run(key, 'hash', '', null)
      for (const [field, value] of Object.entries(set)) statements.putField.run(key, field, value)
      for (const [field, value] of Object.entries(add))
        statements.putField.run(key, field, String(integer(read(key, field)) + whole(value)))
      return 1
    }),
  }
}

/** @throws as Redis does */
function integer(text: string | null): number {
  if (text === null || /^-?(0|[1-9]\d{0,15})$/.test(text)) return Number(text)
  throw new Error('ERR hash value is not an integer')
}
