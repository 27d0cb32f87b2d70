// The campaigns: the list, and one with its sync log.
import { Router } from 'express'
import type { Context } from '../../context.ts'
import { needs } from '../http/needs.ts'
import { limited } from '../http/rate-limit.ts'
import { redirect } from '../http/return-to.ts'
import { wantsJson } from '../http/script-callers.ts'
import { campaignPage } from './campaign-page.ts'
import { campaignsPage } from './list-page.ts'
import { showPreview } from './preview.ts'
import type { CampaignsPage } from './view-models.ts'

export function campaignRoutes(context: Context): Router {
  const router = Router({ caseSensitive: true, strict: true })

  router.get('/', needs('anybody'), (_req, res) => redirect(res, 302, '/campaigns'))

  router.get('/campaigns', needs('viewer'), async (req, res) => {
    const { page, campaigns } = await campaignsPage(context, req, res)
    if (!wantsJson(req)) return res.render('campaigns', page)
    const { found, total, pages } = page
    const states = statesOf(page)
    res.json({ campaigns, states, found, total, page: pages.current, pages: pages.last })
  })

  router.get('/campaigns/:id', needs('viewer'), async (req, res) => {
    const campaign = context.campaign(req.params.id)
    const page = await campaignPage(context, req, res, campaign)
    if (!wantsJson(req)) return res.render('campaign', page)
    res.json({ campaign, vendors: page.vendors.map(({ action: _, access: __, ...rest }) => rest) })
  })

  const limit = limited(context, 'sync')
  router.get('/campaigns/:id/preview', needs('viewer'), (req, res) =>
    showPreview(context, req, res),
  )
  router.post('/campaigns/:id/preview', needs('sender'), limit, (req, res) =>
    showPreview(context, req, res, true),
  )

  return router
}

/** By campaign, as the list shows it; empty while the store does not answer. */
function statesOf({ rows }: CampaignsPage) {
  const known = rows.filter(({ sync }) => sync !== undefined)
  return Object.fromEntries(known.map(({ id, sync: status, syncedAt: at }) => [id, { status, at }]))
}
