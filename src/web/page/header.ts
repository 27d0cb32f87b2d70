// The header's line about each vendor: connected as whom, until when, and Renew.

import type { Connection } from '../../access/connection-list.ts'
import { formatSubject, parseSubject } from '../../access/token-key.ts'
import type { Action } from '../../errors.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { connectPath } from '../http/paths.ts'
import type { ConnectionLine } from './view-models.ts'

/** What a person is connected to, by `<vendor>:<subject>`. */
export type ConnectionSummaries = ReadonlyMap<string, Connection>

/**
 * On a campaign's page that campaign's access, elsewhere the one that lasts longest. Access that serves all campaigns
 * is renewed through `anyCampaign`.
 */
export function connectionLines(
  vendors: Vendor[],
  connections: ConnectionSummaries,
  campaign: string | undefined,
  anyCampaign: string | undefined,
): ConnectionLine[] {
  return vendors.map((vendor) => {
    const about = { vendorName: vendor.name }
    const live = ofVendor(vendor, connections)
    const [best] =
      campaign === undefined
        ? live
        : live.filter(
            ({ subject }) =>
              subject === 'session' ||
              subject === formatSubject({ kind: 'campaign', id: campaign }),
          )
    if (!best) return { ...about, state: 'none' }
    const reauthorize = reauthorizeAction(vendor, best.subject, campaign ?? anyCampaign)
    return {
      ...about,
      state: 'connected',
      ...shownConnection(best.connection),
      ...(reauthorize && { reauthorize }),
    }
  })
}

/** For when the store is away. */
export function unknownLines(vendors: Vendor[]): ConnectionLine[] {
  return vendors.map(({ name }) => ({ vendorName: name, state: 'unknown' }))
}

/** What a person is connected to at a vendor, the longest lasting first. */
export function ofVendor(vendor: Vendor, connections: ConnectionSummaries) {
  const start = `${vendor.id}:`
  return [...connections]
    .filter(([name]) => name.startsWith(start))
    .map(([name, connection]) => ({ subject: name.slice(start.length), connection }))
    .sort((a, b) => b.connection.endsAt - a.connection.endsAt)
}

/** As whom, and until when; without an end where access is refreshed without the person. */
export function shownConnection({ account, endsAt, renews }: Connection) {
  return {
    ...(account && { account: account.name }),
    ...(!renews && {
      endsAt: new Date(endsAt).toISOString(),
      minutesLeft: Math.floor((endsAt - Date.now()) / 60_000),
    }),
  }
}

/** A link: it returns to the page it is on. A run's access is renewed by the run's own page. */
export function reauthorizeAction(
  vendor: Vendor,
  subject: string,
  anyCampaign: string | undefined,
): Action | undefined {
  const { kind, id } = parseSubject(subject) ?? {}
  if (kind === 'run') return { label: 'Renew', href: `/runs/${id}` }
  const campaign = kind === 'campaign' ? id : anyCampaign
  return campaign === undefined
    ? undefined
    : { label: 'Renew', href: connectPath(vendor.id, { campaign }) }
}
