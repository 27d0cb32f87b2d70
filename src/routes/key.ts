// A vendor without OAuth: asks for the person's API key once, keeps it for the session, and asks again when it is refused.
import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import type { Campaign } from '../campaigns/campaign.ts'
import type { Context } from '../context.ts'
import { notFound } from '../errors.ts'
import type { Intent } from '../session/intents.ts'
import { rotateOnce } from '../session/rotation.ts'
import { ownerOf, SESSION_SECONDS } from '../session/session.ts'
import { keep } from '../sync/grant.ts'
import { askAccount } from '../vendors/account.ts'
import type { Vendor } from '../vendors/vendor.ts'
import type { KeyPage } from './connection-models.ts'
import { limited } from './limits.ts'
import { commonPage } from './page.ts'
import { redirect } from './redirect.ts'
import { ourPage, referrerOf } from './referrer.ts'
import { resume } from './resume.ts'

const keySchema = z.object({
  key: z
    .string()
    .trim()
    .regex(/^[\x21-\x7e]{1,4096}$/),
  intent: z
    .string()
    .regex(/^[\w-]{16,64}$/)
    .optional()
    .catch(undefined),
})

/** What the form is about. */
interface Asked {
  vendor: Vendor
  campaign: Campaign
  intent: Pick<Intent, 'id' | 'referrer'> | undefined
  refused: boolean
}

export function keyRoutes(context: Context): Router {
  const router = Router({ caseSensitive: true, strict: true })

  router.post('/connect/:vendor/:id/key', limited(context, 'connect'), async (req, res) => {
    const vendor = context.vendor(req.params.vendor)
    if (vendor.client.auth !== 'key') throw notFound()
    const campaign = context.campaign(req.params.id)
    const owner = await ownerOf(req)
    const { data } = keySchema.safeParse(req.body)
    const intent = data?.intent === undefined ? undefined : await context.intents.get(owner, data.intent)
    const asked = data && (await askAccount(context.http, vendor, data.key))
    if (!data || asked?.kind === 'expired') {
      res.status(422)
      return askForKey(context, req, res, { vendor, campaign, intent, refused: true })
    }
    await rotateOnce(req, context.store)
    const token = { accessToken: data.key, expiresIn: SESSION_SECONDS, scope: undefined }
    await keep(context, { owner, vendor, subject: `campaign:${campaign.id}` }, token, asked?.account)
    req.log.info({ vendor: vendor.id, intent: intent?.id }, 'key.kept')
    const referrer =
      intent?.referrer ?? referrerOf(req, context.config.publicUrl, `/campaigns/${campaign.id}`)
    redirect(res, 303, await resume(context, owner, { intent: intent?.id, referrer }))
  })

  return router
}

/** The form, also as the answer to a key that does not work. */
export async function askForKey(context: Context, req: Request, res: Response, asked: Asked): Promise<void> {
  const { vendor, campaign, intent, refused } = asked
  const path = ourPage(intent?.referrer, context.config.publicUrl) ?? `/campaigns/${campaign.id}`
  const page = await commonPage(context, req, res, { title: `Connect to ${vendor.name}`, path })
  const model: KeyPage = {
    ...page,
    vendorName: vendor.name,
    ...(intent && { campaignName: campaign.name }),
    refused,
    post: `/connect/${vendor.id}/${campaign.id}/key`,
    fields: { ...(intent && { intent: intent.id }), referrer: path },
    cancel: { label: 'Not now', href: path },
  }
  res.render('key', model)
}
