// The audit trail in the store: only ever added to, a list a day, each day gone when its time is over.
import type { Store } from '../store/store.ts'
import { parseJson } from '../store/stored-text.ts'
import {
  type Act,
  type AuditEntry,
  auditKeys,
  createVerifier,
  entrySchema,
  extend,
  type Head,
  headSchema,
  type Verdict,
} from './chain.ts'

const DAY_MS = 24 * 3600_000
const HEAD = 'audit:{audit}:head'
const CHUNK = 500
/** Other processes add too: one that loses against so many others gives up. */
const MOST_TRIES = 50

const keyOf = (day: number) => `audit:{audit}:${new Date(day * DAY_MS).toISOString().slice(0, 10)}`

export type Audit = ReturnType<typeof createAudit>

export function createAudit(store: Store, encryptionKeys: readonly Uint8Array[], days: number) {
  const keys = auditKeys(encryptionKeys)
  const [key = Buffer.alloc(0)] = keys
  const ms = (days + 1) * DAY_MS
  const newestFirst = createReader(store, days)
  let adding: Promise<unknown> = Promise.resolve()

  async function write(acts: readonly Act[]): Promise<void> {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const text = await store.get(HEAD)
      const now = Date.now()
      const entries = extend(readHead(text), acts, now, key)
      const last = entries.at(-1)
      if (!last) return
      const head: Head = { seq: last.seq, hash: last.hash }
      const list = keyOf(Math.floor(now / DAY_MS))
      const { done } = await store.stepIf(
        [{ key: HEAD, is: text }],
        [
          { set: HEAD, value: JSON.stringify(head), ms },
          ...entries.map((entry) => ({ lPush: list, value: JSON.stringify(entry), ms })),
        ],
      )
      if (done) return
    }
    throw new Error('others add to the audit trail without an end')
  }

  return {
    days,

    /** One after the other in this process. @throws StoreError when the store does not take it */
    async add(...acts: Act[]): Promise<void> {
      const added = adding.then(() => write(acts))
      adding = added.catch(() => {})
      await added
    },

    newestFirst,

    /** Reads all that is kept. Entries that cannot be read are a gap. */
    async verify(): Promise<Verdict> {
      const entries: AuditEntry[] = []
      const head = readHead(await store.get(HEAD))
      // What is added meanwhile is after the head that was read.
      for await (const entry of newestFirst()) if (entry.seq <= head.seq) entries.push(entry)
      const verifier = createVerifier(keys)
      for (const entry of entries.reverse()) verifier.add(entry)
      return verifier.end(head)
    },
  }
}

/** All that is kept, the newest first. Entries that cannot be read are left out. */
function createReader(store: Store, days: number) {
  async function* newestFirst(): AsyncGenerator<AuditEntry, undefined> {
    const today = Math.floor(Date.now() / DAY_MS)
    for (let day = today; day >= today - days; day--) yield* listed(keyOf(day), 0)
    return undefined
  }

  async function* listed(list: string, from: number): AsyncGenerator<AuditEntry, undefined> {
    const lines = await store.lRange(list, from, from + CHUNK - 1)
    for (const line of lines) {
      const { data } = entrySchema.safeParse(parseJson(line))
      if (data) yield data
    }
    if (lines.length === CHUNK) yield* listed(list, from + CHUNK)
    return undefined
  }

  return newestFirst
}

function readHead(text: string | null): Head {
  return headSchema.safeParse(parseJson(text)).data ?? { seq: 0, hash: '' }
}
