// The words people read about a result: one sentence for each, for the banner, the campaign page and JSON alike.
import type { Connection } from '../../access/tokens.ts'
import type { Campaign } from '../../campaigns/campaign.ts'
import type { Action } from '../../errors.ts'
import {
  type Intent,
  idempotencyKeyOf,
  isUncertain,
  type Result,
  resultOf,
} from '../../sync/intent.ts'
import { isChanged } from '../../sync/links.ts'
import type { Standing } from '../../sync/sync-log.ts'
import { maySettle } from '../../vendors/push.ts'
import { contentHash } from '../../vendors/request.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { intentConnectPath } from '../http/paths.ts'
import type { Banner, SyncStatus } from './view-models.ts'

/** The one word of a result. What lacks a field was not sent: it failed at nobody. */
export function syncStatus(result: Pick<Result, 'kind'> | undefined): SyncStatus {
  switch (result?.kind) {
    case undefined:
    case 'incomplete':
      return 'Not synced'
    case 'sent':
      return 'Synced'
    case 'partly':
      return 'Partly'
    case 'unknown':
    case 'ambiguous':
      return 'Unknown'
    default:
      return 'Failed'
  }
}

/** The one word of a press. */
export function intentStatus(intent: Intent): SyncStatus {
  return isOpen(intent) ? 'Unknown' : syncStatus(resultOf(intent))
}

/** What was sent under it, or under the push it has joined, has no known end yet. */
function isOpen(intent: Intent): boolean {
  return isUncertain(intent) || intent.state === 'sending' || intent.state === 'requested'
}

/** The one word of a campaign at a vendor: of its last push, or that it has changed since that was accepted. */
export function campaignStatus(
  vendor: Vendor,
  campaign: Campaign,
  last: Standing | undefined,
): SyncStatus {
  const status = syncStatus(last)
  return status === 'Synced' && isChanged(vendor, campaign, last?.accepted) ? 'Changed' : status
}

type Named = Pick<Vendor, 'name'>

/** What happened and what to do, in plain words; names are set apart by the view. */
export function sentenceOf(result: Result, vendor: Named, campaign: string): string {
  const until = result.retryAt === undefined ? 'in a minute' : `at ${iso(result.retryAt)}`
  switch (result.kind) {
    case 'sent':
      return `${campaign} synced.${result.changed ? ' It was changed after the page was shown; the version of now was sent.' : ''}`
    case 'failed':
      return `${vendor.name} did not accept ${campaign}${reasonOf(result)}. Correct it and sync again.`
    case 'forbidden':
      return `${vendor.name} says this access may not change ${campaign}${reasonOf(result)}. Renew access with an account that may.`
    case 'refused':
      return result.status === undefined
        ? `Access to ${vendor.name} was gone before it could be used. Nothing was synced.`
        : `${vendor.name} gave access and then refused it. Nothing was synced.`
    case 'limited':
      return `${vendor.name} asked us to slow down. Try again ${until}.`
    case 'unavailable':
      return `${vendor.name} is not answering properly. ${campaign} is waiting.${result.retryAt === undefined ? '' : ` Try again ${until}.`}`
    case 'unreachable':
      return `${vendor.name} is not answering. Nothing was sent; ${campaign} is waiting.`
    case 'busy':
      if (result.message !== undefined)
        return `Somebody else is making ${campaign} at ${vendor.name} at this moment. Nothing was sent.`
      return `An earlier version of ${campaign} is still being synced. This one was not sent yet.`
    case 'incomplete':
      return `${campaign} cannot go to ${vendor.name} yet: ${result.message}. Nothing was sent.`
    case 'gone':
      return `${vendor.name} no longer has ${campaign}. Nothing was changed there.`
    case 'ambiguous':
      return `We cannot tell whether ${campaign} is at ${vendor.name} already: ${result.message}. Nothing was changed there.`
    case 'partly':
      return `Only a part of ${campaign} is at ${vendor.name}${reasonOf(result)}. The next sync goes on with what is missing.`
    case 'unknown':
      return unknownSentence(result, vendor, campaign)
    case 'denied':
      return `You cancelled at ${vendor.name}. Nothing was synced; ${campaign} is waiting.`
  }
}

/** `: ` and the vendor's own reason, as it said it; nothing when it gave none. */
function reasonOf({ status, message }: Result): string {
  const said = message?.replaceAll(/[\u202a-\u202e\u2066-\u2069]/g, '').replace(/[\s.]+$/, '')
  if (said) return `: ${said}`
  return status === 404 ? ': it does not know it' : ''
}

/** The banner for an intent on the page its click came from. `undefined` result: it is still under way. */
export function bannerOf(
  intent: Intent,
  vendor: Vendor | undefined,
  campaign: Campaign | undefined,
): Banner {
  if (!vendor || !campaign) return removedBanner(intent, vendor, campaign)
  const result = resultOf(intent)
  const names = [campaign.name, ...(result?.by === undefined ? [] : [result.by])]
  if (!result)
    return { tone: 'neutral', text: `${campaign.name} is still being synced.`, names, actions: [] }
  const connected =
    result.kind === 'sent' && result.connected && result.by !== undefined
      ? `Connected as ${result.by}. `
      : ''
  return {
    tone: toneOf(result),
    text: connected + sentenceOfIntent(intent, result, vendor, campaign),
    names,
    ...(result.message !== undefined && { detail: detailOf(result) }),
    ...(result.kind !== 'sent' && { reference: intent.id }),
    actions: actionsOf(intent, vendor, campaign),
  }
}

/** The vendor or the campaign has left its file: how the press ended is told by what is still known, with nothing to do. */
function removedBanner(
  intent: Intent,
  vendor: Named = { name: intent.vendor },
  campaign?: Pick<Campaign, 'name'>,
): Banner {
  const name = campaign?.name ?? intent.campaign
  const removed = campaign
    ? `${vendor.name} is no longer set up here.`
    : 'It is no longer in the campaign file.'
  const result = resultOf(intent)
  const unsent = isOpen(intent)
    ? `We don’t know whether ${vendor.name} got ${name}.`
    : `${name} was not sent.`
  const isKnown = result && (result.kind === 'unknown' || !isOpen(intent))
  const sentence = isKnown ? endOf(result, vendor, name) : unsent
  return {
    tone: isKnown ? toneOf(result) : 'warn',
    text: `${sentence} ${removed}`,
    names: [name],
    ...(result?.kind !== 'sent' && { reference: intent.id }),
    actions: [],
  }
}

/** What happened, where nothing waits or can be done any more. */
function endOf(result: Result, vendor: Named, campaign: string): string {
  switch (result.kind) {
    case 'failed':
      return `${vendor.name} did not accept ${campaign}${reasonOf(result)}.`
    case 'forbidden':
      return `${vendor.name} says this access may not change ${campaign}${reasonOf(result)}.`
    case 'limited':
      return `${vendor.name} asked us to slow down; ${campaign} was not synced.`
    case 'unavailable':
      return `${vendor.name} is not answering properly; ${campaign} was not synced.`
    case 'unreachable':
      return `${vendor.name} is not answering; ${campaign} was not sent.`
    case 'busy':
      return `Another push of ${campaign} was under way; this one was not sent.`
    case 'partly':
      return `Only a part of ${campaign} is at ${vendor.name}${reasonOf(result)}.`
    case 'denied':
      return `You cancelled at ${vendor.name}; ${campaign} was not synced.`
    default:
      return sentenceOf({ ...result, retryAt: undefined }, vendor, campaign)
  }
}

/** What else is known about the intent than its result: an earlier request under it, a version that was not sent. */
function sentenceOfIntent(
  intent: Intent,
  result: Result,
  vendor: Vendor,
  campaign: Campaign,
): string {
  if ((result.kind === 'denied' || result.kind === 'refused') && isUncertain(intent)) {
    const why =
      result.kind === 'denied'
        ? `You cancelled at ${vendor.name}.`
        : `${vendor.name} refused this access.`
    return `${why} We still don’t know whether it got ${campaign.name} before.`
  }
  const isOther = intent.content !== undefined && intent.content !== contentHash(vendor, campaign)
  if (isOther && result.kind === 'sent')
    return `A version of ${campaign.name} synced. This page shows another version of it.`
  const sentence = sentenceOf(result, vendor, campaign.name)
  if (!isUncertain(intent) || !isOther) return sentence
  return `${sentence} ${campaign.name} has changed since, and the new version was not sent.`
}

/** Nothing is claimed of a push that may have been applied, whatever was answered last. */
function unknownSentence({ because, retryAt }: Result, vendor: Named, campaign: string): string {
  const open = `We don’t know whether ${vendor.name} got ${campaign}`
  const until = retryAt === undefined ? '' : ` Try again at ${iso(retryAt)}.`
  switch (because) {
    case 'failed':
      return `${open}: an answer was lost, and the repeat was not accepted.`
    case 'forbidden':
    case 'refused':
      return `${open}: an answer was lost, and then this access was refused.`
    case 'limited':
      return `${open}: an answer was lost, and then it asked us to slow down.${until}`
    case 'unavailable':
      return `${open}: it answered with an error of its own.${until}`
    case 'unreachable':
      return `${open}: an answer was lost, and then none came.`
    default:
      return `${open}.`
  }
}

/** The banner of access that was given where nothing waited for it: Renew. */
export function accessBanner(vendor: Vendor, { account, endsAt, renews }: Connection): Banner {
  const as = account ? ` as ${account.name}` : ''
  const until = renews ? '' : ` Access ends at ${iso(endsAt)}.`
  const text = `Connected to ${vendor.name}${as}.${until}`
  return { tone: 'good', text, names: account ? [account.name] : [], actions: [] }
}

/** Status and the vendor's own words, for the folded technical detail. */
export function detailOf({ status, message }: Result): string {
  return [status === undefined ? [] : `HTTP ${status}`, message ?? []].flat().join(' · ')
}

function toneOf({ kind }: Result): Banner['tone'] {
  if (kind === 'sent') return 'good'
  if (kind === 'denied') return 'neutral'
  return kind === 'failed' || kind === 'forbidden' ? 'bad' : 'warn'
}

function actionsOf(intent: Intent, vendor: Vendor, campaign: Campaign): Action[] {
  const post = `/campaigns/${intent.campaign}/sync`
  const { id, referrer } = intent
  const shown = contentHash(vendor, campaign)
  const again = { vendor: vendor.id, intent: id, referrer, shown }
  const tryAgain = { label: 'Try again', post, fields: again, primary: true }
  const result = resultOf(intent)
  const createIt = { label: 'Create it again', post, fields: { ...again, choice: 'create' } }
  switch (result?.kind) {
    case 'gone':
      return [{ ...createIt, primary: true }]
    case 'ambiguous':
      return [
        ...(result.candidates ?? []).map(({ id, name = id }) => ({
          label: `It is ${name} (${id})`,
          post,
          fields: { ...again, use: id },
        })),
        { ...createIt, label: 'Create a new one' },
      ]
    case 'sent':
    case 'failed':
      return []
    case 'unknown':
      return uncertainActions(vendor, post, { ...again, key: idempotencyKeyOf(intent) })
    case 'forbidden':
      return [
        { label: 'Renew access', href: intentConnectPath(intent), primary: true },
        { ...tryAgain, primary: false },
      ]
    case 'denied':
      if (isUncertain(intent)) return [tryAgain]
      return [
        tryAgain,
        { label: 'Drop it', post: `/campaigns/${intent.campaign}/sync/drop`, fields: again },
      ]
    default:
      return [tryAgain]
  }
}

/** Where the vendor takes a key, trying again applies nothing twice; else only the person can want a new push. */
function uncertainActions(vendor: Vendor, post: string, again: Record<string, string>): Action[] {
  const check = { label: 'Check and sync again', post, fields: { ...again, send: 'again' } }
  if (!maySettle(vendor)) return [{ ...check, primary: true }]
  const asNew = { label: 'Send as a new push', post, fields: { ...again, send: 'new' } }
  return [{ ...check, primary: true }, asNew]
}

function iso(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')
}
