// One delivery: a campaign, a key and a token. What syncs and runs have in common.
import { setTimeout as wait } from 'node:timers/promises'
import { type RenewParts, renew } from '../access/refresh.ts'
import { grantOf } from '../access/token-key.ts'
import type { CachedToken, TokenPlace } from '../access/tokens.ts'
import type { Campaign } from '../campaigns/campaign.ts'
import type { Outbound } from '../http/client.ts'
import { type PushAnswer, push } from '../vendors/push.ts'
import { withValues } from '../vendors/values.ts'

interface DeliverParts extends RenewParts {
  http: Outbound
}

export interface Delivery {
  place: TokenPlace
  campaign: Campaign
  /** Idempotency-Key: the same for every try of this push. */
  key: string
  /** Access was granted for this very push, moments ago. */
  justGranted: boolean
}

/** The vendor's answer, and the token it was given for: another than before when access was renewed on the way. */
export interface Delivered extends PushAnswer {
  token: CachedToken
}

/**
 * Pushes with the token. One that has ended is renewed before, and one that the vendor calls expired is dropped from
 * the cache, if it is still the one there, and renewed once, where the vendor allows that; the push is then tried once
 * more. `expired`: what follows is an authorization. Rejects when the store does.
 */
export async function deliver(
  parts: DeliverParts,
  delivery: Delivery,
  token: CachedToken,
): Promise<Delivered> {
  const { place } = delivery
  const first = token.endsAt > Date.now() ? { token } : await renew(parts, place, token)
  if ('trouble' in first && first.trouble) return { ...first.trouble, token }
  const used = first.token ?? token
  const answer = await pushFresh(parts.http, delivery, used)
  if (answer.kind !== 'expired') return { ...answer, token: used }
  await parts.tokens.drop(place, used)
  const next = await renew(parts, place, used)
  const { maybeApplied } = answer
  if (!next.token) return { ...answer, ...next.trouble, maybeApplied, token: used }
  const again = await pushFresh(parts.http, { ...delivery, justGranted: false }, next.token)
  if (again.kind === 'expired') await parts.tokens.drop(place, next.token)
  const open = again.kind !== 'ok' && (maybeApplied || again.maybeApplied)
  return { ...again, maybeApplied: open, token: next.token }
}

/** Some vendors refuse a token for the first seconds of its life: one just granted is tried again before that is believed. */
async function pushFresh(http: Outbound, delivery: Delivery, token: CachedToken): Promise<PushAnswer> {
  const { place, campaign, key, justGranted } = delivery
  const vendor = withValues(place.vendor, token.values)
  const own = http.of(grantOf(place))
  const mayRetry = justGranted && vendor.client.auth !== 'key'
  const graceEnds = token.obtainedAt + vendor.lifetime.freshGraceSeconds * 1000
  for (let pause = 1000; ; pause *= 2) {
    const answer = await push(own, vendor, campaign, token.accessToken, key)
    if (answer.kind !== 'expired' || !mayRetry || Date.now() + pause > graceEnds) return answer
    await wait(pause)
  }
}
