// The connect route: stores one trip to the vendor, then sends the person there.
import { type Request, type Response, Router } from 'express'
import { beginAuthorization } from '../../access/begin-authorization.ts'
import { formatSubject } from '../../access/subject.ts'
import type { Context } from '../../context.ts'
import { ownerOf } from '../../session/session.ts'
import { connectPath, intentConnectPath } from '../http/paths.ts'
import { limited } from '../http/rate-limit.ts'
import { ourPage, redirect, referrerOf } from '../http/return-to.ts'
import { wantsJson } from '../http/wants-json.ts'
import { commonPage } from '../page/page.ts'
import { runOf } from '../runs/run-of-request.ts'
import { intentOf } from '../sync/resume.ts'
import { type Asked, askForKey } from './api-key.ts'
import { authorizationNeeded } from './authorization-problems.ts'
import type { ConnectPage } from './view-models.ts'

export function connectRoutes(context: Context): Router {
  const { config } = context
  const router = Router({ caseSensitive: true, strict: true })

  router.get('/connect/:vendor/:id', limited(context, 'connect'), async (req, res) => {
    const vendor = context.vendor(req.params.vendor)
    const campaign = context.campaign(req.params.id)
    const owner = await ownerOf(req)
    const intent = await intentOf(context, owner, { vendor, campaign }, req.query.intent)
    await setOut(req, res, owner, {
      vendor,
      subject: formatSubject({ kind: 'campaign', id: campaign.id }),
      intent,
      name: intent && campaign.name,
      referrer: intent?.referrer ?? referrerOf(req, config.publicUrl, `/campaigns/${campaign.id}`),
      path: connectPath(vendor.id, { campaign: campaign.id }),
      refused: intent?.result?.kind === 'refused',
    })
  })

  router.get('/connect/:vendor/run/:id', limited(context, 'connect'), async (req, res) => {
    const run = await runOf(context, req)
    const vendor = context.vendor(run.vendor)
    await setOut(req, res, run.owner, {
      vendor,
      subject: formatSubject({ kind: 'run', id: run.id }),
      name: run.title,
      referrer: `/runs/${run.id}`,
      path: connectPath(vendor.id, { run: run.id }),
      refused: false,
    })
  })

  return router

  /** The trip is stored before the person leaves. */
  async function setOut(req: Request, res: Response, owner: string, asked: Asked) {
    const { vendor, subject, referrer, intent, path } = asked
    if (wantsJson(req))
      throw authorizationNeeded(
        vendor,
        config.publicUrl + (intent ? intentConnectPath(intent) : path),
      )
    if (vendor.client.auth === 'key') return askForKey(context, req, res, asked)
    if (needsWords(req, intent)) return explain(req, res, asked)
    const url = await beginAuthorization(
      context,
      { owner, vendor, subject },
      { intent: intent?.id, referrer },
    )
    req.log.info({ vendor: vendor.id, subject, intent: intent?.id }, 'authorization.started')
    redirect(res, 302, url)
  }

  async function explain(req: Request, res: Response, asked: Asked) {
    const { vendor } = asked
    const path = ourPage(asked.referrer, config.publicUrl) ?? '/campaigns'
    const page = await commonPage(context, req, res, { title: `Connect to ${vendor.name}`, path })
    const query = new URLSearchParams({
      ...(asked.intent && { intent: asked.intent.id }),
      continue: '1',
    })
    const model: ConnectPage = {
      ...page,
      vendorName: vendor.name,
      ...(asked.name !== undefined && { campaignName: asked.name }),
      permissions: vendor.authorize.permissions,
      minutes: Math.floor(vendor.lifetime.defaultSeconds / 60),
      proceed: {
        label: `Continue to ${vendor.name}`,
        href: `${asked.path}?${query}`,
        primary: true,
      },
      cancel: { label: 'Not now', href: path },
    }
    res.render('connect', model)
  }
}

/**
 * A person's first trip is explained before it begins, and so is one that another site sent them on. Only browsers
 * say that a document is being opened (Sec-Fetch-Dest); whoever else follows the redirects is not held up.
 */
function needsWords(req: Request, intent: Asked['intent']): boolean {
  if (req.get('sec-fetch-dest') !== 'document') return false
  const fromElsewhere = req.get('sec-fetch-site') === 'cross-site' && !intent
  return fromElsewhere || (!req.session.connected && req.query.continue !== '1')
}
