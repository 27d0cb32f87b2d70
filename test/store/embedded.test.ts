// The embedded store's file: it survives kill -9, belongs to one process, and does not keep what has expired.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openEmbedded } from '../../src/store/embedded/embedded.ts'

let directory: string
let file: string
const children: ChildProcess[] = []

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'store-'))
  file = join(directory, 'data', 'store.sqlite')
})
afterEach(async () => {
  vi.useRealTimers()
  await Promise.all(children.splice(0).map(kill))
  rmSync(directory, { recursive: true })
})

const WRITER = `
  import { openEmbedded } from ${JSON.stringify(new URL('../../src/store/embedded/embedded.ts', import.meta.url).href)}
  const store = openEmbedded(process.argv[1])
  for (let n = 1; ; n++) {
    await store.set('string', String(n))
    await store.lPush('list', String(n))
    await store.lTrim('list', 0, 19)
    await store.hSet('hash', String(n % 50), String(n))
    await store.stepIf([{ key: 'step', field: 'n', is: n === 1 ? null : String(n - 1) }], [
      { set: 'before', value: String(n) },
      { hSet: 'step', fields: { n: String(n) } },
      { set: 'after', value: String(n) },
    ])
    console.log(n)
  }`

/** Another process that writes and says what it has written; `reached` resolves with the first number past `n`. */
function startWriter() {
  const child = spawn(process.execPath, ['--input-type=module', '-e', WRITER, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  let last = 0
  const lines = createInterface(child.stdout)
  lines.on('line', (line) => {
    last = Number(line)
  })
  const reached = async (n: number) => {
    while (last < n) await once(lines, 'line', { signal: AbortSignal.timeout(10_000) })
  }
  return { child, reached, last: () => last }
}

async function kill(child: ChildProcess) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const closed = once(child, 'close')
  child.kill('SIGKILL')
  await closed
}

test('what was written before a kill -9 is there, and the file is free again', async () => {
  for (const round of [1, 2, 3]) {
    const { child, reached, last } = startWriter()
    await reached(20 * round)
    await kill(child)
    const store = openEmbedded(file)
    const written = Number(await store.get('string'))
    expect(written === last() || written === last() + 1).toBe(true)
    expect((await store.lRange('list', 0, -1)).slice(0, 2)).toContain(String(last()))
    expect((await store.hGetAll('hash'))[last() % 50]).toBe(String(last()))
    const [before, { n = '' }, after] = await store.step([
      { get: 'before' },
      { hGetAll: 'step' },
      { get: 'after' },
    ])
    expect([before, after]).toEqual([n, n])
    await store.del(['before', 'step', 'after'])
    await store.close()
  }
})

test('a second process is refused, and so is a second store in the first', async () => {
  const { reached, child } = startWriter()
  await reached(1)
  const inUse = /^\S+store\.sqlite is in use by another process: [^\n]+REDIS_URL[^\n]+$/
  expect(() => openEmbedded(file)).toThrow(inUse)
  await kill(child)
  const store = openEmbedded(file)
  expect(() => openEmbedded(file)).toThrow(inUse)
  const refused = spawn(process.execPath, ['--input-type=module', '-e', WRITER, file])
  children.push(refused)
  const [code] = await once(refused, 'exit')
  expect(code).toBe(1)
  expect(await store.set('k', 'v')).toBe('OK')
  await store.close()
})

test('a restart finds everything, times to live included', async () => {
  const first = openEmbedded(file)
  await first.set('kept', 'v')
  await first.set('ended', 'v', { expiration: { type: 'PX', value: 1 } })
  await first.hSet('hash', 'f', 'v')
  await first.close()
  const second = openEmbedded(file)
  expect(await second.get('kept')).toBe('v')
  await vi.waitFor(async () => expect(await second.get('ended')).toBe(null))
  expect(await second.hGetAll('hash')).toEqual({ f: 'v' })
  await second.close()
})

test('what has expired is swept from the file, in steps', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  const store = openEmbedded(file)
  for (let n = 0; n < 1200; n++)
    await store.set(`ends:${n}`, 'v', { expiration: { type: 'EX', value: 30 } })
  await store.hSet('hash', 'f', 'v')
  await store.expire('hash', 30)
  await store.set('stays', 'v', { expiration: { type: 'EX', value: 3600 } })
  vi.advanceTimersByTime(60_001)
  vi.advanceTimersByTime(100)
  await store.close()
  const db = new DatabaseSync(file, { readOnly: true })
  expect(db.prepare('SELECT key FROM entries').all()).toEqual([{ key: 'stays' }])
  expect(db.prepare('SELECT key FROM fields').all()).toEqual([])
  db.close()
})

test('only the owner can read the file', async () => {
  const store = openEmbedded(file)
  await store.set('k', 'v')
  for (const name of [file, `${file}-wal`]) expect(statSync(name).mode & 0o777).toBe(0o600)
  await store.close()
})

test('a file that is no store, or cannot be one, is refused by name', () => {
  const other = join(directory, 'notes.txt')
  writeFileSync(other, 'not a database, but long enough to be looked at '.repeat(50))
  expect(() => openEmbedded(other)).toThrow(/notes\.txt is not a store of this app: [^\n]+$/)
  expect(() => openEmbedded(join(other, 'store.sqlite'))).toThrow(
    /store\.sqlite cannot be used as a store: /,
  )
})

test('a closed store rejects, and may be closed again', async () => {
  const store = openEmbedded(file)
  expect(store.description).toBe(`embedded, ${file}`)
  await store.close()
  await store.close()
  await expect(store.get('k')).rejects.toThrow()
})
