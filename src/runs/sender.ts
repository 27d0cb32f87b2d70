// Sends what is left of a run with one token: some items at once, each one push, each written down.

import type { CachedToken, TokenPlace, Tokens } from '../access/tokens.ts'
import type { Outbound } from '../http/client.ts'
import { StoreError } from '../store/open.ts'
import type { Links } from '../sync/links.ts'
import { type PushWithToken, pushWithRefresh } from '../sync/push-with-refresh.ts'
import type { Settled, SyncLog } from '../sync/sync-log.ts'
import { isRepeatable } from '../vendors/push.ts'
import type { RunAttempt, RunAttemptDeps } from './attempt.ts'
import { batched } from './batch.ts'
import { createFailurePolicy, type FailurePolicy, verdictOf } from './failure-policy.ts'
import { type Item, itemKey, type Run, type StoredItem } from './run.ts'
import type { RunHead } from './run-store.ts'
import type { VendorConcurrency } from './vendor-concurrency.ts'

export interface SenderDeps extends RunAttemptDeps {
  http: Outbound
  tokens: Tokens
  syncLog: SyncLog
  links: Links
  vendorConcurrency: VendorConcurrency
}

/** One leg of a run with the token it has; a vendor that renews access by itself changes that on the way. */
export interface RunWithToken {
  run: Run
  attempt: RunAttempt
  tokenKey: TokenPlace
  token: CachedToken
}

/** As many slots as the vendor may have pushes at once, each sending one item after another. @throws FenceLost */
export async function sendAll(deps: SenderDeps, runWithToken: RunWithToken): Promise<void> {
  const { run, attempt, tokenKey, token } = runWithToken
  const failurePolicy = createFailurePolicy(token)
  const renews = tokenKey.vendor.lifetime.refresh === 'use'
  const log = createLog(deps, run)
  await attempt.write(
    [],
    { state: 'running' },
    { accessEndsAt: renews ? undefined : token.endsAt, account: token.account?.name },
  )

  /** The place at the vendor is asked for anew with each item; an item's end is written beside the next one's begin. */
  const slot = async () => {
    let ended: Promise<void> | undefined
    while (ended || (await attempt.goesOn())) {
      const [sent] = await Promise.all([
        deps.vendorConcurrency.run(tokenKey.vendor, async () => {
          const stored = await attempt.begin()
          return stored && { stored, ...(await send(deps, runWithToken, stored, failurePolicy)) }
        }),
        ended,
      ])
      ended = sent && attempt.record(sent.stored, sent.to, sent.set)
      if (sent && sent.to.state !== 'left') log.add(sent.stored.index, sent.to)
    }
  }
  const slots = Math.min(tokenKey.vendor.api.concurrency, run.left)
  const ends = await Promise.allSettled(Array.from({ length: slots }, slot))
  await log.ended()
  for (const one of ends) if (one.status === 'rejected') throw one.reason
}

/** One push of one item; gives the item as it then is, and what else there is to write. */
async function send(
  deps: SenderDeps,
  runWithToken: RunWithToken,
  stored: StoredItem,
  failurePolicy: FailurePolicy,
) {
  const { run, attempt, tokenKey, token } = runWithToken
  const { item } = stored
  const campaign = deps.campaign(item.campaign)
  const renews = tokenKey.vendor.lifetime.refresh === 'use'
  if (Date.now() >= token.endsAt && !renews) attempt.halt('access')
  if (!campaign || attempt.halted === 'access')
    return { to: { ...item, state: 'left' as const }, set: {} }
  const started = Date.now()
  const push = { tokenKey, campaign, key: itemKey(run.id, stored.index), justGranted: true }
  const response = await pushWithRefresh(deps, push, token).catch(onlyStoreAway(token))
  runWithToken.token = response.token
  const repeatable = isRepeatable(tokenKey.vendor)
  const took = { tookMs: Date.now() - started, by: response.token.account?.name }
  const { halt, pauseMs } = failurePolicy.after(response)
  if (halt) attempt.halt(halt)
  const until = pauseMs > 0 ? attempt.pause(pauseMs) : undefined
  const set: RunHead = response.kind === 'limited' ? { waitUntil: until } : {}
  return { to: verdictOf(item, response, took, repeatable), set }
}

/** `deliver` meets the store only where access has ended. */
function onlyStoreAway(token: CachedToken) {
  return (error: unknown): PushWithToken => {
    if (error instanceof StoreError) return { kind: 'expired', maybeApplied: false, token }
    throw error
  }
}

/** Tells the campaigns' own pages, in the same moment as the run's writes; the run does not depend on it. */
function createLog({ syncLog, event }: SenderDeps, run: Run) {
  const add = batched(async (settled: Settled[]) => {
    const lost = () =>
      event('run.unlogged', { run: run.id, campaigns: settled.map(({ campaign }) => campaign) })
    await syncLog.addAll(run.vendor, settled).catch(lost)
    return settled
  })
  const under = new Set<Promise<unknown>>()
  return {
    add(index: number, { campaign, results }: Item): void {
      const result = results.at(-1)
      if (!result) return
      const added = add({ id: itemKey(run.id, index), campaign, result })
      under.add(added)
      void added.finally(() => under.delete(added))
    },
    ended: () => Promise.all(under),
  }
}
