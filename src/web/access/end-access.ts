// Giving up all access at one vendor, or everywhere with the session (sign out); a person is asked before.
import { setTimeout as wait } from 'node:timers/promises'
import { type Request, type Response, Router } from 'express'
import { disconnectAll } from '../../access/disconnect.ts'
import type { Context } from '../../context.ts'
import { badRequest, notFound, storeDown } from '../../errors.ts'
import { previousSession } from '../../session/regenerate.ts'
import { ownerIfAny, ownerOf } from '../../session/session.ts'
import {
  clearCookie,
  destroySession,
  destroySessionOf,
  isSignedOut,
  setSignedOutMarker,
} from '../../session/sign-out.ts'
import { needs } from '../http/needs.ts'
import { limited } from '../http/rate-limit.ts'
import { redirect, setFlash } from '../http/return-to.ts'
import { wantsJson } from '../http/script-callers.ts'
import { endSignIn } from '../identity/finish-sign-in.ts'
import { connectionMessage } from '../page/connection-messages.ts'
import { coverOf, ofVendor } from '../page/header.ts'
import { commonPage } from '../page/page.ts'
import { noCookie } from './authorization-problems.ts'
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

/** Milliseconds a person waits at most for vendors to revoke their tokens; the rest is done in the background. */
const REVOKE_WAIT_MS = 2_500
/** The page after signing out: it needs no session and sets no cookie. */
const ENDED = '/session/ended'

export function sessionEndRoutes(context: Context): Router {
  const router = Router({ caseSensitive: true, strict: true })

  router.get('/session/end', needs('anybody'), (req, res) => confirmSignOut(context, req, res))
  router.get(ENDED, needs('anybody'), async (req, res) => {
    const about = { title: 'You are signed out of this browser', path: '/campaigns' }
    res.render('signed-out', await commonPage(context, req, res, about))
  })
  router.post('/session/end', needs('anybody'), (req, res) => signOut(context, req, res))

  return router
}

async function confirmSignOut(context: Context, req: Request, res: Response): Promise<void> {
  const about = { title: 'Sign out of this browser?', path: '/connections' }
  const page = await commonPage(context, req, res, { ...about, nav: 'connections' })
  const covers = context.config.vendors.flatMap((vendor) => {
    const live = ofVendor(vendor, page.access)
    return live.length === 0 ? [] : [{ vendorName: vendor.name, ...coverOf(live) }]
  })
  const model: EndAccessPage = {
    ...page,
    text: 'All access is given back and forgotten here. What was synced stays at the vendor.',
    covers,
    pausing: page.currentRuns.filter(({ standing }) => standing === 'goes on'),
    end: { label: 'Sign out', post: '/session/end' },
    keep: { label: 'Stay signed in', href: '/connections' },
  }
  res.render('end-access', model)
}

/** Signs out the session of this cookie, and the one that has replaced it seconds ago. */
async function signOut(context: Context, req: Request, res: Response): Promise<void> {
  if (req.apiToken) throw badRequest('An API token is not signed out: revoke it.')
  if (!req.session) throw storeDown('no session')
  if (req.session.signIn) return endSignIn(context, req, res)
  const previous = await previousSession(req, context.store)
  const owner = ownerIfAny(req) ?? previous?.owner
  if (owner !== undefined) {
    // A full store takes no marker; signing out goes on without it.
    await setSignedOutMarker(context.store, owner).catch(() => {})
    const { forgotten, revoked } = await disconnectAll(context, context.config.vendors, owner)
    const inTime = await Promise.race([revoked, wait(REVOKE_WAIT_MS, undefined, { ref: false })])
    req.log.info({ forgotten, revoked: inTime }, 'session.ended')
  }
  // Read again: a callback under way may have changed the session id before the marker was set.
  const next = (await previousSession(req, context.store))?.next
  await Promise.all([destroySession(req), next !== undefined && destroySessionOf(req, next)])
  clearCookie(req, res)
  redirect(res, 303, ENDED)
}

/** Call it after storing a token: deletes that again if the person signed out meanwhile. @throws HttpProblem 400 then */
export async function unlessSignedOut(
  context: Context,
  req: Request,
  owner: string,
): Promise<void> {
  if (!(await isSignedOut(context.store, owner))) return
  const { revoked } = await disconnectAll(context, context.config.vendors, owner)
  await revoked
  await destroySession(req)
  throw noCookie()
}
