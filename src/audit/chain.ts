// The audit trail's entries: each holds the one before it by its hash, so that a change or a gap shows. Pure.
import { createHmac } from 'node:crypto'
import { z } from 'zod'

/** Who did what: what whoever records it knows. */
const actSchema = z.object({
  /** A person, a token, or `anybody` where nobody signs in. */
  who: z.string(),
  /** The hash their things are filed under. */
  owner: z.string().optional(),
  /** The address a request came from. */
  from: z.string().optional(),
  /** `signin`, `post` with the path of a form or a script's request, `sync.sent` and so on. */
  action: z.string(),
  /** What it was about, by name. */
  about: z.record(z.string(), z.string()),
  /** Hashes of what the vendor had of a campaign before, and has after. */
  before: z.string().optional(),
  after: z.string().optional(),
})
export type Act = z.infer<typeof actSchema>

export const entrySchema = actSchema.extend({
  seq: z.number(),
  /** ms since 1970. */
  at: z.number(),
  /** The hash of the entry before it; empty for the first of all. */
  prev: z.string(),
  hash: z.string(),
})
export type AuditEntry = z.infer<typeof entrySchema>

export const headSchema = z.object({ seq: z.number(), hash: z.string() })
export type Head = z.infer<typeof headSchema>

/** HMAC-SHA256 keys that follow from the keys that seal: who can only write the store can make no entry. */
export function auditKeys(encryptionKeys: readonly Uint8Array[]): Buffer[] {
  return encryptionKeys.map((key) => createHmac('sha256', key).update('audit trail').digest())
}

/** The entries of these acts, after `head`. `at` in ms since 1970. */
export function extend(head: Head, acts: readonly Act[], at: number, key: Buffer): AuditEntry[] {
  let { seq, hash: prev } = head
  return acts.map((act) => {
    seq += 1
    const open = { ...act, seq, at, prev }
    const entry = { ...open, hash: hashOf(open, key) }
    prev = entry.hash
    return entry
  })
}

export interface Verdict {
  entries: number
  /** The numbers of the first and the last. */
  first: number | undefined
  last: number | undefined
  /** The number of the first entry that is not as it was written, or that one is missing before; also one missing at the end. */
  brokenAt: number | undefined
}

/** `entries` in their order. Before the first kept one there may have been others, whose days are over. */
export function createVerifier(keys: readonly Buffer[]) {
  const verdict: Verdict = {
    entries: 0,
    first: undefined,
    last: undefined,
    brokenAt: undefined,
  }
  let before: AuditEntry | undefined
  return {
    add(entry: AuditEntry): void {
      const follows = !before || (entry.prev === before.hash && entry.seq === before.seq + 1)
      const isOurs = keys.some((key) => hashOf(entry, key) === entry.hash)
      if (!follows || !isOurs) verdict.brokenAt ??= entry.seq
      verdict.first ??= entry.seq
      verdict.last = entry.seq
      verdict.entries += 1
      before = entry
    },
    /** `head`: what the store says was written last. */
    end(head: Head): Verdict {
      const isWhole = before ? before.hash === head.hash : head.seq === 0
      if (!isWhole) verdict.brokenAt ??= (before?.seq ?? 0) + 1
      return verdict
    },
  }
}

function hashOf(entry: Omit<AuditEntry, 'hash'>, key: Buffer): string {
  const { seq, at, prev, who, owner, from, action, about, before, after } = entry
  const facts = Object.entries(about).sort(([a], [b]) => (a < b ? -1 : 1))
  const signed = [seq, at, prev, who, owner, from, action, facts, before, after]
  return createHmac('sha256', key).update(JSON.stringify(signed)).digest('base64url')
}
