// What becomes of an item of a run, by the rules of sync/intent.ts: a key belongs to one content, uncertain stays uncertain.
import type { Campaign } from '../campaigns/campaign.ts'
import { type AttemptEnd, nextKey, type Result, resultOfEnd } from '../sync/intent.ts'
import { versionToSend } from '../sync/sync-request.ts'
import { isRepeatable } from '../vendors/push.ts'
import { contentHash } from '../vendors/request.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { type Item, itemId, type Run, type StoredItem } from './run.ts'

const ATTEMPTS_KEPT = 5

/** What to do with an open item: send this version of its campaign, or, without one, write the item down as it now is. */
export interface ItemTurn {
  item: Item
  campaign?: Campaign
}

/** Decides about an open item: what is sent of it next is written down in the item before. Pure but for the clock. */
export function turnOf(
  stored: StoredItem,
  run: string,
  vendor: Vendor,
  campaign?: Campaign,
): ItemTurn {
  const { item } = stored
  const uncertain = isUncertain(item)
  if (!campaign) return { item: uncertain ? unknown(item, GONE) : { ...item, state: 'skipped' } }
  const version = versionToSend({ vendor, campaign }, { ...item, uncertain })
  if (!version) return { item: unknown(item, isRepeatable(vendor) ? CHANGED : UNANSWERED) }
  const content = contentHash(vendor, version)
  const isOther = item.content !== undefined && item.content !== content
  const begun: Item = {
    ...(isOther ? underNextKey(stored, run) : item),
    state: 'sending',
    content,
    sent: versionToKeep(vendor, version, uncertain ? item.sent : undefined),
    uncertain: uncertain || undefined,
  }
  return { item: begun, campaign: version }
}

/** What is known of it once its answer is lost: to be sent again, or looked for; then of several versions the first. */
function versionToKeep(vendor: Vendor, version: Campaign, before: Item['sent']): Item['sent'] {
  if (isRepeatable(vendor)) return version
  return vendor.api.create && (before ?? version)
}

export function unanswered(item: Item): Item {
  return unknown(item, UNANSWERED)
}

export interface ItemEnd extends Omit<AttemptEnd, 'kind'> {
  kind: AttemptEnd['kind'] | 'expired'
}

/** The item after a request: settled, or left for another attempt. `current`: the campaign as it is now. */
export function settleItem(
  stored: StoredItem,
  run: string,
  { kind, ...about }: ItemEnd,
  isCurrent: boolean,
): Item {
  const { item } = stored
  const wasUncertain = item.uncertain === true
  if (kind === 'expired' || kind === 'limited')
    return putBack(item, wasUncertain || about.maybeApplied)
  const result = resultOfEnd({ kind, ...about }, wasUncertain)
  if (result.kind === 'unknown') return addResult(item, 'unknown', result)
  if (result.kind !== 'sent') return addResult(known(item), 'failed', result)
  if (isCurrent) return addResult(known(item), 'sent', result)
  return addResult(underNextKey(stored, run), 'left', result)
}

/** The item, to be taken again: under the same key with the same content, while its end is not known. */
export function putBack(item: Item, uncertain: boolean, lostAt = Date.now()): Item {
  if (!uncertain) return { ...item, state: 'left', uncertain: undefined }
  return { ...item, state: 'left', uncertain, lostAt }
}

/** When the request with the uncertain end was sent at the latest: by this runner, or by one before it. */
export function sentAt({ results, lostAt = 0 }: Item, { legAt }: Run): number {
  return Math.max(results.at(-1)?.at ?? 0, lostAt, legAt)
}

/** What a person decided: `again` goes on with an unknown push, `new` sends another in its stead. */
export type Retry = 'again' | 'new'

/** An item that ended without success, to be sent again. After a plain no it is another push, under another key. */
export function reopenItem(stored: StoredItem, run: string, retry: Retry): Item {
  const { item } = stored
  if (item.state === 'unknown' && retry === 'again') return putBack(item, true, item.lostAt)
  // Items of versions that took an error of the vendor's own for a no.
  if (item.results.at(-1)?.kind === 'unavailable') return putBack(item, item.content === undefined)
  return { ...underNextKey(stored, run), state: 'left' }
}

const UNANSWERED = 'The app ended before the answer came.'
const CHANGED = 'It has changed since it was sent, and what was sent is no longer known.'
const GONE = 'It is no longer in the campaign file.'

function isUncertain({ state, uncertain = false }: Item): boolean {
  return uncertain || state === 'sending' || state === 'unknown'
}

function unknown(item: Item, message: string): Item {
  return addResult({ ...item, uncertain: true }, 'unknown', {
    kind: 'unknown',
    at: Date.now(),
    message,
  })
}

function known(item: Item): Item {
  return { ...item, sent: undefined, uncertain: undefined, lostAt: undefined }
}

function underNextKey({ index, item }: StoredItem, run: string): Item {
  const key = nextKey({ id: itemId(run, index), key: item.key })
  return { ...known(item), content: undefined, key }
}

function addResult(item: Item, state: Item['state'], result: Result): Item {
  return { ...item, state, results: [...item.results, result].slice(-ATTEMPTS_KEPT) }
}
