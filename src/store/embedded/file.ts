// The file of the embedded store: opened by one process only; expired entries are swept.
import { closeSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { makeFolder } from '../../files.ts'
import { createTransactions, prepare, SCHEMA } from './database.ts'

const SWEEP_EVERY_MS = 60_000
/** A sweep blocks the process for some milliseconds, so a large one continues after a pause. */
const SWEEP_ROWS = 1_000
const SWEEP_ON_AFTER_MS = 100

export type EmbeddedFile = ReturnType<typeof openFile>

/** @throws in one line when the file cannot be used, or another process uses it */
export function openFile(path: string) {
  const db = openAlone(path)
  const statements = prepare(db)

  const command = createTransactions(db, statements)

  let timer: NodeJS.Timeout
  const sweepAfter = (ms: number) => {
    timer = setTimeout(() => sweepAfter(sweep()), ms).unref()
  }
  const sweep = () => {
    try {
      const { changes } = statements.sweep.run(Date.now(), SWEEP_ROWS)
      return changes === SWEEP_ROWS ? SWEEP_ON_AFTER_MS : SWEEP_EVERY_MS
    } catch {
      // A full disk: commands report it, and expired entries count as absent anyway.
      return SWEEP_EVERY_MS
    }
  }
  sweepAfter(0)

  const close = async () => {
    clearTimeout(timer)
    await command(() => {})().catch(() => {})
    if (db.isOpen) db.close()
  }

  const find = (key: string) => {
    const row = statements.find.get(Date.now(), key)
    if (!row) return undefined
    if (row.expired === 1) {
      statements.remove.run(key)
      return undefined
    }
    return { kind: String(row.kind), value: String(row.value) }
  }
  return { statements, command, find, close }
}

/** `ms` from now, in ms since 1970, limited to JavaScript's safe integers. */
export function endAfter(ms: number): number {
  return Math.min(Date.now() + ms, Number.MAX_SAFE_INTEGER)
}

function openAlone(path: string): DatabaseSync {
  try {
    makeFolder(dirname(path))
    makePrivate(path)
    const db = new DatabaseSync(path)
    try {
      db.exec(SCHEMA)
    } catch (error) {
      db.close()
      throw error
    }
    return db
  } catch (error) {
    throw new Error(`${path} ${reasonOf(error)}`)
  }
}

/** SQLite's other files get these permissions. An existing file is left alone: closing it drops fcntl locks. */
function makePrivate(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

const BUSY = 5
const NOT_A_DATABASE = 26

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0
  if (code === BUSY)
    return 'is in use by another process: end that one, or set REDIS_URL to run several'
  if (code === NOT_A_DATABASE)
    return 'is not a store of this app: move it away, or name another DATA_DIR'
  return `cannot be used as a store: ${error instanceof Error ? error.message : error}`
}
