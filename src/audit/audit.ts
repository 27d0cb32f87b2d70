// The audit trail in the store: only ever added to, a list a day, each day gone when its time is over.
import type { Store } from '../store/store.ts'
import { parseJson } from '../store/stored-text.ts'
import type { OnSettled } from '../sync/sync-log.ts'
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
  const { newestFirst, oldestFirst } = createReader(store, days)
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

    /** The newest entries, and whether these are as they were written and none is missing among or after them. */
    async newest(most: number): Promise<{ entries: AuditEntry[]; verdict: Verdict }> {
      const head = readHead(await store.get(HEAD))
      const entries = await firstOf(newestFirst(), most)
      const verifier = createVerifier(keys)
      const last = entries.findIndex(({ hash }) => hash === head.hash) // what is newer was added meanwhile
      for (const entry of entries.slice(Math.max(0, last)).reverse()) verifier.add(entry)
      return { entries, verdict: verifier.end(head) }
    },

    /** Those before the entry of this number, the newest first. */
    older: (before: number, most: number) => firstOf(newestFirst(before), most),

    /** Reads all that is kept, in chunks. Entries that cannot be read are a gap. */
    async verify(): Promise<Verdict> {
      const head = readHead(await store.get(HEAD))
      const verifier = createVerifier(keys)
      for await (const entry of oldestFirst()) {
        verifier.add(entry)
        if (entry.hash === head.hash) break // what is newer was added meanwhile
      }
      return verifier.end(head)
    },
  }
}

/** All that is kept, in chunks. Entries that cannot be read are left out. */
function createReader(store: Store, days: number) {
  /** Days since 1970 of which there may be entries, the oldest first. */
  function keptDays(): number[] {
    const today = Math.floor(Date.now() / DAY_MS)
    return Array.from({ length: days + 1 }, (_, index) => today - days + index)
  }

  /** With `before` only those with a smaller number. Days without an entry of them are found in one step. */
  async function* newestFirst(before = Number.POSITIVE_INFINITY): AsyncGenerator<AuditEntry> {
    const lists = keptDays().reverse().map(keyOf)
    const oldest = await store.step(lists.map((lRange) => ({ lRange, start: -1, stop: -1 })))
    for (const [index, list] of lists.entries()) {
      const [line] = oldest[index] ?? []
      const isAfter = (readEntry(line)?.seq ?? 0) >= before
      if (line === undefined || isAfter) continue
      for await (const entry of fromNewest(list)) if (entry.seq < before) yield entry
    }
  }

  async function* fromNewest(list: string): AsyncGenerator<AuditEntry> {
    let before = new Set<string>()
    for (let from = 0; ; from += CHUNK) {
      const lines = await store.lRange(list, from, from + CHUNK - 1)
      for (const line of lines) {
        const entry = readEntry(line)
        // What was added meanwhile has moved some of the last chunk into this one.
        if (entry && !before.has(line)) yield entry
      }
      if (lines.length < CHUNK) return
      before = new Set(lines)
    }
  }

  /** Counted from the end of a list, where nothing is added. */
  async function* oldestFirst(): AsyncGenerator<AuditEntry> {
    for (const day of keptDays())
      for (let to = -1; ; to -= CHUNK) {
        const lines = await store.lRange(keyOf(day), to - CHUNK + 1, to)
        for (const line of lines.reverse()) {
          const entry = readEntry(line)
          if (entry) yield entry
        }
        if (lines.length < CHUNK) break
      }
  }

  return { newestFirst, oldestFirst }
}

async function firstOf<T>(all: AsyncGenerator<T>, most: number): Promise<T[]> {
  const first: T[] = []
  for await (const one of all) {
    first.push(one)
    if (first.length === most) break
  }
  return first
}

function readEntry(line: string | undefined): AuditEntry | undefined {
  return entrySchema.safeParse(parseJson(line ?? null)).data
}

function readHead(text: string | null): Head {
  return headSchema.safeParse(parseJson(text)).data ?? { seq: 0, hash: '' }
}

/** A result that cannot be recorded is still a result: the log has a line about it. */
export function recordSettled(
  audit: Pick<Audit, 'add'>,
  event: (name: string, fields: object) => void,
): OnSettled {
  return async (vendor, settled, before) => {
    const acts = settled.map(({ id, campaign, result, content, person }, index) => {
      const had = before[index] || undefined
      const has = result.kind === 'sent' ? content : had
      return {
        who: person ?? 'anybody',
        action: `sync.${result.kind}`,
        about: { vendor, campaign, intent: id, ...(result.by && { account: result.by }) },
        ...(had !== undefined && { before: had }),
        ...(has !== undefined && { after: has }),
      }
    })
    await audit
      .add(...acts)
      .catch(() => event('audit.lost', { intents: settled.map(({ id }) => id) }))
  }
}
