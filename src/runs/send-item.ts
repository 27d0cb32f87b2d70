// One push of one item of a run: whether it may leave, what it came to, and what that means for the item and the run.
import type { TokenKey } from '../access/token-key.ts'
import type { CachedToken, Tokens } from '../access/tokens.ts'
import type { Outbound } from '../http/client.ts'
import { resultFields } from '../sync/attempt.ts'
import type { Links } from '../sync/links.ts'
import { type PushWithToken, pushWithRefresh, StoreAwayInPush } from '../sync/push-with-refresh.ts'
import type { SyncLog } from '../sync/sync-log.ts'
import { versionToFind } from '../sync/sync-request.ts'
import { contentHash } from '../vendors/request.ts'
import type { Vendor } from '../vendors/vendor.ts'
import type { BegunItem, RunAttempt, RunAttemptDeps } from './attempt.ts'
import type { FailurePolicy } from './failure-policy.ts'
import { putBack, sentAt, settleItem } from './item-states.ts'
import { type Item, itemKey, type Run, type RunHead } from './run.ts'
import type { VendorConcurrency } from './throughput.ts'

export interface SenderDeps extends RunAttemptDeps {
  http: Outbound
  tokens: Tokens
  syncLog: SyncLog
  links: Links
  vendorConcurrency: VendorConcurrency
}

/** ms until an item is taken again whose push met a store that is away, or somebody else who makes the object. */
const LATER_MS = 1_000

/** One attempt at a run with its token, which changes on the way where the vendor refreshes it. */
export interface RunWithToken {
  run: Run
  attempt: RunAttempt
  tokenKey: TokenKey
  token: CachedToken
}

/** One push of one item; gives the item as it then is, and what else there is to write. */
export async function sendItem(
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
      sentBefore: versionToFind(
        { vendor: tokenKey.vendor, campaign },
        { uncertain: wasUncertain, sent: item.sent },
      ),
      uncertainSince: wasUncertain ? sentAt(item, run) : undefined,
      mayStillSend: permission.check,
    },
    token,
  ).catch(onlyStoreAway)
  const isAway = response instanceof StoreAwayInPush
  if (!isAway) runWithToken.token = response.token
  if (isAway || response.kind === 'busy') {
    attempt.pause(LATER_MS)
    return { to: putBack(item, wasUncertain || response.maybeApplied), set: {} }
  }
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

/** Decides whether a request may leave. `refused`: one was stopped. */
function sendPermission(attempt: RunAttempt) {
  const permission = {
    refused: false,
    check(): boolean {
      const may = attempt.mayStillSend()
      permission.refused ||= !may
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
  return !campaign || contentHash(vendor, campaign) === contentHash(vendor, sent)
}

/** Halts the run or lets it pause; gives what there is to write about that. */
function act(attempt: RunAttempt, failurePolicy: FailurePolicy, response: PushWithToken): RunHead {
  const { halt, pauseMs } = failurePolicy.after(response)
  if (halt) attempt.halt(halt)
  const until = pauseMs > 0 ? attempt.pause(pauseMs) : undefined
  return response.kind === 'limited' ? { waitUntil: until } : {}
}

function onlyStoreAway(error: unknown): StoreAwayInPush {
  if (error instanceof StoreAwayInPush) return error
  throw error
}
