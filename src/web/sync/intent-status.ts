// How an intent stands, for the script that made it: at once, or as soon as it has ended; and the intent as JSON.
import { type Request, type Response, Router } from 'express'
import type { Context } from '../../context.ts'
import { notFound, storeDown } from '../../errors.ts'
import { ownerIfAny } from '../../session/session.ts'
import { hasEnded, type Intent, resultOf } from '../../sync/intent.ts'
import { type LongPoll, waitSeconds } from '../http/long-poll.ts'
import { needs } from '../http/needs.ts'
import { redirect, setFlash } from '../http/return-to.ts'
import { wantsJson } from '../http/script-callers.ts'
import { bannerOf, intentStatus } from '../page/sync-messages.ts'
import { resumeApproved } from './perform-sync.ts'
import { intentIdSchema } from './resume.ts'

export function intentJson(context: Context, intent: Intent) {
  const { id, vendor: vendorId, campaign: campaignId, state } = intent
  const vendor = context.config.vendors.find((one) => one.id === vendorId)
  const campaign = context.campaigns.get(campaignId)
  const result = resultOf(intent)
  const isWaiting = state === 'awaitingAccess' && !result
  const text =
    isWaiting && vendor && campaign
      ? `${campaign.name} waits for a person to approve at ${vendor.name}.`
      : bannerOf(intent, vendor, campaign).text
  const status = intentStatus(intent)
  return { campaign: campaignId, vendor: vendorId, intent: id, state, status, text, result }
}

export function intentRoutes(context: Context, poll: LongPoll): Router {
  const router = Router({ caseSensitive: true, strict: true })

  router.get('/intents/:id', needs('viewer'), (req, res) => showIntent(context, poll, req, res))

  return router
}

/** @throws HttpProblem 404 for an intent that is not this caller's */
async function showIntent(
  context: Context,
  poll: LongPoll,
  req: Request,
  res: Response,
): Promise<void> {
  if (!req.session) throw storeDown('no session')
  const { data: id } = intentIdSchema.safeParse(req.params.id)
  const owner = ownerIfAny(req)
  if (id === undefined || owner === undefined) throw notFound('This intent')
  const read = () => resumeApproved(context, req, owner, id)
  const intent = await poll(
    { seconds: waitSeconds(req), res },
    owner,
    read,
    (now) => !now || isOver(now),
  )
  if (!intent) throw notFound('This intent')
  if (wantsJson(req)) return void res.json(intentJson(context, intent))
  if (context.campaigns.get(intent.campaign))
    return redirect(res, 303, `/campaigns/${intent.campaign}`)
  setFlash(req, res, '/campaigns', id)
  redirect(res, 303, '/campaigns')
}

/** Has a result; one that waits for access has it when the person said no. */
export function isOver(intent: Intent): boolean {
  return hasEnded(intent) && resultOf(intent) !== undefined
}
