// What every page shares: the header's connections, the banner of what just happened, the lasting notice.
import type { Request, Response } from 'express'
import type { Context } from '../../context.ts'
import { ownerIfAny } from '../../session/session.ts'
import { StoreError } from '../../store/open.ts'
import { ourPage, takeFlash } from '../http/return-to.ts'
import { connectionMessageBanner } from './connection-messages.ts'
import { type ConnectionSummaries, connectionLines, unknownLines } from './header.ts'
import { bannerOf } from './sync-messages.ts'
import type { Banner, Page } from './view-models.ts'

const AWAY =
  'Syncing is not possible right now: Campaign Sync cannot reach its storage. Nothing is lost.'

/** Path and query of the page being shown, as it may be returned to; `fallback` when its query is not ours. */
export function pathOf(req: Request, publicUrl: string, fallback: string): string {
  return ourPage(req.originalUrl, publicUrl) ?? fallback
}

/** The common part of a page. While the store is away it carries a notice, and pages go on showing campaigns. */
export async function commonPage(
  context: Context,
  req: Request,
  res: Response,
  page: Pick<Page, 'title' | 'path'> & Partial<Page>,
  campaign?: string,
): Promise<Page & { storeDown: boolean }> {
  const { vendors } = context.config
  const now = await present(context, req, res, page.path)
  const notices = [now ? undefined : AWAY, context.campaigns.problem()].filter(
    (one) => one !== undefined,
  )
  return {
    ...page,
    connections: now
      ? connectionLines(vendors, now.connections, campaign, context.campaigns.all()[0]?.id)
      : unknownLines(vendors),
    storeDown: now === undefined,
    ...(now?.banner && { banner: now.banner }),
    ...(notices.length > 0 && { notice: notices.join(' ') }),
  }
}

/** This person's connections and the banner to show; undefined while the store is away. */
async function present(
  context: Context,
  req: Request,
  res: Response,
  path: string,
): Promise<{ connections: ConnectionSummaries; banner?: Banner | undefined } | undefined> {
  if (req.session === undefined) return undefined
  const owner = ownerIfAny(req)
  try {
    if (owner === undefined) {
      await context.store.ping()
      return { connections: new Map() }
    }
    const connections = await context.tokens.connections(owner)
    // The browser may have come back by another spelling of this page's address.
    const news = takeFlash(req, res, path) ?? takeFlash(req, res, req.originalUrl)
    return {
      connections,
      banner: news === undefined ? undefined : await bannerFor(context, owner, news, connections),
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
  const vendor = config.vendors.find((one) => one.id === intent?.vendor)
  const campaign = intent && campaigns.get(intent.campaign)
  return intent && vendor && campaign && bannerOf(intent, vendor, campaign)
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
