// Disconnect and Test: each goes back to the page its button was on, which shows what came of it.
import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { type Disconnected, disconnect, testConnection } from '../../access/disconnect.ts'
import type { TokenKey } from '../../access/token-key.ts'
import { parseSubject } from '../../access/token-key.ts'
import type { Context } from '../../context.ts'
import { notFound } from '../../errors.ts'
import { ownerOf } from '../../session/session.ts'
import { limited } from '../http/rate-limit.ts'
import { redirect, referrerOf, setFlash } from '../http/return-to.ts'
import { wantsJson } from '../http/script-callers.ts'
import { connectionMessage } from '../page/connection-messages.ts'

const KINDS = ['campaign', 'run', 'session']
const subjectSchema = z.string().refine((text) => KINDS.includes(parseSubject(text)?.kind ?? ''))

export function connectionActionRoutes(context: Context): Router {
  const router = Router({ caseSensitive: true, strict: true })
  const limit = limited(context, 'connections')

  router.post('/connections/:vendor/:subject/disconnect', limit, (req, res) =>
    endConnection(context, req, res),
  )
  router.post('/connections/:vendor/:subject/test', limit, (req, res) =>
    checkConnection(context, req, res),
  )

  return router
}

async function endConnection(context: Context, req: Request, res: Response): Promise<void> {
  const tokenKey = await readTokenKey(context, req)
  const about = { vendor: tokenKey.vendor.id, subject: tokenKey.subject }
  const { was, revoked } = await disconnect(context, tokenKey)
  req.log.info({ ...about, was, revoked }, 'connection.ended')
  if (wantsJson(req)) return void res.json({ ...about, was, revoked })
  goBack(context, req, res, connectionMessage(messageOf({ was, revoked }), about.vendor))
}

async function checkConnection(context: Context, req: Request, res: Response): Promise<void> {
  const tokenKey = await readTokenKey(context, req)
  const about = { vendor: tokenKey.vendor.id, subject: tokenKey.subject }
  const tested = await testConnection(context, tokenKey)
  req.log.info({ ...about, result: tested.kind }, 'connection.tested')
  if (wantsJson(req)) return void res.json({ ...about, ...tested })
  goBack(context, req, res, connectionMessage(tested.kind, about.vendor))
}

/** @throws HttpProblem 404 for an unknown vendor or what is no subject */
async function readTokenKey(context: Context, req: Request): Promise<TokenKey> {
  const vendor = context.vendor(req.params.vendor)
  const { data: subject } = subjectSchema.safeParse(req.params.subject)
  if (subject === undefined) throw notFound('This connection')
  return { owner: await ownerOf(req), vendor, subject }
}

function messageOf({ was, revoked }: Disconnected) {
  if (!was) return 'none'
  return revoked === false ? 'forgotten' : 'disconnected'
}

/** Back to the page the button was on, which shows the message. */
function goBack(context: Context, req: Request, res: Response, message: string): void {
  const page = referrerOf(req, context.config.publicUrl, '/connections')
  setFlash(req, res, page, message)
  redirect(res, 303, page)
}
