// Sends what is left of a run with one token: some items at once, each one push, each written down.
import type { Http } from '../http.ts'
import type { CachedToken, TokenPlace, Tokens } from '../session/tokens.ts'
import { StoreError } from '../store/open.ts'
import { deliver } from '../sync/deliver.ts'
import type { History } from '../sync/history.ts'
import type { PushAnswer } from '../vendors/push.ts'
import type { Head } from './ledger.ts'
import type { Leg, LegParts } from './leg.ts'
import { createMood, type Mood, verdictOf } from './mood.ts'
import { type Filed, type Item, keyOf, type Run } from './run.ts'

export interface SendParts extends LegParts {
  http: Http
  tokens: Tokens
  history: History
}

/** One leg of a run with the token it has. */
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
  const logged = new Set<Promise<void>>()
  await leg.write([], { state: 'running' }, { accessEndsAt: token.endsAt, account: token.account?.name })

  const slot = async () => {
    for (let filed = await leg.begin(); filed; ) {
      const { to, set } = await send(parts, sending, filed, mood)
      const next = leg.begin({ filed, to }, set)
      if (to.state !== 'left') keep(logged, log(parts, run, filed.index, to))
      filed = await next
    }
  }
  const slots = Math.min(place.vendor.api.concurrency, run.left)
  const ends = await Promise.allSettled(Array.from({ length: slots }, slot))
  await Promise.all(logged)
  for (const one of ends) if (one.status === 'rejected') throw one.reason
}

/** One push of one item; gives the item as it then is, and what else there is to write. */
async function send(parts: SendParts, { run, leg, place, token }: Sending, filed: Filed, mood: Mood) {
  const { item } = filed
  const campaign = parts.campaign(item.campaign)
  if (Date.now() >= token.endsAt) leg.halt('access')
  if (!campaign || leg.halted === 'access') return { to: { ...item, state: 'left' as const }, set: {} }
  const started = Date.now()
  const delivery = { place, campaign, key: keyOf(run.id, filed.index), justGranted: true }
  const answer = await deliver(parts, delivery, token).catch(onlyStoreAway)
  const repeatable = place.vendor.api.push.idempotencyHeader !== undefined
  const took = { tookMs: Date.now() - started, by: token.account?.name }
  const { halt, pauseMs } = mood.after(answer)
  if (halt) leg.halt(halt)
  const until = pauseMs > 0 ? leg.pause(pauseMs) : undefined
  const set: Head = answer.kind === 'limited' ? { waitUntil: until } : {}
  return { to: verdictOf(item, answer, took, repeatable), set }
}

/** `deliver` meets the store only to forget a token that the vendor called expired. */
function onlyStoreAway(error: unknown): PushAnswer {
  if (error instanceof StoreError) return { kind: 'expired', maybeApplied: false }
  throw error
}

/** Tells the campaign's own page; the run does not depend on it. */
async function log({ history, event }: SendParts, run: Run, index: number, item: Item): Promise<void> {
  const { campaign, results } = item
  const entry = { id: keyOf(run.id, index), vendor: run.vendor, campaign, result: results.at(-1) }
  await history.add(entry).catch(() => event('run.unlogged', { run: run.id, campaign }))
}

function keep(all: Set<Promise<void>>, one: Promise<void>): void {
  all.add(one)
  void one.finally(() => all.delete(one))
}
