// What the holder of the push lock does with an intent: finds access, pushes, and says how that ended.
import { refreshToken } from '../access/refresh.ts'
import type { Tokens } from '../access/tokens.ts'
import type { Outbound } from '../http/client.ts'
import { incompleteness } from '../vendors/needs.ts'
import type { PushResponse } from '../vendors/push.ts'
import type { Turn } from './acquire.ts'
import {
  type AttemptEnd,
  awaitAccess,
  type Intent,
  idempotencyKeyOf,
  resultOf,
  settle,
} from './intent.ts'
import type { Links } from './links.ts'
import { type PushWithToken, pushWithRefresh } from './push-with-refresh.ts'
import { campaignTokenKey, type SyncRequest, versionToFind } from './sync-request.ts'

export interface AttemptDeps {
  http: Outbound
  tokens: Tokens
  links: Links
}

/** Returns the intent: settled, unconfirmed, or waiting for access. @throws StoreError */
export async function attempt(
  deps: AttemptDeps,
  { owner, vendor, objectChoice }: SyncRequest,
  turn: Turn,
): Promise<Intent> {
  const { intent, campaign } = turn
  if (!campaign) return settle(intent, UNANSWERED)
  const lacks = incompleteness(vendor, campaign)
  if (lacks)
    return settle(intent, { ...resultFields(lacks), kind: 'incomplete', maybeApplied: false })
  const tokenKey = campaignTokenKey(owner, vendor, campaign)
  const access = turn.token ? { token: turn.token } : await refreshToken(deps, tokenKey)
  if ('failure' in access && access.failure) {
    const about = resultFields(access.failure)
    return settle(intent, { ...about, kind: 'unavailable', maybeApplied: false })
  }
  if (!access.token) return intent.approved ? settle(intent, REFUSED) : awaitAccess(intent)

  const started = Date.now()
  const push = {
    tokenKey,
    campaign,
    key: idempotencyKeyOf(intent),
    justGranted: intent.approved,
    mayStillSend: () => Date.now() < turn.lock.until,
    uncertainSince: intent.uncertain ? sentAt(turn) : undefined,
    sentBefore: versionToFind({ vendor, campaign }, intent),
    objectChoice: chosen(objectChoice, turn),
  }
  const response = await pushWithRefresh(deps, push, access.token)
  const about = { ...resultFields(response), tookMs: Date.now() - started }
  if (response.kind === 'expired') return tokenRefused(vendor, intent, response)
  return settle(intent, {
    ...about,
    kind: response.kind,
    maybeApplied: response.maybeApplied,
    connected: intent.approved,
    by: response.token.account?.name,
  })
}

/** A new object is wanted in the place of what they were shown. */
function chosen(choice: SyncRequest['objectChoice'], { before }: Turn) {
  if (!choice || 'use' in choice) return choice
  return { ...choice, insteadOf: resultOf(before)?.externalId }
}

const UNANSWERED: AttemptEnd = { kind: 'unknown', maybeApplied: true }
const REFUSED: AttemptEnd = { kind: 'refused', maybeApplied: false }

/** When the request with the uncertain end was sent at the latest, ms since 1970. */
function sentAt({ before }: Turn): number {
  return resultOf(before)?.at ?? Date.now()
}

/** The vendor refuses the token: OAuth asks the person to approve once, a key form as often as they type a key. */
function tokenRefused(
  vendor: SyncRequest['vendor'],
  intent: Turn['intent'],
  response: PushWithToken,
): Intent {
  const { maybeApplied } = response
  const uncertain = intent.uncertain || maybeApplied
  if (!intent.approved) return awaitAccess({ ...intent, uncertain })
  const refused: AttemptEnd = { ...resultFields(response), kind: 'refused', maybeApplied }
  if (vendor.client.auth !== 'key') return settle(intent, refused)
  const { kind: _, maybeApplied: __, ...about } = refused
  return awaitAccess({ ...intent, uncertain }, { ...about, kind: 'refused', at: Date.now() })
}

export function resultFields({ candidates, ...response }: Partial<PushResponse>) {
  const { status, message, externalId, retryAfter } = response
  const retryAt = retryAfter === undefined ? undefined : Date.now() + retryAfter * 1000
  return { status, message, externalId, retryAt, candidates }
}
