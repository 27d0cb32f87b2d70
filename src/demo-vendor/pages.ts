// Acme's plain pages: the campaigns it received, and one for each kind of error.
import { findPackageJSON } from 'node:module'
import { dirname, join } from 'node:path'
import { type ErrorRequestHandler, Router } from 'express'
import { renderFile } from 'pug'
import { z } from 'zod'
import { accountName } from './database.ts'
import type { Ledger, Received } from './ledger.ts'
import { errors } from './oidc-provider.ts'

/** Where its views and its styles are, also when its code runs bundled. */
export const FOLDER = join(dirname(findPackageJSON(import.meta.url) ?? '.'), 'src', 'demo-vendor')

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

/** The page for an error. `appUrl` is where the person came from: Acme's only known app. */
export function failurePage(error: unknown, appUrl: string): { status: number; html: string } {
  if (error instanceof errors.SessionNotFound) {
    const text = 'It was already used, or it took too long. Go back to the app and try again.'
    return { status: 400, html: render('message', { title: 'This sign-in is over', text, appUrl }) }
  }
  if (error instanceof errors.OIDCProviderError && error.expose) {
    const text =
      'The app sent a request that Acme Ads does not accept. Go back to the app and try again.'
    const detail = [error.error, error.error_description].filter(Boolean).join(': ')
    const title = 'Acme Ads cannot go on with this'
    return { status: error.statusCode, html: render('message', { title, text, detail, appUrl }) }
  }
  if (error instanceof z.ZodError) {
    const text = 'Go back and choose a value within the limits named there.'
    return {
      status: 422,
      html: render('message', { title: 'Acme Ads did not understand that form', text }),
    }
  }
  const text = 'Go back to the app and try again.'
  return {
    status: 500,
    html: render('message', { title: 'Something broke at Acme Ads', text, appUrl }),
  }
}

export function failure(appUrl: string): ErrorRequestHandler {
  return (error, _req, res, _next) => {
    if (res.headersSent || res.socket?.destroyed) return
    const { status, html } = failurePage(error, appUrl)
    if (status === 500) console.error('Acme Ads:', error)
    res.status(status).send(html)
  }
}

/** The HTML of `views/<view>.pug`; Pug escapes every value. */
export function render(view: string, values: Record<string, unknown>): string {
  return renderFile(join(FOLDER, 'views', `${view}.pug`), { ...values, cache: true })
}
