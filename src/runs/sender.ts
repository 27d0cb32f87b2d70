// Sends what is left of a run with one token: some items at once, each one push, each written down.

import type { CachedToken, TokenPlace, Tokens } from '../access/tokens.ts'
import type { Outbound } from '../http/client.ts'
import { StoreError } from '../store/open.ts'
import { type Delivered, deliver } from '../sync/push-with-refresh.ts'
import type { History, Settled } from '../sync/sync-log.ts'
import { isRepeatable } from '../vendors/push.ts'
import type { Leg, LegParts } from './attempt.ts'
import { together } from './batch.ts'
import { createMood, type Mood, verdictOf } from './failure-policy.ts'
import { type Filed, type Item, keyOf, type Run } from './run.ts'
import type { Head } from './run-store.ts'
import type { Places } from './vendor-concurrency.ts'

export interface SendParts extends LegParts {
  http: Outbound
  tokens: Tokens
  history: History
  places: Places
}

/** One leg of a run with the token it has; a vendor that renews access by itself changes that on the way. */
export interface Sending {
  run: Run
  leg: Leg
  place: TokenPlace
  token: CachedToken
}

/** As many slots as the vendor may have pushes at once, each sending one item after another. @throws FenceLost */
export async function sendAll(parts: SendParts, sending: Sending): Promise<void> {
  const { run, leg, place, token } = sending
  const mood = createMood(token)
  const renews = place.vendor.lifetime.refresh === 'use'
  const log = createLog(parts, run)
  await leg.write(
    [],
    { state: 'running' },
    { accessEndsAt: renews ? undefined : token.endsAt, account: token.account?.name },
  )

  /** The place at the vendor is asked for anew with each item; an item's end is written beside the next one's begin. */
  const slot = async () => {
    let ended: Promise<void> | undefined
    while (ended || (await leg.goesOn())) {
      const [sent] = await Promise.all([
        parts.places.at(place.vendor, async () => {
          const filed = await leg.begin()
          return filed && { filed, ...(await send(parts, sending, filed, mood)) }
        }),
        ended,
      ])
      ended = sent && leg.record(sent.filed, sent.to, sent.set)
      if (sent && sent.to.state !== 'left') log.add(sent.filed.index, sent.to)
    }
  }
  const slots = Math.min(place.vendor.api.concurrency, run.left)
  const ends = await Promise.allSettled(Array.from({ length: slots }, slot))
  await log.ended()
  for (const one of ends) if (one.status === 'rejected') throw one.reason
}

/** One push of one item; gives the item as it then is, and what else there is to write. */
async function send(parts: SendParts, sending: Sending, filed: Filed, mood: Mood) {
  const { run, leg, place, token } = sending
  const { item } = filed
  const campaign = parts.campaign(item.campaign)
  const renews = place.vendor.lifetime.refresh === 'use'
  if (Date.now() >= token.endsAt && !renews) leg.halt('access')
  if (!campaign || leg.halted === 'access') return { to: { ...item, state: 'left' as const }, set: {} }
  const started = Date.now()
  const delivery = { place, campaign, key: keyOf(run.id, filed.index), justGranted: true }
  const answer = await deliver(parts, delivery, token).catch(onlyStoreAway(token))
  sending.token = answer.token
  const repeatable = isRepeatable(place.vendor)
  const took = { tookMs: Date.now() - started, by: answer.token.account?.name }
  const { halt, pauseMs } = mood.after(answer)
  if (halt) leg.halt(halt)
  const until = pauseMs > 0 ? leg.pause(pauseMs) : undefined
  const set: Head = answer.kind === 'limited' ? { waitUntil: until } : {}
  return { to: verdictOf(item, answer, took, repeatable), set }
}

/** `deliver` meets the store only where access has ended. */
function onlyStoreAway(token: CachedToken) {
  return (error: unknown): Delivered => {
    if (error instanceof StoreError) return { kind: 'expired', maybeApplied: false, token }
    throw error
  }
}

/** Tells the campaigns' own pages, in the same moment as the run's writes; the run does not depend on it. */
function createLog({ history, event }: SendParts, run: Run) {
  const add = together(async (settled: Settled[]) => {
    const lost = () =>
      event('run.unlogged', { run: run.id, campaigns: settled.map(({ campaign }) => campaign) })
    await history.addAll(run.vendor, settled).catch(lost)
    return settled
  })
  const under = new Set<Promise<unknown>>()
  return {
    add(index: number, { campaign, results }: Item): void {
      const result = results.at(-1)
      if (!result) return
      const added = add({ id: keyOf(run.id, index), campaign, result })
      under.add(added)
      void added.finally(() => under.delete(added))
    },
    ended: () => Promise.all(under),
  }
}
