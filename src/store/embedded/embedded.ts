// The store without a server: the Redis commands we use, on node:sqlite, in one file, for one process.

import type { OpenStore, SetOptions } from '../store.ts'
import { atLeastOne, endAfter, endIn, find, findKind, whole } from './entries.ts'
import { type EmbeddedFile, openFile } from './file.ts'
import { hashUpdateCommands } from './hash-update.ts'
import { listCommands } from './lists.ts'
import { scoreCommands } from './sorted-sets.ts'
import { stepCommands } from './step.ts'

/**
 * Opens the store in `file`, made with its folder when missing, readable for its owner only. What was written
 * is there after a kill -9 and after a power cut. Commands answer and fail as Redis's do.
 * @throws in one line when the file cannot be used, or another process uses it
 */
export function openEmbedded(file: string): OpenStore {
  const opened = openFile(file)
  return {
    description: `embedded, ${file}`,
    ...stepCommands(opened),
    ...keyCommands(opened),
    ...stringCommands(opened),
    ...listCommands(opened),
    ...hashCommands(opened),
    ...scoreCommands(opened),
    ...hashUpdateCommands(opened),
    ping: opened.command(() => 'PONG'),
    close: opened.close,
  }
}

function keyCommands(file: EmbeddedFile) {
  const { statements, command } = file
  return {
    del: command((keys: string | string[]) => {
      let removed = 0
      for (const key of atLeastOne('del', keys)) {
        if (find(file, key)) removed += Number(statements.remove.run(key).changes)
      }
      return removed
    }),

    expire: command((key: string, seconds: number) => {
      const end = endAfter(whole(seconds) * 1000)
      if (!find(file, key)) return 0
      if (seconds > 0) statements.setEnd.run(end, key)
      else statements.remove.run(key)
      return 1
    }),
  }
}

function stringCommands(file: EmbeddedFile) {
  const { statements, command } = file
  const compare = (key: string, expected: string) => findKind(file, key, 'string') === expected
  const replace = (key: string, value: string, end: number | null, write = statements.put) => {
    const entry = find(file, key)
    if (entry?.kind === 'hash') statements.removeFields.run(key)
    if (entry?.kind === 'zset') statements.removeScores.run(key)
    write.run(key, 'string', value, end)
  }
  return {
    get: command((key: string) => findKind(file, key, 'string') ?? null),

    set: command((key: string, value: string, { expiration, condition, GET }: SetOptions = {}) => {
      const write = expiration === 'KEEPTTL' ? statements.putKeepingEnd : statements.put
      const end = expiration === undefined || expiration === 'KEEPTTL' ? null : endOf(expiration)
      const former = GET ? (findKind(file, key, 'string') ?? null) : 'OK'
      if (condition === (find(file, key) ? 'NX' : 'XX')) return GET ? former : null
      replace(key, value, end, write)
      return former
    }),

    getDel: command((key: string) => {
      const value = findKind(file, key, 'string') ?? null
      statements.remove.run(key)
      return value
    }),

    incr: command((key: string, seconds?: number) => {
      const sum = whole(Number(findKind(file, key, 'string') ?? 0)) + 1
      statements.putKeepingEnd.run(key, 'string', String(sum), null)
      endIn(file, key, seconds)
      return sum
    }),

    compareAndDelete: command((key: string, expected: string) =>
      compare(key, expected) ? Number(statements.remove.run(key).changes) : 0,
    ),

    compareAndSet: command((key: string, expected: string, value: string, ttlMs: number) => {
      const end = endOf({ type: 'PX', value: ttlMs })
      return compare(key, expected)
        ? Number(statements.put.run(key, 'string', value, end).changes)
        : 0
    }),

    setAndRelease: command(
      (key: string, value: string, seconds: number, other: string, expected: string) => {
        replace(key, value, endOf({ type: 'EX', value: seconds }))
        return compare(other, expected) ? Number(statements.remove.run(other).changes) : 0
      },
    ),
  }
}

function hashCommands(file: EmbeddedFile) {
  const { statements, command } = file
  return {
    hSet: command((key: string, field: string, value: string, seconds?: number) => {
      if (findKind(file, key, 'hash') === undefined) statements.put.run(key, 'hash', '', null)
      const { changes } = statements.addField.run(key, field, value)
      if (changes === 0) statements.setField.run(value, key, field)
      endIn(file, key, seconds)
      return Number(changes)
    }),
    hGetAll: command((key: string) => {
      if (findKind(file, key, 'hash') === undefined) return {}
      const rows = statements.fields.all(key)
      return Object.fromEntries(rows.map(({ field, value }) => [String(field), String(value)]))
    }),
    hDel: command((key: string, fields: string | string[]) => {
      let removed = 0
      const names = atLeastOne('hdel', fields)
      if (findKind(file, key, 'hash') === undefined) return 0
      for (const field of names) removed += Number(statements.removeField.run(key, field).changes)
      if (!statements.fields.get(key)) statements.remove.run(key)
      return removed
    }),
  }
}

function endOf({ type, value }: { type: 'EX' | 'PX'; value: number }): number {
  if (whole(value) < 1) throw new Error("ERR invalid expire time in 'set' command")
  return endAfter(type === 'EX' ? value * 1000 : value)
}
