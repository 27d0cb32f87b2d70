// What every page shares: the header's connections, the banner of what just happened, the lasting notice.
import type { Request, Response } from 'express'
import type { Context } from '../context.ts'
import { ownerIfAny } from '../session/session.ts'
import type { Connection } from '../session/tokens.ts'
import { StoreError } from '../store/open.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { announced } from './announce.ts'
import { noteBanner } from './notes.ts'
import type { Banner, ConnectionLine, Page } from './page-models.ts'
import { ourPage } from './referrer.ts'
import { bannerOf } from './words.ts'

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
  const notices = [context.campaigns.problem()].filter((notice) => notice !== undefined)
  let connections = new Map<string, Connection>()
  let banner: Banner | undefined
  let storeDown = req.session === undefined
  try {
    const owner = ownerIfAny(req)
    if (owner !== undefined) {
      connections = await context.tokens.connections(owner)
      banner = await bannerFor(context, owner, announced(req, res, page.path))
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    storeDown = true
  }
  if (storeDown)
    notices.unshift(
      'Syncing is not possible right now: Campaign Sync cannot reach its storage. Nothing is lost.',
    )
  const lines = context.config.vendors.map((vendor) =>
    storeDown ? unknown(vendor) : line(vendor, connections, campaign),
  )
  return {
    ...page,
    connections: lines,
    storeDown,
    ...(banner && { banner }),
    ...(notices.length > 0 && { notice: notices.join(' ') }),
  }
}

async function bannerFor(
  context: Context,
  owner: string,
  id: string | undefined,
): Promise<Banner | undefined> {
  const note = noteBanner(id, context.config.vendors)
  if (note) return note
  const intent = id === undefined ? undefined : await context.intents.get(owner, id)
  const vendor = context.config.vendors.find((one) => one.id === intent?.vendor)
  const campaign = intent && context.campaigns.get(intent.campaign)
  return intent && vendor && campaign && bannerOf(intent, vendor, campaign)
}

function unknown(vendor: Vendor): ConnectionLine {
  return { vendorId: vendor.id, vendorName: vendor.name, state: 'unknown' }
}

/** On a campaign's page that campaign's access, elsewhere the one that lasts longest. */
function line(
  vendor: Vendor,
  connections: Map<string, Connection>,
  campaign: string | undefined,
): ConnectionLine {
  const wanted = campaign === undefined ? `${vendor.id}:` : `${vendor.id}:campaign:${campaign}`
  const live = [...connections].filter(([name]) =>
    campaign === undefined ? name.startsWith(wanted) : name === wanted || name === `${vendor.id}:session`,
  )
  const last = live.map(([, connection]) => connection).sort((a, b) => b.endsAt - a.endsAt)[0]
  const about = { vendorId: vendor.id, vendorName: vendor.name }
  if (!last) return { ...about, state: 'none' }
  return {
    ...about,
    state: 'connected',
    ...(last.account && { account: last.account.name }),
    ...(!last.renews && {
      endsAt: new Date(last.endsAt).toISOString(),
      minutesLeft: Math.floor((last.endsAt - Date.now()) / 60_000),
    }),
    ...(campaign !== undefined && { renew: { label: 'Renew', href: `/connect/${vendor.id}/${campaign}` } }),
  }
}
