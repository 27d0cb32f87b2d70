// What every page shares: the header's connections, the banner of what just happened, the lasting notice.
import type { Request, Response } from 'express'
import type { Context } from '../../context.ts'
import { mayDo } from '../../identity/identity.ts'
import { ownerIfAny } from '../../session/session.ts'
import { StoreError } from '../../store/open.ts'
import { ourPage, takeFlash } from '../http/return-to.ts'
import { connectionMessageBanner } from './connection-messages.ts'
import {
  accessWarnings,
  type ConnectionSummaries,
  type CurrentRuns,
  connectionLines,
  personOf,
  unknownLines,
} from './header.ts'
import { bannerOf } from './sync-messages.ts'
import type { Banner, Page } from './view-models.ts'

const AWAY =
  'Syncing is not possible right now: Campaign Sync cannot reach its storage. Nothing is lost.'

/** Path and query of the page being shown, as it may be returned to; `fallback` when its query is not ours. */
export function pathOf(req: Request, publicUrl: string, fallback: string): string {
  return ourPage(req.originalUrl, publicUrl) ?? fallback
}

/** What the store has told of this person; it is empty while the store is away. */
export interface OwnState {
  storeDown: boolean
  access: ConnectionSummaries
  currentRuns: CurrentRuns
}

/** The common part of a page. While the store is away it carries a notice, and pages go on showing campaigns. */
export async function commonPage(
  context: Context,
  req: Request,
  res: Response,
  page: Pick<Page, 'title' | 'path'> & Partial<Page>,
): Promise<Page & OwnState> {
  const now = await present(context, req, res, page.path)
  const { access = new Map(), currentRuns = [] } = now ?? {}
  const notices = [now ? undefined : AWAY, context.campaigns.problem()].filter(
    (one) => one !== undefined,
  )
  return {
    ...page,
    person: personOf(req),
    mayApprove:
      Boolean(context.config.approveAbove) && mayDo(req.identity?.roles ?? [], 'approver'),
    hasAudit: context.audit !== undefined && mayDo(req.identity?.roles ?? [], 'admin'),
    connections: linesOf(context, now),
    warnings: accessWarnings(context.config.vendors, access, currentRuns),
    storeDown: now === undefined,
    access,
    currentRuns,
    ...(now?.banner && { banner: now.banner }),
    ...(notices.length > 0 && { notice: notices.join(' ') }),
  }
}

/** The header's lines about access, as a page that is being shown has them. */
export async function accessLines(context: Context, owner: string) {
  return linesOf(context, await readable(ownAccess(context, owner)))
}

function linesOf({ config, campaigns }: Context, now: Omit<OwnState, 'storeDown'> | undefined) {
  const { vendors } = config
  return now
    ? connectionLines(vendors, now.access, now.currentRuns, campaigns.all()[0]?.id)
    : unknownLines(vendors)
}

async function ownAccess({ tokens, runs }: Context, owner: string) {
  const [access, currentRuns] = await Promise.all([tokens.connections(owner), runs.current(owner)])
  return { access, currentRuns }
}

/** What this person has, and the banner to show; undefined while the store is away. */
async function present(
  context: Context,
  req: Request,
  res: Response,
  path: string,
): Promise<(Omit<OwnState, 'storeDown'> & { banner?: Banner | undefined }) | undefined> {
  if (req.session === undefined) return undefined
  const owner = ownerIfAny(req)
  try {
    if (owner === undefined) {
      await context.store.ping()
      return { access: new Map(), currentRuns: [] }
    }
    const { access, currentRuns } = await ownAccess(context, owner)
    // The browser may have come back by another spelling of this page's address.
    const news = takeFlash(req, res, path) ?? takeFlash(req, res, req.originalUrl)
    return {
      access,
      currentRuns,
      banner: news === undefined ? undefined : await bannerFor(context, owner, news, access),
    }
  } catch (error) {
    if (error instanceof StoreError) return undefined
    throw error
  }
}

async function bannerFor(
  { campaigns, config, intents }: Context,
  owner: string,
  news: string,
  connections: ConnectionSummaries,
): Promise<Banner | undefined> {
  const note = connectionMessageBanner(news, config.vendors, connections)
  if (note) return note
  const intent = await intents.get(owner, news)
  if (!intent) return undefined
  const vendor = config.vendors.find((one) => one.id === intent.vendor)
  const campaign = campaigns.get(intent.campaign)
  return { ...bannerOf(intent, vendor, campaign), ...(campaign && { campaign: campaign.id }) }
}

/** What the store gives; undefined while it is away. Other errors stay errors. */
export async function readable<T>(reply: Promise<T>): Promise<T | undefined> {
  try {
    return await reply
  } catch (error) {
    if (error instanceof StoreError) return undefined
    throw error
  }
}
