// A vendor without OAuth: asks for the person's API key once, keeps it for the session, and asks again when it is refused.
import { randomUUID } from 'node:crypto'
import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { storeToken } from '../../access/store-grant.ts'
import { formatSubject } from '../../access/subject.ts'
import type { Context } from '../../context.ts'
import { notFound } from '../../errors.ts'
import { recoverRegeneratedSession, regenerateOnce } from '../../session/regenerate.ts'
import { ownerIfAny, ownerOf, SESSION_SECONDS } from '../../session/session.ts'
import type { Intent } from '../../sync/intents.ts'
import { askAccount } from '../../vendors/account.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { connectPath } from '../http/paths.ts'
import { limited } from '../http/rate-limit.ts'
import { ourPage, redirect, referrerOf } from '../http/return-to.ts'
import { commonPage } from '../page/page.ts'
import { runOf } from '../runs/run-of-request.ts'
import { intentOf, resume } from '../sync/resume.ts'
import { unlessSignedOut } from './sign-out.ts'
import type { KeyPage } from './view-models.ts'

const keySchema = z.object({
  key: z
    .string()
    .trim()
    .regex(/^[\x21-\x7e]{1,4096}$/),
})
const intentSchema = z.object({ intent: z.string() })
/** One value for each rendered form. */
const clickSchema = z.object({ click: z.uuidv4() })

/** What access is asked for. */
export interface Asked {
  vendor: Vendor
  subject: string
  /** The path that asks for access; the form is sent to it and `/key`. */
  path: string
  /** The page to come back to. */
  referrer: string
  intent?: Intent | undefined
  /** What will be synced as soon as there is access. */
  name?: string | undefined
  /** The vendor did not take what there was. */
  refused: boolean
  /** Names the form that was sent. */
  click?: string | undefined
}

export function keyRoutes(context: Context): Router {
  const router = Router({ caseSensitive: true, strict: true })

  router.post('/connect/:vendor/:id/key', limited(context, 'connect'), async (req, res) => {
    const vendor = context.vendor(req.params.vendor)
    const campaign = context.campaign(req.params.id)
    const click = await clickOf(req)
    const named = intentSchema.safeParse(req.body).data?.intent
    const intent = await intentOf(context, await ownerOf(req), { vendor, campaign }, named)
    await take(req, res, {
      vendor,
      subject: formatSubject({ kind: 'campaign', id: campaign.id }),
      path: connectPath(vendor.id, { campaign: campaign.id }),
      referrer:
        intent?.referrer ?? referrerOf(req, context.config.publicUrl, `/campaigns/${campaign.id}`),
      intent,
      name: intent && campaign.name,
      refused: true,
      click,
    })
  })

  router.post('/connect/:vendor/run/:id/key', limited(context, 'connect'), async (req, res) => {
    const click = await clickOf(req)
    const run = await runOf(context, req)
    const vendor = context.vendor(run.vendor)
    await take(req, res, {
      vendor,
      subject: formatSubject({ kind: 'run', id: run.id }),
      path: connectPath(vendor.id, { run: run.id }),
      referrer: `/runs/${run.id}`,
      name: run.title,
      refused: true,
      click,
    })
  })

  return router

  /** The form that was sent. The second of a double click may bring the cookie that the first has replaced. */
  async function clickOf(req: Request): Promise<string | undefined> {
    const { data } = clickSchema.safeParse(req.body)
    if (data && ownerIfAny(req) === undefined)
      await recoverRegeneratedSession(req, context.store, data.click)
    return data?.click
  }

  /** Keeps the key that was entered, unless it is none or the vendor says so, and goes on with what waits for it. */
  async function take(req: Request, res: Response, asked: Asked): Promise<void> {
    const { vendor, subject, referrer, intent, click } = asked
    if (vendor.client.auth !== 'key') throw notFound()
    const owner = await ownerOf(req)
    const { data } = keySchema.safeParse(req.body)
    const answer = data && (await askAccount(context.http, vendor, data.key))
    if (!data || answer?.kind === 'expired') {
      res.status(422)
      return askForKey(context, req, res, asked)
    }
    await regenerateOnce(req, context.store, click)
    const token = { accessToken: data.key, expiresIn: SESSION_SECONDS, scope: undefined }
    await storeToken(context, { owner, vendor, subject }, token, answer?.account)
    await unlessSignedOut(context, req, owner)
    req.log.info({ vendor: vendor.id, subject, intent: intent?.id }, 'key.kept')
    redirect(res, 303, await resume(context, owner, { intent: intent?.id, referrer }))
  }
}

/** The form, also as the answer to a key that does not work. */
export async function askForKey(
  context: Context,
  req: Request,
  res: Response,
  asked: Asked,
): Promise<void> {
  const { vendor, intent, name, refused } = asked
  const path = ourPage(asked.referrer, context.config.publicUrl) ?? '/campaigns'
  const page = await commonPage(context, req, res, { title: `Connect to ${vendor.name}`, path })
  const model: KeyPage = {
    ...page,
    vendorName: vendor.name,
    ...(name !== undefined && { campaignName: name }),
    refused,
    post: `${asked.path}/key`,
    fields: { ...(intent && { intent: intent.id }), referrer: path, click: randomUUID() },
    cancel: { label: 'Not now', href: path },
  }
  res.render('key', model)
}
