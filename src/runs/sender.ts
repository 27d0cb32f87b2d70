// Sends what is left of a run with one token: some items at once, each one push, each written down.

import type { TokenKey } from '../access/token-key.ts'
import type { CachedToken, Tokens } from '../access/tokens.ts'
import type { Outbound } from '../http/client.ts'
import { StoreError } from '../store/open.ts'
import { resultFields } from '../sync/attempt.ts'
import type { Links } from '../sync/links.ts'
import { type PushWithToken, pushWithRefresh } from '../sync/push-with-refresh.ts'
import type { Settled, SyncLog } from '../sync/sync-log.ts'
import { contentOf } from '../sync/sync-request.ts'
import type { Vendor } from '../vendors/vendor.ts'
import type { BegunItem, RunAttempt, RunAttemptDeps } from './attempt.ts'
import { batched } from './batch.ts'
import { createFailurePolicy, type FailurePolicy } from './failure-policy.ts'
import { putBack, settleItem } from './item-states.ts'
import { type Item, itemId, itemKey, type Run } from './run.ts'
import type { RunHead } from './run-store.ts'
import type { VendorConcurrency } from './vendor-concurrency.ts'

export interface SenderDeps extends RunAttemptDeps {
  http: Outbound
  tokens: Tokens
  syncLog: SyncLog
  links: Links
  vendorConcurrency: VendorConcurrency
}

/** One attempt at a run with its token, which changes on the way where the vendor refreshes it. */
export interface RunWithToken {
  run: Run
  attempt: RunAttempt
  tokenKey: TokenKey
  token: CachedToken
}

/** As many lanes as the vendor may have pushes at once, each sending one item after another. @throws FencingTokenLost */
export async function sendAll(deps: SenderDeps, runWithToken: RunWithToken): Promise<void> {
  const { run, attempt, tokenKey, token } = runWithToken
  const failurePolicy = createFailurePolicy(token)
  const refreshes = tokenKey.vendor.lifetime.refresh === 'use'
  const log = createLog(deps, run)
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
          return stored && { stored, ...(await send(deps, runWithToken, stored, failurePolicy)) }
        }),
        ended,
      ])
      ended = sent && attempt.record(sent.stored, sent.to, sent.set)
      if (sent && sent.to.state !== 'left') log.add(sent.stored.index, sent.to)
    }
  }
  const lanes = Math.min(tokenKey.vendor.api.concurrency, run.left)
  const ends = await Promise.allSettled(Array.from({ length: lanes }, lane))
  await log.ended()
  for (const one of ends) if (one.status === 'rejected') throw one.reason
}

/** One push of one item; gives the item as it then is, and what else there is to write. */
async function send(
  deps: SenderDeps,
  runWithToken: RunWithToken,
  begun: BegunItem,
  failurePolicy: FailurePolicy,
): Promise<{ to: Item; set: RunHead }> {
  const { run, attempt, tokenKey, token } = runWithToken
  const { item, campaign } = begun
  if (Date.now() >= token.endsAt && tokenKey.vendor.lifetime.refresh !== 'use')
    attempt.halt('access')
  const wasUncertain = item.uncertain === true
  if (attempt.halted === 'access') return { to: putBack(item, wasUncertain), set: {} }
  const started = Date.now()
  const permission = sendPermission(attempt)
  const response = await pushWithRefresh(
    deps,
    {
      tokenKey,
      campaign,
      key: itemKey(run.id, begun),
      justGranted: true,
      uncertainSince: wasUncertain ? (item.results.at(-1)?.at ?? run.startedAt) : undefined,
      mayStillSend: permission.check,
    },
    token,
  ).catch(onlyStoreAway(token, permission))
  runWithToken.token = response.token
  if (permission.refused && response.kind === 'unreachable')
    return { to: putBack(item, wasUncertain || response.maybeApplied), set: {} }
  const end = {
    ...resultFields(response),
    kind: response.kind,
    maybeApplied: response.maybeApplied,
    tookMs: Date.now() - started,
    by: response.token.account?.name,
  }
  const to = settleItem(begun, run.id, end, isCurrent(tokenKey.vendor, begun, deps.campaign))
  return { to, set: act(attempt, failurePolicy, response) }
}

/** Says whether a request may leave; `sent` counts those that might, `refused`: one might not. */
function sendPermission(attempt: RunAttempt) {
  const permission = {
    sent: 0,
    refused: false,
    check(): boolean {
      const may = attempt.mayStillSend()
      if (may) permission.sent += 1
      else permission.refused = true
      return may
    },
  }
  return permission
}

/** Whether what was sent is the campaign as it is now; one that is gone meanwhile has no newer version. */
function isCurrent(
  vendor: Vendor,
  { item, campaign: sent }: BegunItem,
  campaignNow: SenderDeps['campaign'],
): boolean {
  const campaign = campaignNow(item.campaign)
  return !campaign || contentOf({ vendor, campaign }) === contentOf({ vendor, campaign: sent })
}

/** Halts the run or lets it pause; gives what there is to write about that. */
function act(attempt: RunAttempt, failurePolicy: FailurePolicy, response: PushWithToken): RunHead {
  const { halt, pauseMs } = failurePolicy.after(response)
  if (halt) attempt.halt(halt)
  const until = pauseMs > 0 ? attempt.pause(pauseMs) : undefined
  return response.kind === 'limited' ? { waitUntil: until } : {}
}

/** A push meets the store where access has ended: the last request was answered so, one before it may have been applied. */
function onlyStoreAway(token: CachedToken, { sent }: { sent: number }) {
  return (error: unknown): PushWithToken => {
    if (error instanceof StoreError) return { kind: 'expired', maybeApplied: sent > 1, token }
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
      const added = add({ id: itemId(run.id, index), campaign, result })
      under.add(added)
      void added.finally(() => under.delete(added))
    },
    ended: () => Promise.all(under),
  }
}
