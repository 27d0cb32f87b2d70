// What every page shares: the header's connections, the banner of what just happened, the lasting notice.
import type { Request, Response } from 'express'
import type { Context } from '../context.ts'
import { ownerIfAny } from '../session/session.ts'
import type { Connection } from '../session/tokens.ts'
import { StoreError } from '../store/open.ts'
import { announced, type News } from './announce.ts'
import { type Connections, connectionLines, unknownLines } from './connection-lines.ts'
import type { Banner, Page } from './page-models.ts'
import { ourPage } from './referrer.ts'
import { accessBanner, bannerOf } from './words.ts'

const AWAY = 'Syncing is not possible right now: Campaign Sync cannot reach its storage. Nothing is lost.'

/** Path and query of the page being shown, as it may be returned to; `fallback` when its query is not ours. */
export function pathOf(req: Request, publicUrl: string, fallback: string): string {
  return ourPage(req.originalUrl, publicUrl) ?? fallback
}

/** The common part of a page. A store that does not answer is said, never an error: pages go on showing campaigns. */
export async function commonPage(
  context: Context,
  req: Request,
  res: Response,
  page: Pick<Page, 'title' | 'path'> & Partial<Page>,
  campaign?: string,
): Promise<Page & { storeDown: boolean }> {
  const { vendors } = context.config
  const now = await present(context, req, res, page.path)
  const notices = [now ? undefined : AWAY, context.campaigns.problem()].filter((one) => one !== undefined)
  return {
    ...page,
    connections: now ? connectionLines(vendors, now.connections, campaign) : unknownLines(vendors),
    storeDown: now === undefined,
    ...(now?.banner && { banner: now.banner }),
    ...(notices.length > 0 && { notice: notices.join(' ') }),
  }
}

/** What this person has and what there is to tell them; undefined while the store is away. */
async function present(
  context: Context,
  req: Request,
  res: Response,
  path: string,
): Promise<{ connections: Connections; banner?: Banner | undefined } | undefined> {
  if (req.session === undefined) return undefined
  const owner = ownerIfAny(req)
  try {
    if (owner === undefined) {
      await context.store.ping()
      return { connections: new Map() }
    }
    const connections = await context.tokens.connections(owner)
    // A browser may have come back to another spelling of this page's address.
    const news = announced(req, res, path) ?? announced(req, res, req.originalUrl)
    return { connections, banner: news && (await bannerFor(context, owner, news, connections)) }
  } catch (error) {
    if (error instanceof StoreError) return undefined
    throw error
  }
}

async function bannerFor(
  context: Context,
  owner: string,
  news: News,
  connections: Map<string, Connection>,
): Promise<Banner | undefined> {
  const vendorOf = (id: string | undefined) => context.config.vendors.find((one) => one.id === id)
  if ('subject' in news) {
    const connection = connections.get(`${news.vendor}:${news.subject}`)
    const vendor = vendorOf(news.vendor)
    return connection && vendor && accessBanner(vendor, connection)
  }
  const intent = await context.intents.get(owner, news.intent)
  const vendor = vendorOf(intent?.vendor)
  const campaign = intent && context.campaigns.get(intent.campaign)
  return intent && vendor && campaign && bannerOf(intent, vendor, campaign)
}
