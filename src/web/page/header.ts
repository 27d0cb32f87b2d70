// The header's lines about access: at which vendor, as whom, for how much, and when the first of it ends.
import type { Request } from 'express'
import { formatSubject, parseSubject } from '../../access/token-key.ts'
import type { Connection } from '../../access/tokens.ts'
import type { Context } from '../../context.ts'
import type { Action } from '../../errors.ts'
import { highestRole } from '../../identity/identity.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { connectPath } from '../http/paths.ts'
import type { AccessEnd, AccessWarning, ConnectionLine, Page } from './view-models.ts'

/** What a person is connected to, by `<vendor>:<subject>`. */
export type ConnectionSummaries = ReadonlyMap<string, Connection>
/** The runs of a person that go on or wait. */
export type CurrentRuns = Awaited<ReturnType<Context['runs']['current']>>

/** Ends that an open page is told, for each vendor. */
const ENDS_MOST = 20
/** A warning comes in the last tenth minute, and not before four fifths of the life of access have passed. */
const WARN_MS = 600_000
const CALM_PART = 0.8

/** One line a vendor. Access that serves all campaigns is renewed through `anyCampaign`. */
export function connectionLines(
  vendors: Vendor[],
  connections: ConnectionSummaries,
  runs: CurrentRuns,
  anyCampaign: string | undefined,
): ConnectionLine[] {
  return vendors.map((vendor) => {
    const live = ofVendor(vendor, connections)
    const needsYou = runs.some((run) => run.vendor === vendor.id && run.standing === 'waits')
    const about = { vendorName: vendor.name, needsYou }
    const [only, ...others] = live
    if (!only) return { ...about, state: 'none' }
    const reauthorize =
      others.length === 0 ? reauthorizeAction(vendor, only.subject, anyCampaign) : undefined
    return { ...about, state: 'connected', ...coverOf(live), ...(reauthorize && { reauthorize }) }
  })
}

/** Who has signed in, as the header names them. */
export function personOf({ identity }: Pick<Request, 'identity'>): Page['person'] {
  const { name, roles = [] } = identity ?? {}
  return name === undefined ? undefined : { name, role: highestRole(roles) }
}

/** For when the store is away. */
export function unknownLines(vendors: Vendor[]): ConnectionLine[] {
  return vendors.map(({ name }) => ({ vendorName: name, state: 'unknown', needsYou: false }))
}

/** What a person is connected to at a vendor, the longest lasting first. */
export function ofVendor(vendor: Vendor, connections: ConnectionSummaries) {
  const start = `${vendor.id}:`
  return [...connections]
    .filter(([name]) => name.startsWith(start))
    .map(([name, connection]) => ({ subject: name.slice(start.length), connection }))
    .sort((a, b) => b.connection.endsAt - a.connection.endsAt)
}

/** As whom, for how many campaigns and runs, and when the first of it ends; what is renewed by itself has no end. */
export function coverOf(live: ReturnType<typeof ofVendor>) {
  const accounts = [...new Set(live.flatMap(({ connection }) => connection.account?.name ?? []))]
  const kinds = live.map(({ subject }) => parseSubject(subject)?.kind)
  const ends = live
    .filter(({ connection }) => !connection.renews)
    .map(({ subject, connection }) => ({ at: isoOf(connection.endsAt), kind: endKind(subject) }))
    .reverse()
  return {
    accounts,
    campaigns: kinds.filter((kind) => kind === 'campaign').length,
    runs: kinds.filter((kind) => kind === 'run').length,
    isForAll: kinds.includes('session'),
    ends: ends.slice(0, ENDS_MOST),
  }
}

function endKind(subject: string): AccessEnd['kind'] {
  const kind = parseSubject(subject)?.kind
  return kind === 'campaign' || kind === 'run' ? kind : 'session'
}

/** For each run that goes on with access that ends: an open page shows it when its time has come. */
export function accessWarnings(
  vendors: Vendor[],
  connections: ConnectionSummaries,
  runs: CurrentRuns,
): AccessWarning[] {
  return runs.flatMap((run) => {
    const vendor = vendors.find(({ id }) => id === run.vendor)
    const kind = vendor?.tokenPer === 'session' ? 'session' : 'run'
    const used = connections.get(`${run.vendor}:${formatSubject({ kind, id: run.id })}`)
    if (run.standing !== 'goes on' || !vendor || !used || used.renews) return []
    const { since, endsAt } = used
    const fromMs = Math.max(endsAt - WARN_MS, since + CALM_PART * (endsAt - since))
    return {
      vendorName: vendor.name,
      run: { title: run.title, href: `/runs/${run.id}` },
      endsAt: isoOf(endsAt),
      from: isoOf(fromMs),
      isDue: Date.now() >= fromMs,
      minutesLeft: Math.floor((endsAt - Date.now()) / 60_000),
    }
  })
}

/** As whom, and until when; without an end where access is refreshed without the person. */
export function shownConnection({ account, endsAt, renews }: Connection) {
  return {
    ...(account && { account: account.name }),
    ...(!renews && {
      endsAt: isoOf(endsAt),
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

function isoOf(ms: number): string {
  return new Date(ms).toISOString()
}
