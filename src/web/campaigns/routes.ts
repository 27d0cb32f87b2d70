// The campaigns: the list, as a page and as CSV, and one with its sync log.
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Request, type Response, Router } from 'express'
import type { Campaign } from '../../campaigns/campaign.ts'
import type { Context } from '../../context.ts'
import { storeDown } from '../../errors.ts'
import type { Standing } from '../../sync/sync-log.ts'
import { formField } from '../http/bodies.ts'
import { csvLine } from '../http/csv.ts'
import { needs } from '../http/needs.ts'
import { listPath } from '../http/paths.ts'
import { limited } from '../http/rate-limit.ts'
import { redirect } from '../http/return-to.ts'
import { wantsJson } from '../http/script-callers.ts'
import { readable } from '../page/page.ts'
import { campaignStatus } from '../page/sync-messages.ts'
import type { CampaignVendor } from '../page/view-models.ts'
import { campaignPage } from './campaign-page.ts'
import { campaignsPage, type ListRequest, listRequest, selection } from './list-page.ts'
import { isCheck, showPreview } from './preview.ts'
import type { CampaignsPage } from './view-models.ts'

export function campaignRoutes(context: Context): Router {
  const router = Router({ caseSensitive: true, strict: true })

  router.get('/', needs('anybody'), (_req, res) => redirect(res, 302, '/campaigns'))

  router.get('/campaigns', needs('viewer'), (req, res) => showList(context, req, res))
  router.get('/campaigns.csv', needs('viewer'), (req, res) =>
    sendListCsv(context, res, listRequest(context, req, false)),
  )

  router.get('/campaigns/:id', needs('viewer'), async (req, res) => {
    if (isCheck(req, res))
      return showPreview(context, req, res, { vendor: req.query.check, asksAccess: false })
    const campaign = context.campaign(req.params.id)
    const page = await campaignPage(context, req, res, campaign)
    if (!wantsJson(req)) return res.render('campaign', page)
    res.json({ campaign, vendors: page.vendors.map(vendorJson) })
  })

  const limit = limited(context, 'sync')
  router.get('/campaigns/:id/preview', needs('viewer'), (req, res) =>
    showPreview(context, req, res),
  )
  router.post('/campaigns/:id/preview', needs('sender'), limit, (req, res) =>
    showPreview(context, req, res, {
      vendor: formField(req, 'vendor'),
      asksAccess: formField(req, 'check') === '1',
    }),
  )

  return router
}

/** The list's own script narrows it while one types, and takes the parts it shows from the page itself. */
function isLiveSearch(req: Request): boolean {
  const isOurs = req.get('sec-fetch-site') === 'same-origin'
  return isOurs && req.get('accept') === 'text/html' && req.apiToken === undefined
}

async function showList(context: Context, req: Request, res: Response): Promise<void> {
  const isScript = wantsJson(req) && !isLiveSearch(req)
  const asked = listRequest(context, req, isScript)
  // The form that turns a page sends more than the list's own address has.
  if (req.query.referrer !== undefined) {
    const query = req.query.shown === 'all' ? { ...asked.query, vendor: undefined } : asked.query
    return redirect(res, 303, listPath(query))
  }
  const { page, campaigns } = await campaignsPage(context, req, res, asked)
  if (!isScript) return res.render('campaigns', page)
  const { found, total, pages } = page
  const states = statesOf(page)
  res.json({ campaigns, states, found, total, page: pages.current, pages: pages.last })
}

/** What scripts get of what the page shows: named here, so that nothing new of the page is theirs by accident. */
function vendorJson({
  id,
  name,
  status,
  text,
  isLive,
  externalId,
  externalUrl,
  history,
}: CampaignVendor) {
  return { id, name, status, text, isLive, externalId, externalUrl, history }
}

/** By campaign, as the list shows it; empty while the store does not answer. */
function statesOf({ rows }: CampaignsPage) {
  return Object.fromEntries(
    rows.flatMap(({ id, cells: [cell] }) =>
      cell?.sync === undefined ? [] : [[id, { status: cell.sync, at: cell.syncedAt }]],
    ),
  )
}

const CHUNK = 500
const COLUMNS = [
  'id',
  'name',
  'type',
  'status',
  'startDate',
  'endDate',
  'budget',
  'currency',
  'owner',
] as const

/** @throws HttpProblem 503 while the store is away: a file without states would say that there are none */
async function sendListCsv(
  context: Context,
  res: Response,
  { query, shown }: ListRequest,
): Promise<void> {
  if (!(await readable(context.store.ping().then(() => true)))) throw storeDown('the list as CSV')
  const { campaigns } = await selection(context, shown, query)
  res.type('text/csv').attachment('campaigns.csv')
  await pipeline(Readable.from(lines(context, shown, campaigns)), res).catch(() => res.destroy())
}

async function* lines(
  { syncLog }: Context,
  shown: ListRequest['shown'],
  campaigns: readonly Campaign[],
): AsyncGenerator<string> {
  yield csvLine([...COLUMNS, ...shown.flatMap(({ id }) => [`${id}_state`, `${id}_at`])])
  for (let start = 0; start < campaigns.length; start += CHUNK) {
    const chunk = campaigns.slice(start, start + CHUNK)
    const ids = chunk.map(({ id }) => id)
    const known = await Promise.all(shown.map(({ id }) => syncLog.standings(id, ids)))
    yield chunk
      .map((campaign, at) => {
        const states = shown.flatMap((vendor, column) => {
          const last: Standing | undefined = known[column]?.[at]
          return [campaignStatus(vendor, campaign, last), last && new Date(last.at).toISOString()]
        })
        return csvLine([...COLUMNS.map((name) => campaign[name]), ...states])
      })
      .join('')
  }
}
