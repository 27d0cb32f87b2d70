// What the one who may push does with a click: finds access, pushes once, renews access once at the most.

import { refreshToken } from '../access/refresh.ts'
import type { CachedToken, Tokens } from '../access/tokens.ts'
import type { Outbound } from '../http/client.ts'
import { isRepeatable } from '../vendors/push.ts'
import { awaitAccess, resultFields, settled, tokenRefused } from './ends.ts'
import { type Intent, type Intents, isDone, isEarly } from './intents.ts'
import { pushWithRefresh } from './push-with-refresh.ts'
import { campaignTokenKey, type SyncRequest } from './sync-request.ts'

export interface AttemptDeps {
  http: Outbound
  tokens: Tokens
  intents: Intents
}

/** Gives the intent as it then is: nothing is done for one that is done. `stored`: it lies in the store as sending. */
export async function attempt(
  deps: AttemptDeps,
  request: SyncRequest,
  token: CachedToken | undefined,
  stored: boolean,
): Promise<Intent> {
  const { intent, vendor } = request
  if (isDone(intent) || isEarly(intent)) return intent
  const repeatable = isRepeatable(vendor)
  if (intent.maybeSent && !repeatable && !request.sendAgain)
    return settled(intent, { kind: 'unknown' })
  const access = token
    ? { token }
    : await refreshToken(deps, campaignTokenKey(request.owner, request.vendor, request.campaign))
  if ('trouble' in access && access.trouble)
    return settled(intent, { kind: 'unavailable', ...resultFields(access.trouble) })
  if (!access.token)
    return intent.approved ? settled(intent, { kind: 'refused' }) : awaitAccess(intent)
  if (!stored)
    await deps.intents.save(request.owner, { ...intent, state: 'sending', maybeSent: true })
  return pushWith(deps, request, access.token)
}

async function pushWith(
  deps: AttemptDeps,
  request: SyncRequest,
  token: CachedToken,
): Promise<Intent> {
  const { campaign, intent } = request
  const started = Date.now()
  const push = {
    tokenKey: campaignTokenKey(request.owner, request.vendor, request.campaign),
    campaign,
    key: intent.id,
    justGranted: intent.approved,
  }
  const response = await pushWithRefresh(deps, push, token)
  const pushed = { ...intent, maybeSent: intent.maybeSent || response.maybeApplied }
  if (response.kind === 'expired') return tokenRefused(request.vendor, pushed, response)
  return settled(pushed, {
    kind: response.kind === 'ok' ? 'sent' : response.kind,
    tookMs: Date.now() - started,
    connected: intent.approved,
    ...(response.token.account && { by: response.token.account.name }),
    ...resultFields(response),
  })
}
