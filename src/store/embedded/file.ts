// The file of the embedded store: opened by one process alone, safe on the disk, swept of what has expired.
import { closeSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { makeFolder } from '../folder.ts'
import { prepareScores, SCORES_SCHEMA } from './sorted-sets.ts'
import { createTransactions } from './transactions.ts'

const SWEEP_EVERY_MS = 60_000
/** A sweep stops all else for some milliseconds, so a large one goes on after a pause. */
const SWEEP_ROWS = 1_000
const SWEEP_ON_AFTER_MS = 100

/**
 * EXCLUSIVE: the kernel holds the lock for us and lets go of it when we die, by kill -9 as well.
 * FULL: each write is on the disk when it is answered (about 0.2 ms on a cloud disk, some ms on a laptop).
 * With NORMAL a power cut could forget that a push was made, and it would be made again.
 * A list is JSON in `value`, because ours are short; a hash has a row per field, because ours may be long.
 */
const SCHEMA = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS entries (
    key TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('string', 'list', 'hash', 'zset')),
    value TEXT NOT NULL,
    expires_at INTEGER -- ms since 1970
  ) STRICT;
  CREATE INDEX IF NOT EXISTS entries_by_end ON entries (expires_at) WHERE expires_at IS NOT NULL;
  CREATE TABLE IF NOT EXISTS fields (
    key TEXT NOT NULL REFERENCES entries ON DELETE CASCADE,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (key, field)
  ) STRICT, WITHOUT ROWID;`

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
      // A full disk: commands report it, and what has expired counts as gone in any case.
      return SWEEP_EVERY_MS
    }
  }
  sweepAfter(0)

  const close = async () => {
    clearTimeout(timer)
    await command(() => {})().catch(() => {})
    if (db.isOpen) db.close()
  }
  return { statements, command, close }
}

function openAlone(path: string): DatabaseSync {
  try {
    makeFolder(dirname(path))
    makePrivate(path)
    const db = new DatabaseSync(path)
    try {
      db.exec(SCHEMA + SCORES_SCHEMA)
    } catch (error) {
      db.close()
      throw error
    }
    return db
  } catch (error) {
    throw new Error(`${path} ${trouble(error)}`)
  }
}

/** SQLite gives its other files the permissions of the first. An existing file is left alone: see fcntl locks. */
function makePrivate(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

const BUSY = 5
const NOT_A_DATABASE = 26

function trouble(error: unknown): string {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0
  if (code === BUSY)
    return 'is in use by another process: end that one, or set REDIS_URL to run several'
  if (code === NOT_A_DATABASE)
    return 'is not a store of this app: move it away, or name another DATA_DIR'
  return `cannot be used as a store: ${error instanceof Error ? error.message : error}`
}

function prepare(db: DatabaseSync) {
  const put = 'INSERT INTO entries (key, kind, value, expires_at) VALUES (?, ?, ?, ?)'
  return {
    ...prepareScores(db),
    begin: db.prepare('BEGIN'),
    commit: db.prepare('COMMIT'),
    rollback: db.prepare('ROLLBACK'),
    mark: db.prepare('SAVEPOINT one'),
    release: db.prepare('RELEASE one'),
    undo: db.prepare('ROLLBACK TO one'),
    find: db.prepare('SELECT kind, value, expires_at <= ? AS expired FROM entries WHERE key = ?'),
    put: db.prepare(
      `${put} ON CONFLICT DO UPDATE SET kind = excluded.kind, value = excluded.value, expires_at = excluded.expires_at`,
    ),
    putKeepingEnd: db.prepare(
      `${put} ON CONFLICT DO UPDATE SET kind = excluded.kind, value = excluded.value`,
    ),
    setEnd: db.prepare('UPDATE entries SET expires_at = ? WHERE key = ?'),
    remove: db.prepare('DELETE FROM entries WHERE key = ?'),
    fields: db.prepare('SELECT field, value FROM fields WHERE key = ?'),
    field: db.prepare('SELECT value FROM fields WHERE key = ? AND field = ?'),
    putField: db.prepare(
      'INSERT INTO fields (key, field, value) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
    ),
    addField: db.prepare(
      'INSERT INTO fields (key, field, value) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    setField: db.prepare('UPDATE fields SET value = ? WHERE key = ? AND field = ?'),
    removeField: db.prepare('DELETE FROM fields WHERE key = ? AND field = ?'),
    removeFields: db.prepare('DELETE FROM fields WHERE key = ?'),
    sweep: db.prepare(
      'DELETE FROM entries WHERE key IN (SELECT key FROM entries WHERE expires_at <= ? LIMIT ?)',
    ),
  }
}
