// Everything that lies in the store, read from outside the app: keys, values, time left.
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createClient } from 'redis'
import { hostPort, readRedisUrl } from '../../../src/store/redis/address.ts'
import { discoverMaster } from '../../../src/store/redis/sentinel.ts'
import type { Setup } from '../app/setup.ts'

export interface Entry {
  key: string
  /** Lists and hashes as JSON. */
  value: string
  /** ms; undefined for a key that stays. */
  leftMs: number | undefined
}

/** Every key that has not expired. */
export async function dumpStore({
  environment,
  redisUrl,
}: Pick<Setup, 'environment' | 'redisUrl'>): Promise<Entry[]> {
  return redisUrl === undefined
    ? dumpFile(join(environment.DATA_DIR ?? '', 'campaign-sync.sqlite'))
    : dumpRedis(redisUrl)
}

/** The app has the file for itself, so a copy is read. */
function dumpFile(file: string): Entry[] {
  if (!existsSync(file)) return []
  const folder = mkdtempSync(join(tmpdir(), 'store-dump-'))
  const copy = join(folder, 'copy.sqlite')
  copyFileSync(file, copy)
  if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${copy}-wal`)
  const db = new DatabaseSync(copy)
  const now = Date.now()
  const rows = db.prepare(
    `SELECT key, expires_at AS ends, CASE kind WHEN 'hash' THEN (SELECT json_group_object(field, fields.value)
      FROM fields WHERE fields.key = entries.key) ELSE value END AS value
     FROM entries WHERE expires_at IS NULL OR expires_at > ?`,
  )
  const entries = rows.all(now).map(({ key, ends, value }) => ({
    key: String(key),
    value: String(value),
    leftMs: ends === null ? undefined : Number(ends) - now,
  }))
  db.close()
  rmSync(folder, { recursive: true })
  return entries
}

async function dumpRedis(url: string): Promise<Entry[]> {
  const address = readRedisUrl(url)
  if (address.kind === 'one') return dumpServer(url)
  const nodes = address.kind === 'cluster' ? address.nodes : [await discoverMaster(address)]
  const dumps = nodes.map((node) => dumpServer(`redis://${hostPort(node)}`).catch(() => []))
  return (await Promise.all(dumps)).flat()
}

async function dumpServer(url: string): Promise<Entry[]> {
  const client = await connect(url)
  const entries: Entry[] = []
  for (const stored of await client.keys('*')) {
    const left = await client.pTTL(stored)
    const value = await readAny(client, stored)
    if (value !== undefined)
      entries.push({ key: stored.replace(/^cs:/, ''), value, leftMs: left < 0 ? undefined : left })
  }
  await client.close()
  return entries
}

const connect = (url: string) =>
  createClient({ url, socket: { reconnectStrategy: false } })
    .on('error', () => {})
    .connect()

async function readAny(
  client: Awaited<ReturnType<typeof connect>>,
  key: string,
): Promise<string | undefined> {
  const type = await client.type(key)
  if (type === 'string') return (await client.get(key)) ?? undefined
  if (type === 'list') return JSON.stringify(await client.lRange(key, 0, -1))
  return type === 'hash' ? JSON.stringify(await client.hGetAll(key)) : undefined
}
