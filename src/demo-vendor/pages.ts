// Acme's page of received campaigns: each with its number, and how often it was applied.
import { Router } from 'express'
import { accountName } from './accounts.ts'
import type { Ledger, Received } from './ledger.ts'
import { render } from './render.ts'

/** `/` lists the campaigns, newest first; `/campaigns/<acme id>` shows one. */
export function campaignPages(ledger: Ledger): Router {
  const router = Router()
  router.get('/', (_req, res) => {
    res.send(render('campaigns', { campaigns: ledger.list().map(shown) }))
  })
  router.get('/campaigns/:id', (req, res) => {
    const campaign = ledger.find(req.params.id)
    if (campaign) res.send(render('campaign', { campaign: shown(campaign) }))
    else res.status(404).send(render('message', { title: 'Acme Ads has no such campaign' }))
  })
  return router
}

function shown(campaign: Received) {
  const at = new Date(campaign.received_at).toISOString()
  return {
    ...campaign,
    at,
    when: `${at.slice(0, 10)} ${at.slice(11, 19)} UTC`,
    by: accountName(campaign.account),
    howOften: campaign.applied === 1 ? 'applied 1 time' : `applied ${campaign.applied} times`,
  }
}
