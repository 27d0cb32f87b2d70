// What the one who may push does with a click: finds access, pushes once, renews access once at the most.

import { renew } from '../access/refresh.ts'
import type { CachedToken, Tokens } from '../access/tokens.ts'
import type { Outbound } from '../http/client.ts'
import { isRepeatable } from '../vendors/push.ts'
import { noAccess, settled, told, waiting } from './ends.ts'
import { type Intent, type Intents, isDone, isEarly } from './intents.ts'
import { deliver } from './push-with-refresh.ts'
import { type Click, placeOf } from './sync-request.ts'

export interface CarryParts {
  http: Outbound
  tokens: Tokens
  intents: Intents
}

/** Gives the intent as it then is: nothing is done for one that is done. `stored`: it lies in the store as sending. */
export async function carry(
  parts: CarryParts,
  click: Click,
  token: CachedToken | undefined,
  stored: boolean,
): Promise<Intent> {
  const { intent, vendor } = click
  if (isDone(intent) || isEarly(intent)) return intent
  const repeatable = isRepeatable(vendor)
  if (intent.maybeSent && !repeatable && !click.sendAgain) return settled(intent, { kind: 'unknown' })
  const access = token ? { token } : await renew(parts, placeOf(click.owner, click.vendor, click.campaign))
  if ('trouble' in access && access.trouble)
    return settled(intent, { kind: 'unavailable', ...told(access.trouble) })
  if (!access.token) return intent.approved ? settled(intent, { kind: 'refused' }) : waiting(intent)
  if (!stored) await parts.intents.save(click.owner, { ...intent, state: 'sending', maybeSent: true })
  return pushWith(parts, click, access.token)
}

async function pushWith(parts: CarryParts, click: Click, token: CachedToken): Promise<Intent> {
  const { campaign, intent } = click
  const started = Date.now()
  const delivery = {
    place: placeOf(click.owner, click.vendor, click.campaign),
    campaign,
    key: intent.id,
    justGranted: intent.approved,
  }
  const answer = await deliver(parts, delivery, token)
  const pushed = { ...intent, maybeSent: intent.maybeSent || answer.maybeApplied }
  if (answer.kind === 'expired') return noAccess(click.vendor, pushed, answer)
  return settled(pushed, {
    kind: answer.kind === 'ok' ? 'sent' : answer.kind,
    tookMs: Date.now() - started,
    connected: intent.approved,
    ...(answer.token.account && { by: answer.token.account.name }),
    ...told(answer),
  })
}
