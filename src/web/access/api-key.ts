// A vendor without OAuth: asks for the person's API key once a session, and again when the vendor refuses it.
import { randomUUID } from 'node:crypto'
import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { acceptKey, storeToken } from '../../access/store-grant.ts'
import type { Context } from '../../context.ts'
import { notFound } from '../../errors.ts'
import { recoverRegeneratedSession, regenerateOnce } from '../../session/regenerate.ts'
import { ownerIfAny } from '../../session/session.ts'
import { questionsOf } from '../../vendors/values.ts'
import { recordDone } from '../http/acts.ts'
import { formField } from '../http/bodies.ts'
import { needs } from '../http/needs.ts'
import { limited } from '../http/rate-limit.ts'
import { redirect, setFlash } from '../http/return-to.ts'
import { askedAgain, readValues } from '../page/asked-values.ts'
import { connectionMessage } from '../page/connection-messages.ts'
import { resume } from '../sync/resume.ts'
import { type AccessRequest, campaignAccess, connectPage, runAccess } from './access-request.ts'
import { unlessSignedOut } from './end-access.ts'
import type { KeyPage } from './view-models.ts'

const clickSchema = z.object({ click: z.uuidv4() })

export function keyRoutes(context: Context): Router {
  const router = Router({ caseSensitive: true, strict: true })

  router.post(
    '/connect/:vendor/:id/key',
    needs('sender'),
    limited(context, 'connect'),
    async (req, res) => {
      const click = await readClick(context, req)
      const intentId = formField(req, 'intent')
      const access = await campaignAccess(context, req, intentId)
      await receiveKey(context, req, res, access, click)
    },
  )

  router.post(
    '/connect/:vendor/run/:id/key',
    needs('sender'),
    limited(context, 'connect'),
    async (req, res) => {
      const click = await readClick(context, req)
      await receiveKey(context, req, res, await runAccess(context, req), click)
    },
  )

  return router
}

/** Of a double click the second request may bring the cookie of before the session's id was changed: recovers it. */
async function readClick(context: Context, req: Request): Promise<string | undefined> {
  const { data } = clickSchema.safeParse(req.body)
  if (data && ownerIfAny(req) === undefined)
    await recoverRegeneratedSession(req, context.store, data.click)
  return data?.click
}

async function receiveKey(
  context: Context,
  req: Request,
  res: Response,
  access: AccessRequest,
  click: string | undefined,
): Promise<void> {
  const { owner, vendor, subject, referrer, intent } = access
  if (vendor.client.auth !== 'key') throw notFound()
  const values = readValues(vendor, req.body)
  const typed = formField(req, 'key')
  const accepted = values && (await acceptKey(context.http, vendor, typed, values))
  if (!accepted) {
    res.status(422)
    return showKeyForm(context, req, res, access, values !== undefined)
  }
  await regenerateOnce(req, context.store, click)
  await storeToken(context, { owner, vendor, subject }, accepted.token, accepted.account)
  await unlessSignedOut(context, req, owner)
  await recordDone(context, req, 'access.granted', { vendor: vendor.id, subject })
  req.log.info({ vendor: vendor.id, subject, intent: intent?.id }, 'key.kept')
  const page = await resume(context, owner, { intent: intent?.id, referrer })
  if (!intent) setFlash(req, res, page, connectionMessage('renewed', vendor.id))
  redirect(res, 303, page)
}

export async function showKeyForm(
  context: Context,
  req: Request,
  res: Response,
  access: AccessRequest,
  isRefused: boolean,
): Promise<void> {
  const { owner, vendor, intent, path } = access
  const page = await connectPage(context, req, res, access)
  const asked =
    req.method === 'POST'
      ? askedAgain(vendor, req.body)
      : questionsOf(vendor, await context.accounts.said(owner, vendor.id))
  const model: KeyPage = {
    ...page,
    refused: isRefused,
    post: `${path}/key`,
    fields: { ...(intent && { intent: intent.id }), referrer: page.path, click: randomUUID() },
    asked,
  }
  res.render('key', model)
}
