// The database of the embedded store: its tables, its statements, and commands that share a transaction.
import type { DatabaseSync, StatementSync } from 'node:sqlite'

/**
 * EXCLUSIVE: a kernel lock, which ends with the process, after kill -9 too. FULL: a write is on the disk when its
 * command resolves (0.2 ms on a cloud disk, some ms on a laptop); with NORMAL a power cut could lose it.
 * A list is JSON in `value`, because ours are short; a hash has a row per field, because ours may be long.
 */
export const SCHEMA = `
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
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS scores (
    key TEXT NOT NULL REFERENCES entries ON DELETE CASCADE,
    member TEXT NOT NULL,
    score REAL NOT NULL,
    PRIMARY KEY (key, member)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS scores_in_order ON scores (key, score, member);`

/** Prepared once, because preparing takes longer than running. */
export function prepare(db: DatabaseSync) {
  const put = 'INSERT INTO entries (key, kind, value, expires_at) VALUES (?, ?, ?, ?)'
  return {
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
    addField: db.prepare(
      'INSERT INTO fields (key, field, value) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    setField: db.prepare('UPDATE fields SET value = ? WHERE key = ? AND field = ?'),
    removeField: db.prepare('DELETE FROM fields WHERE key = ? AND field = ?'),
    removeFields: db.prepare('DELETE FROM fields WHERE key = ?'),
    score: db.prepare('SELECT score FROM scores WHERE key = ? AND member = ?'),
    setScore: db.prepare(
      'INSERT INTO scores (key, member, score) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET score = excluded.score',
    ),
    scoresBetween: db.prepare(
      'SELECT member, score FROM scores WHERE key = ? AND score BETWEEN ? AND ? ORDER BY score, member',
    ),
    removeScores: db.prepare('DELETE FROM scores WHERE key = ?'),
    sweep: db.prepare(
      'DELETE FROM entries WHERE key IN (SELECT key FROM entries WHERE expires_at <= ? LIMIT ?)',
    ),
  }
}

type Statements = Record<
  'begin' | 'commit' | 'rollback' | 'mark' | 'release' | 'undo',
  StatementSync
>

interface Waiting {
  run(): void
  done(): void
  failed(error: unknown): void
}

/**
 * Returns `command(body)`. A crash or an error leaves all of a body or none. Commands that arrive together share one
 * transaction, because waiting for the disk takes longest; each resolves when it is on the disk.
 */
export function createTransactions(db: DatabaseSync, statements: Statements) {
  let waiting: Waiting[] = []

  /** Savepoints cost as much as a short command, so they are used only after one has failed. */
  function flush(): void {
    const batch = waiting
    waiting = []
    let failed = false
    const runPlain = (one: Waiting) => {
      failed = true
      one.run()
      failed = false
      return one.done
    }
    let failure = transact(batch, runPlain)
    if (failure && failed) failure = transact(batch, (one) => runOne(db, statements, one))
    if (failure) for (const one of batch) one.failed(failure.error)
  }

  /** Runs all or none; the error, or undefined when all are on the disk and have resolved. */
  function transact(
    batch: Waiting[],
    run: (one: Waiting) => () => void,
  ): { error: unknown } | undefined {
    try {
      statements.begin.run()
      const settles = batch.map(run)
      statements.commit.run()
      for (const settle of settles) settle()
      return undefined
    } catch (error) {
      if (db.isOpen && db.isTransaction) statements.rollback.run()
      return { error }
    }
  }

  return <Args extends unknown[], Result>(body: (...args: Args) => Result) =>
    (...args: Args): Promise<Result> =>
      new Promise<Result>((resolve, reject) => {
        let result: Result
        waiting.push({
          run: () => {
            result = body(...args)
          },
          done: () => resolve(result),
          failed: reject,
        })
        if (waiting.length === 1) setImmediate(flush)
      })
}

/** In a savepoint of its own. */
function runOne(db: DatabaseSync, statements: Statements, one: Waiting): () => void {
  statements.mark.run()
  try {
    one.run()
    statements.release.run()
    return one.done
  } catch (error) {
    // SQLite rolls back the whole transaction when the disk is full.
    if (!db.isTransaction) throw error
    statements.undo.run()
    statements.release.run()
    return () => one.failed(error)
  }
}
