// The push lock: of everybody who wants to push one campaign for one person at one vendor, one does, under a lease.
import { randomUUID } from 'node:crypto'
import type { CommandOf, Guard, Store } from '../store/store.ts'

/** ms a lease lasts without being extended; a killed process is waited for no longer than this. */
const LEASE_MS = 4_000
const EXTEND_EVERY_MS = 1_500
/** ms that the clocks of two instances may be apart. */
const CLOCKS_APART_MS = 4_000
/** The lock outlives its lease, so that a push whose end is not known is found by the next press. */
const KEPT_MS = 24 * 3600_000

interface PushLockKey {
  owner: string
  vendor: string
  campaign: string
}

export interface PushLock {
  key: string
  intent: string
  value: string
  /** ms since 1970: the lease ends, and nothing may be sent after it. */
  until: number
}

export interface FoundLock {
  intent: string
  /** ms since 1970 until which its holder is at work; 0 when nobody is. */
  until: number
}

export function lockKeyOf({ owner, vendor, campaign }: PushLockKey): string {
  return `push:{${owner}}:${vendor}:${campaign}`
}

export function newLock(key: string, intent: string): PushLock {
  const until = Date.now() + LEASE_MS
  return { key, intent, until, value: `${intent} ${until} ${randomUUID().slice(0, 8)}` }
}

export function writeLock({ key, value }: PushLock): CommandOf<'set'> {
  return { set: key, value, ms: KEPT_MS }
}

/** Writes a lock, and what is kept as long, as guards have found it. */
export function writeFound(guards: readonly Guard[]): CommandOf<'set' | 'del'>[] {
  return guards.map(({ key, is }) =>
    is === null ? { del: key } : { set: key, value: is, ms: KEPT_MS },
  )
}

export function lockGuard({ key, value }: PushLock): Guard {
  return { key, is: value }
}

/** The lock without a lease: whoever comes next goes on with this intent. */
export function unfinished({ key, intent }: PushLock): CommandOf<'set'> {
  return { set: key, value: `${intent} 0`, ms: KEPT_MS }
}

/** Reads a lock. A lease that ends much later than one can last is of a clock that was set back since, and is none. */
export function readLock(value: string | null, now = Date.now()): FoundLock | undefined {
  const [intent, end] = value?.split(' ') ?? []
  if (!intent) return undefined
  const until = Number(end)
  const isLive = until > now && until <= now + LEASE_MS + CLOCKS_APART_MS
  return { intent, until: isLive ? until : 0 }
}

/** Extends the lease while `work` goes on. `lock` follows, and is still when this ends. Rejects as `work` does. */
export async function withHeartbeat<T>(
  store: Store,
  lock: PushLock,
  work: () => Promise<T>,
): Promise<T> {
  let beating = Promise.resolve()
  const timer = setInterval(() => {
    beating = extend(store, lock).catch(() => {}) // the next one, or the end of the lease, decides
  }, EXTEND_EVERY_MS)
  try {
    return await work()
  } finally {
    clearInterval(timer)
    await beating
  }
}

async function extend(store: Store, lock: PushLock): Promise<void> {
  const next = newLock(lock.key, lock.intent)
  const { done } = await store.stepIf([lockGuard(lock)], [writeLock(next)])
  if (done) Object.assign(lock, next)
}
