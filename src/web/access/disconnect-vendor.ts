// Ends all access of a person at one vendor, after asking: what pauses by it is named before.
import { type Request, type Response, Router } from 'express'
import { disconnectAll } from '../../access/disconnect.ts'
import type { Context } from '../../context.ts'
import { notFound } from '../../errors.ts'
import { ownerOf } from '../../session/session.ts'
import { needs } from '../http/needs.ts'
import { limited } from '../http/rate-limit.ts'
import { redirect, setFlash } from '../http/return-to.ts'
import { wantsJson } from '../http/script-callers.ts'
import { connectionMessage } from '../page/connection-messages.ts'
import { coverOf, ofVendor } from '../page/header.ts'
import { commonPage } from '../page/page.ts'
import type { EndAccessPage } from './view-models.ts'

const PATH = '/connections'

export function vendorDisconnectRoutes(context: Context): Router {
  const router = Router({ caseSensitive: true, strict: true })
  const limit = limited(context, 'connections')

  router.get(`${PATH}/:vendor/disconnect`, needs('sender'), (req, res) =>
    confirmDisconnectAll(context, req, res),
  )
  router.post(`${PATH}/:vendor/disconnect`, needs('sender'), limit, (req, res) =>
    endAll(context, req, res),
  )

  return router
}

async function confirmDisconnectAll(context: Context, req: Request, res: Response): Promise<void> {
  const vendor = context.vendor(req.params.vendor, req)
  const title = `Disconnect all of ${vendor.name}?`
  const page = await commonPage(context, req, res, { title, path: PATH, nav: 'connections' })
  const live = ofVendor(vendor, page.access)
  if (live.length === 0) throw notFound('This access')
  const model: EndAccessPage = {
    ...page,
    text: `All access is given back to ${vendor.name} and forgotten here. What was synced stays there; the next sync asks you to approve again.`,
    covers: [{ vendorName: vendor.name, ...coverOf(live) }],
    pausing: page.currentRuns.filter(
      (run) => run.vendor === vendor.id && run.standing === 'goes on',
    ),
    end: { label: 'Disconnect all', post: `${PATH}/${vendor.id}/disconnect` },
    keep: { label: 'Keep access', href: PATH },
  }
  res.render('end-access', model)
}

async function endAll(context: Context, req: Request, res: Response): Promise<void> {
  const vendor = context.vendor(req.params.vendor, req)
  const { forgotten, revoked } = await disconnectAll(context, [vendor], await ownerOf(req))
  const confirmed = await revoked
  req.log.info({ vendor: vendor.id, forgotten, revoked: confirmed }, 'connections.ended')
  if (wantsJson(req)) return void res.json({ vendor: vendor.id, forgotten, revoked: confirmed })
  const isUnconfirmed = vendor.revoke !== undefined && confirmed < forgotten
  const kind = forgotten === 0 ? 'none' : isUnconfirmed ? 'forgotten' : 'disconnected'
  setFlash(req, res, PATH, connectionMessage(kind, vendor.id))
  redirect(res, 303, PATH)
}
