// One delivery: a campaign, a key and a token. What syncs and runs have in common.
import { setTimeout as wait } from 'node:timers/promises'
import type { Campaign } from '../campaigns/campaign.ts'
import type { Http } from '../http.ts'
import type { CachedToken, TokenPlace, Tokens } from '../session/tokens.ts'
import { type PushAnswer, push } from '../vendors/push.ts'

export interface Delivery {
  place: TokenPlace
  campaign: Campaign
  /** Idempotency-Key: the same for every try of this push. */
  key: string
  /** Access was granted for this very push, moments ago. */
  justGranted: boolean
}

/**
 * Pushes with the token. A token that the vendor calls expired is dropped from the cache, if it is still the one
 * there, before this gives `expired`: what follows is an authorization. Rejects when the store does.
 */
export async function deliver(
  parts: { http: Http; tokens: Tokens },
  delivery: Delivery,
  token: CachedToken,
): Promise<PushAnswer> {
  const answer = await pushFresh(parts.http, delivery, token)
  if (answer.kind === 'expired') await parts.tokens.drop(delivery.place, token)
  return answer
}

/** Some vendors refuse a token for the first seconds of its life: one just granted is tried again before that is believed. */
async function pushFresh(http: Http, { place, campaign, key, justGranted }: Delivery, token: CachedToken) {
  const graceEnds = token.obtainedAt + place.vendor.lifetime.freshGraceSeconds * 1000
  for (let pause = 1000; ; pause *= 2) {
    const answer = await push(http, place.vendor, campaign, token.accessToken, key)
    if (answer.kind !== 'expired' || !justGranted || Date.now() + pause > graceEnds) return answer
    await wait(pause)
  }
}
