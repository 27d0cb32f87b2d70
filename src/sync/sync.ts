// The heart: one campaign, one intent. Of all who want it one pushes, the end is written down, and all are told it.
import { setTimeout as wait } from 'node:timers/promises'
import { unrecorded } from '../errors.ts'
import { type CarryParts, carry } from './attempt.ts'
import { type Intent, isDone, isEarly } from './intents.ts'
import type { Claims, Held, Slot, Taken } from './push-lock.ts'
import type { History } from './sync-log.ts'
import { type Click, placeOf } from './sync-request.ts'

/** ms to wait for somebody else who is pushing the same campaign for the same person. */
const JOIN_MS = 12_000

export interface SyncParts extends CarryParts {
  claims: Claims
  history: History
  /** Says in the log what nobody is told. */
  event(name: string, fields: object): void
}

/** `authorize`: access is needed and the intent waits. `settled`: see its result; none when it is still under way. */
export interface SyncEnd {
  next: 'authorize' | 'settled'
  intent: Intent
}

/**
 * Carries a click as far as it goes without the person: to `authorize` (access is needed; the intent waits), or
 * to the settled intent. Parallel calls for one campaign of one person push once and get the same end.
 * Rejects when the store cannot be relied on; nothing is sent unless the intent was stored before.
 */
export async function sync(parts: SyncParts, click: Click): Promise<SyncEnd> {
  const slot = { owner: click.owner, vendor: click.vendor.id, campaign: click.campaign.id }
  for (const patience = Date.now() + JOIN_MS; ; ) {
    const [claim, stored, token] = await Promise.all([
      parts.claims.take(slot, click.intent.id),
      parts.intents.add(click.owner, { ...click.intent, state: 'sending', maybeSent: true }),
      parts.tokens.get(placeOf(click.owner, click.vendor, click.campaign)),
    ])
    if (claim.mine) {
      const isNew = stored === undefined && claim.intent === click.intent.id
      const intent = isNew ? click.intent : await adopt(parts, click, claim.intent, stored)
      const held = intent.id === claim.intent ? claim : await parts.claims.pass(slot, claim, intent.id)
      if (!held.mine) continue
      const end = await parts.claims.holding(slot, held, () =>
        carry(parts, { ...click, intent }, token, isNew),
      )
      await record(parts, slot, held, intent, end)
      return endOf(end)
    }
    const end = await join(parts, click, claim, patience)
    if (end) return end
  }
}

function endOf(intent: Intent): SyncEnd {
  return { next: intent.state === 'waiting' ? 'authorize' : 'settled', intent }
}

/**
 * Somebody is pushing this campaign for this person: their end is ours too, told on our own page. Undefined when
 * their lease ended without one: they may be dead, and the slot is to be tried again.
 */
async function join({ intents }: SyncParts, { owner, intent: own }: Click, claim: Taken, patience: number) {
  if (claim.intent !== own.id) await intents.remove(owner, own.id)
  const ended = ({ state, approved }: Intent) => state === 'settled' || (state === 'waiting' && !approved)
  const end = await intents.until(owner, claim.intent, ended, Math.min(claim.until, patience) - Date.now())
  if (!end && Date.now() < patience) return undefined
  if (end && end.id !== own.id && isBefore(end, own)) {
    await wait(100) // its holder is about to free the slot, or died before it could
    return undefined
  }
  return endOf({ ...(end ?? own), state: end?.state ?? 'sending', referrer: own.referrer })
}

/** It was done before this click was made: that was another push. */
function isBefore(end: Intent, click: Intent): boolean {
  return isDone(end) && (end.result?.at ?? 0) < click.createdAt
}

/** An unfinished intent was there before: this click goes on with it, under its key, and returns to its own page. */
async function adopt(
  parts: SyncParts,
  { owner, intent: own }: Click,
  id: string,
  stored: Intent | undefined,
) {
  const found = id === own.id ? stored : await parts.intents.get(owner, id)
  if (!found || (id !== own.id && isDone(found))) return stored ?? own
  if (id !== own.id) await parts.intents.remove(owner, own.id)
  return { ...found, referrer: own.referrer, approved: own.approved }
}

/**
 * Writes the end down. The slot is freed only when that is done: else the next click would be another push; and while
 * the vendor wants to be left alone the next click waits for the same moment. The log lies elsewhere, in a cluster at
 * another master: what it cannot take is still done, and told by the intent.
 */
async function record(
  { intents, claims, history, event }: SyncParts,
  slot: Slot,
  claim: Held,
  before: Intent,
  end: Intent,
) {
  const open = (end.maybeSent && !isDone(end)) || isEarly(end)
  const isNews = end.state === 'settled' && end.result !== before.result
  const written = open
    ? intents.save(slot.owner, end).then(() => claims.leave(slot, claim))
    : intents.saveAndFree(slot.owner, end, claims.lockOf(slot, claim))
  const unlogged = () => event('sync.unlogged', { intent: end.id, campaign: end.campaign })
  try {
    await Promise.all([written, isNews ? history.add(end).catch(unlogged) : undefined])
  } catch (error) {
    throw isNews && (end.maybeSent || end.result?.kind === 'sent') ? unrecorded(error) : error
  }
}
