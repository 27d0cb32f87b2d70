// Sends what is left of a run with one token: some items at once, each one push, each written down.
import type { Settled } from '../sync/sync-log.ts'
import { contentHash } from '../vendors/request.ts'
import type { Vendor } from '../vendors/vendor.ts'
import type { BegunItem } from './attempt.ts'
import { createFailurePolicy } from './failure-policy.ts'
import { batched } from './fenced-writes.ts'
import { type Item, itemId, type Run } from './run.ts'
import { type RunWithToken, type SenderDeps, sendItem } from './send-item.ts'

/** As many lanes as the vendor may have pushes at once, each sending one item after another. @throws FencingTokenLost */
export async function sendAll(deps: SenderDeps, runWithToken: RunWithToken): Promise<void> {
  const { run, attempt, tokenKey, token } = runWithToken
  const failurePolicy = createFailurePolicy(token)
  const refreshes = tokenKey.vendor.lifetime.refresh === 'use'
  const log = createLog(deps, run, tokenKey.vendor)
  await attempt.write(
    [],
    { state: 'running' },
    { accessEndsAt: refreshes ? undefined : token.endsAt, account: token.account?.name },
  )

  /** A permit is asked for anew with each item; an item's end is written beside the next one's begin. */
  const lane = async () => {
    let ended: Promise<void> | undefined
    while (ended || (await attempt.goesOn())) {
      const [sent] = await Promise.all([
        deps.vendorConcurrency.run(tokenKey.vendor, async () => {
          const stored = await attempt.begin()
          return (
            stored && { stored, ...(await sendItem(deps, runWithToken, stored, failurePolicy)) }
          )
        }),
        ended,
      ])
      ended = sent && attempt.record(sent.stored, sent.to, sent.set)
      if (sent && sent.to.state !== 'left') log.add(sent.stored, sent.to)
    }
  }
  const lanes = Math.min(tokenKey.vendor.api.concurrency, run.left)
  const ends = await Promise.allSettled(Array.from({ length: lanes }, lane))
  await log.ended()
  for (const one of ends) if (one.status === 'rejected') throw one.reason
}

/** Tells the campaigns' own pages, in the same moment as the run's writes; the run does not depend on it. */
function createLog({ syncLog, event }: SenderDeps, run: Run, vendor: Vendor) {
  const add = batched(async (settled: Settled[]) => {
    const lost = () =>
      event('run.unlogged', { run: run.id, campaigns: settled.map(({ campaign }) => campaign) })
    await syncLog.addAll(run.vendor, settled).catch(lost)
    return settled
  })
  const under = new Set<Promise<unknown>>()
  return {
    add({ index, campaign: sent }: BegunItem, { campaign, results }: Item): void {
      const result = results.at(-1)
      if (!result) return
      const added = add({
        id: itemId(run.id, index),
        campaign,
        result,
        content: contentHash(vendor, sent),
        person: run.person,
        sent: { vendor, campaign: sent },
      })
      under.add(added)
      void added.finally(() => under.delete(added))
    },
    ended: () => Promise.all(under),
  }
}
