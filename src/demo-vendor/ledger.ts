// The effects ledger: what Acme received, and how often each campaign was really applied.
import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'

export type Push = {
  campaign: string
  account: string
  name: string
  budget: string | null
  key: string | undefined
}
type PushResponse = { id: string; campaign: string; status: 'accepted'; applied: number }
export type Outcome =
  | { kind: 'applied' | 'replayed'; response: PushResponse }
  | { kind: 'key-of-another-campaign' }
export type Ledger = ReturnType<typeof createLedger>

const responseSchema = z.object({
  id: z.string(),
  campaign: z.string(),
  status: z.literal('accepted'),
  applied: z.number(),
})
const keyRow = z.object({ campaign: z.string(), response: z.string() })
const campaignRow = z.object({
  id: z.number().transform(String),
  campaign: z.string(),
  name: z.string(),
  budget: z.string().nullable(),
  account: z.string(),
  received_at: z.number(),
  applied: z.number(),
  requests: z.number(),
})
export type Received = z.infer<typeof campaignRow>

/** The ledger in that database. Everything in it is synchronous, so one push is one uninterrupted step. */
export function createLedger(db: DatabaseSync) {
  const count =
    db.prepare(`INSERT INTO campaign (campaign, name, budget, account, received_at, requests)
    VALUES (?, ?, ?, ?, ?, 1) ON CONFLICT (campaign) DO UPDATE SET requests = requests + 1`)
  const effect = db.prepare(`UPDATE campaign
    SET applied = applied + 1, name = ?, budget = ?, account = ?, received_at = ? WHERE campaign = ?`)
  const byCampaign = db.prepare('SELECT * FROM campaign WHERE campaign = ?')
  const byId = db.prepare('SELECT * FROM campaign WHERE id = ?')
  const newest = db.prepare('SELECT * FROM campaign ORDER BY received_at DESC, id DESC')
  const findKey = db.prepare('SELECT campaign, answer AS response FROM idempotency WHERE key = ?')
  const storeKey = db.prepare('INSERT INTO idempotency (key, campaign, answer) VALUES (?, ?, ?)')

  function applyOnce(push: Push): Outcome {
    const earlier = push.key === undefined ? undefined : findKey.get(push.key)
    if (earlier !== undefined) {
      const { campaign, response } = keyRow.parse(earlier)
      if (campaign !== push.campaign) return { kind: 'key-of-another-campaign' }
      return { kind: 'replayed', response: responseSchema.parse(JSON.parse(response)) }
    }
    effect.run(push.name, push.budget, push.account, Date.now(), push.campaign)
    const { id, applied } = campaignRow.parse(byCampaign.get(push.campaign))
    const response: PushResponse = { id, campaign: push.campaign, status: 'accepted', applied }
    if (push.key !== undefined) storeKey.run(push.key, push.campaign, JSON.stringify(response))
    return { kind: 'applied', response }
  }

  return {
    /** Counts a request that arrived, whether or not it will be applied. */
    arrived(push: Push): void {
      count.run(push.campaign, push.name, push.budget, push.account, Date.now())
    },
    /** Applies a push, unless its key was seen before: then it returns the first response again. */
    apply(push: Push): Outcome {
      db.exec('BEGIN IMMEDIATE')
      try {
        const outcome = applyOnce(push)
        db.exec('COMMIT')
        return outcome
      } catch (error) {
        db.exec('ROLLBACK')
        throw error
      }
    },
    list: (): Received[] => newest.all().map((row) => campaignRow.parse(row)),
    find(id: string): Received | undefined {
      const row = byId.get(id)
      return row === undefined ? undefined : campaignRow.parse(row)
    },
    /** Forgets all campaigns and keys; Acme's numbers go on where they were. */
    reset(): void {
      db.exec('DELETE FROM campaign; DELETE FROM idempotency')
    },
  }
}
