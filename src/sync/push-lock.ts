// The claim: of everybody who wants to push a campaign for one person, one does, and a dead one's work is taken over.
import type { Store } from '../store/store.ts'

/** ms a claim holds without being renewed; a killed process is waited for no longer than this. */
const LEASE_MS = 4_000
const EXTEND_EVERY_MS = 1_500
/** A claim outlives its lease, so that a push whose end is not known is found by the next click. */
const KEPT_MS = 24 * 3600_000

/** One person's one campaign at one vendor. */
export interface PushLockKey {
  owner: string
  vendor: string
  campaign: string
}

/** A claim that is ours, as it lies in the store. */
export interface PushLock {
  intent: string
  value: string
}

/** Somebody else's claim: they are at `intent` until then (ms since 1970), or longer if they renew it. */
export interface LockedByOther {
  intent: string
  until: number
}

/** The slot is ours, for `intent` (which may be an unfinished one found in it), or somebody is at it. */
export type AcquireResult = ({ mine: true } & PushLock) | ({ mine: false } & LockedByOther)

export type PushLocks = ReturnType<typeof createPushLocks>

export function createPushLocks(store: Store) {
  const keyOf = ({ owner, vendor, campaign }: PushLockKey) =>
    `push:{${owner}}:${vendor}:${campaign}`

  async function replace(
    lockKey: PushLockKey,
    value: string,
    intent: string,
  ): Promise<AcquireResult> {
    const ours = newLockValue(intent)
    const won = await store.compareAndSet(keyOf(lockKey), value, ours, KEPT_MS)
    return won === 1 ? { mine: true, intent, value: ours } : { mine: false, intent, until: 0 }
  }

  return {
    /** Takes the slot for `intent`; when an unfinished intent is found there and nobody is at it, takes it for that one. */
    async acquire(lockKey: PushLockKey, intent: string): Promise<AcquireResult> {
      const value = newLockValue(intent)
      const before = await store.set(keyOf(lockKey), value, {
        expiration: { type: 'PX', value: KEPT_MS },
        condition: 'NX',
        GET: true,
      })
      if (before === null) return { mine: true, intent, value }
      const [found = '', until = ''] = before.split(' ')
      const end = Number(until)
      return end > Date.now()
        ? { mine: false, intent: found, until: end }
        : replace(lockKey, before, found)
    },

    /** Gives the slot, still ours, to another intent: the one it held is done. */
    reassign: (lockKey: PushLockKey, { value }: PushLock, intent: string) =>
      replace(lockKey, value, intent),

    /** Renews the lease while `work` goes on; `claim` follows, and is still when this ends. */
    async withHeartbeat<T>(
      lockKey: PushLockKey,
      lock: PushLock,
      work: () => Promise<T>,
    ): Promise<T> {
      let extension = Promise.resolve()
      const extend = async () => {
        const next = await replace(lockKey, lock.value, lock.intent)
        if (next.mine) lock.value = next.value
      }
      const timer = setInterval(() => {
        extension = extend().catch(() => {}) // the next renewal, or the lease's end, decides
      }, EXTEND_EVERY_MS)
      try {
        return await work()
      } finally {
        clearInterval(timer)
        await extension
      }
    },

    /** What lies in the store while the slot is ours, for whoever writes the intent's end down and frees it in one step. */
    storedLock: (lockKey: PushLockKey, { value }: PushLock) => ({ key: keyOf(lockKey), value }),

    /** Ends the lease and leaves the intent in the slot: it may have been applied, so the next click goes on with it. */
    async releaseUnfinished(lockKey: PushLockKey, { intent, value }: PushLock): Promise<void> {
      await store.compareAndSet(keyOf(lockKey), value, `${intent} 0`, KEPT_MS)
    },
  }
}

/** `<intent> <ms until which somebody is at it> <once>`: unlike any other claim, so that compare-and-set tells them apart. */
function newLockValue(intent: string): string {
  return `${intent} ${Date.now() + LEASE_MS} ${Math.random().toString(36).slice(2, 10)}`
}
