// The words people read about a result: one sentence for each, for the banner, the campaign page and JSON alike.

import type { Connection } from '../../access/tokens.ts'
import type { Campaign } from '../../campaigns/campaign.ts'
import type { Action } from '../../errors.ts'
import type { Intent, Result } from '../../sync/intents.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { intentConnectPath } from '../http/paths.ts'
import type { Banner, SyncStatus } from './view-models.ts'

/** The one word of a result. */
export function syncStatus(result: Pick<Result, 'kind'> | undefined): SyncStatus {
  if (!result) return 'Not synced'
  if (result.kind === 'sent') return 'Synced'
  return result.kind === 'unknown' ? 'Unknown' : 'Failed'
}

/** What happened and what to do, in plain words; names are set apart by the view. */
export function sentenceOf(result: Result, vendor: Vendor, campaign: string): string {
  const until = result.retryAt === undefined ? 'in a minute' : `at ${iso(result.retryAt)}`
  switch (result.kind) {
    case 'sent':
      return `${campaign} synced.`
    case 'failed':
      return `${vendor.name} did not accept ${campaign}${result.status === 404 ? ': it does not know it' : ''}. Correct it and sync again.`
    case 'forbidden':
      return `${vendor.name} says this access may not change ${campaign}. Renew access with an account that may.`
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
    case 'unknown':
      return `We don’t know whether ${vendor.name} got ${campaign}.`
    case 'denied':
      return `You cancelled at ${vendor.name}. Nothing was synced; ${campaign} is waiting.`
  }
}

/** The banner for an intent on the page its click came from. `undefined` result: it is still under way. */
export function bannerOf(intent: Intent, vendor: Vendor, campaign: Campaign): Banner {
  const { result } = intent
  const names = [campaign.name, ...(result?.by === undefined ? [] : [result.by])]
  if (!result)
    return { tone: 'neutral', text: `${campaign.name} is still being synced.`, names, actions: [] }
  const connected =
    result.kind === 'sent' && result.connected && result.by !== undefined
      ? `Connected as ${result.by}. `
      : ''
  return {
    tone: toneOf(result),
    text: connected + sentenceOf(result, vendor, campaign.name),
    names,
    ...(result.message !== undefined && { detail: detailOf(result) }),
    ...(result.kind !== 'sent' && { reference: intent.id }),
    actions: actionsOf(intent, vendor),
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

function actionsOf(intent: Intent, vendor: Vendor): Action[] {
  const post = `/campaigns/${intent.campaign}/sync`
  const again = { vendor: vendor.id, intent: intent.id, referrer: intent.referrer }
  const tryAgain = { label: 'Try again', post, fields: again, primary: true }
  switch (intent.result?.kind) {
    case 'sent':
    case 'failed':
      return []
    case 'unknown':
      return [
        { label: 'Check and sync again', post, fields: { ...again, send: 'again' }, primary: true },
      ]
    case 'forbidden':
      return [
        { label: 'Renew access', href: intentConnectPath(intent), primary: true },
        { ...tryAgain, primary: false },
      ]
    case 'denied':
      return [
        tryAgain,
        { label: 'Drop it', post: `/campaigns/${intent.campaign}/sync/drop`, fields: again },
      ]
    default:
      return [tryAgain]
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')
}
