// Acme's memory: one SQLite file that survives a restart and a kill -9, with its tables, settings and keys; and its two accounts.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'

const tables = `
  CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS oauth (
    model TEXT NOT NULL, id TEXT NOT NULL, payload TEXT NOT NULL, expires_at INTEGER,
    grant_id TEXT AS (payload ->> 'grantId'), uid TEXT AS (payload ->> 'uid'),
    PRIMARY KEY (model, id)) STRICT;
  CREATE INDEX IF NOT EXISTS oauth_grant ON oauth (model, grant_id);
  CREATE INDEX IF NOT EXISTS oauth_uid ON oauth (model, uid);
  CREATE TABLE IF NOT EXISTS campaign (
    id INTEGER PRIMARY KEY AUTOINCREMENT, campaign TEXT NOT NULL UNIQUE, name TEXT NOT NULL, budget TEXT,
    account TEXT NOT NULL, received_at INTEGER NOT NULL,
    applied INTEGER NOT NULL DEFAULT 0, requests INTEGER NOT NULL DEFAULT 0) STRICT;
  CREATE TABLE IF NOT EXISTS idempotency (
    key TEXT PRIMARY KEY, campaign TEXT NOT NULL, answer TEXT NOT NULL) STRICT;
  INSERT INTO sqlite_sequence (name, seq)
    SELECT 'campaign', 88100 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'campaign');`

/** Opens the file (or ':memory:'), readable by its owner only, and makes what is missing in it. */
export function openDatabase(file: string): DatabaseSync {
  if (file !== ':memory:') {
    mkdirSync(dirname(file), { recursive: true })
    closeSync(openSync(file, 'a', 0o600))
  }
  const db = new DatabaseSync(file)
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000')
  db.exec(tables)
  db.prepare('DELETE FROM oauth WHERE expires_at < ?').run(Date.now())
  return db
}

const valueRow = z.object({ value: z.string() })

export function readSetting(db: DatabaseSync, name: string): unknown {
  const row = db.prepare('SELECT value FROM setting WHERE name = ?').get(name)
  return row === undefined ? undefined : JSON.parse(valueRow.parse(row).value)
}

export function writeSetting(db: DatabaseSync, name: string, value: unknown): void {
  db.prepare('INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)').run(
    name,
    JSON.stringify(value),
  )
}

const keysShape = z.object({
  cookieKeys: z.array(z.string()),
  jwk: z.record(z.string(), z.string()),
})

/** The keys that sign cookies and tokens: made on first use, then the same after every restart. */
export function ownKeys(db: DatabaseSync): z.infer<typeof keysShape> {
  const kept = readSetting(db, 'keys')
  if (kept !== undefined) return keysShape.parse(kept)
  const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    format: 'jwk',
  })
  const made = keysShape.parse({ cookieKeys: [randomBytes(32).toString('base64url')], jwk })
  writeSetting(db, 'keys', made)
  return made
}

/** The two people who have an account at Acme. */
export const accountId = z.enum(['dana', 'sam'])
export const ACCOUNTS = accountId.options

export const accountName = (id: string): string => `${id}@acme`
